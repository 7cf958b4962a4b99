"""An organization always keeps a Super User who can log in with a password.

Nobody else could put another in place, and who comes by single sign-on goes with the identity provider.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from accounts.models import Privilege
from mistadmin.core.access import Placed
from mistadmin.core.errors import Conflict
from orgs.models import Org

SUPER_USER: Final = "super_user"
REFUSED: Final = (
    "This is the last Super User of the organization. Make another administrator Super User first, "
    "or delete the organization."
)


def lock_admins(org: Placed) -> None:
    """Let nobody else change who administers the organization until the transaction ends.

    Everything that gives or takes a role of a person takes this lock before it looks. Lock several
    organizations in the order of their ids.
    """
    # Rows that only refer to the organization may come and go meanwhile.
    Org.objects.select_for_update(no_key=True).filter(id=org.org_id).values_list("id").first()


def super_users(org: Placed) -> set[UUID]:
    """The accounts with the role in the whole organization that can log in with a password."""
    held = Privilege.objects.filter(org_id=org.org_id, role=SUPER_USER, site=None, sitegroup=None)
    return set(held.filter(admin__is_active=True, admin__via_sso=False).values_list("admin_id", flat=True))


def require_another(org: Placed, leaving: UUID) -> None:
    """Lock the organization's administrators; raise Conflict when nobody but `leaving` is Super User.

    It must run in the transaction that takes the role away. An organization that has none loses none.
    """
    lock_admins(org)
    if super_users(org) == {leaving}:
        raise Conflict(REFUSED)
