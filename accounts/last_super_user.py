"""An organization always keeps a Super User who can log in with a password, and so does an MSP.

Nobody else could put another in place, and who comes by single sign-on goes with the identity provider. Those
who reach an organization through its MSP do not count there: it may leave the MSP.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from accounts.models import Privilege
from accounts.reach import at
from mistadmin.core.access import Placed
from mistadmin.core.errors import Conflict
from orgs.models import Msp, Org

SUPER_USER: Final = "super_user"
_REFUSED: Final = (
    "This is the last Super User of the {0}. Make another administrator Super User first, or delete the {0}."
)


def lock_admins(tenant: Placed) -> None:
    """Let nobody else change who administers an organization or an MSP until the transaction ends.

    Everything that gives or takes a role of a person takes this lock before it looks. Lock several
    of a kind in the order of their ids, and MSPs before organizations.
    """
    model: Any = Msp if "msp_id" in at(tenant) else Org
    # Rows that only refer to this one may come and go meanwhile.
    model.objects.select_for_update(no_key=True).filter(id=tenant.org_id).values_list("id").first()


def super_users(tenant: Placed) -> set[UUID]:
    """The accounts with the role in the whole organization or MSP that can log in with a password."""
    whole = {"site": None, "sitegroup": None, "orggroup": None}
    held = Privilege.objects.filter(**at(tenant), **whole, role=SUPER_USER)
    return set(held.filter(admin__is_active=True, admin__via_sso=False).values_list("admin_id", flat=True))


def require_another(tenant: Placed, leaving: UUID) -> None:
    """Lock the administrators; raise Conflict when nobody but `leaving` is Super User.

    It must run in the transaction that takes the role away. An organization that has none loses none.
    """
    lock_admins(tenant)
    if super_users(tenant) == {leaving}:
        raise Conflict(_REFUSED.format("MSP" if "msp_id" in at(tenant) else "organization"))
