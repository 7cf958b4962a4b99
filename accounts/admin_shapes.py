"""Request models of administrators and invitations, and their rows as the API spells them."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import EmailStr, Field

from accounts.invite_models import Invite
from accounts.models import Admin
from accounts.policies import SESSION_MINUTES
from accounts.shapes import PrivilegeShape, admin_row, privilege_row
from mistadmin.core.shapes import Request

Hours = Annotated[int, Field(ge=1, le=168)]
# More places than these are for a site group, or for All Sites: each is read with every request.
_MOST_PLACES: Final = 2_000
Given = Annotated[list[PrivilegeShape], Field(min_length=1, max_length=_MOST_PLACES)]
PersonName = Annotated[str, Field(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]


class AdminShape(Request):
    """What is changed of an administrator (updateOrgAdmin): the roles; the rest is the person's own."""

    privileges: Given


class InviteShape(Request):
    """An invitation (inviteOrgAdmin, updateOrgAdminInvite)."""

    email: Annotated[EmailStr, Field(max_length=64)]
    first_name: PersonName = ""
    last_name: PersonName = ""
    hours: Hours = 24
    privileges: Given


class InviteChanges(Request):
    """Changes of an invitation (updateOrgAdminInvite); what is absent or null stays."""

    email: Annotated[EmailStr, Field(max_length=64)] | None = None
    first_name: PersonName | None = None
    last_name: PersonName | None = None
    hours: Hours | None = None
    privileges: Given | None = None


def member_row(admin: Admin, privileges: list[Any]) -> dict[str, Any]:
    """An administrator of an organization or an MSP, with the privileges there and no others."""
    org = privileges[0].org
    return admin_row(
        admin,
        [privilege_row(row) for row in privileges],
        # What is only being set up is nobody else's business.
        two_factor="on" if admin.two_factor_since else "off",
        session_minutes=org.session_expiry if org else SESSION_MINUTES,
    )


def invite_row(invite: Invite) -> dict[str, Any]:
    """A pending invitation, as it stands among the administrators."""
    return {
        "invite_id": str(invite.id),
        "email": invite.email,
        "first_name": invite.first_name,
        "last_name": invite.last_name,
        "hours": invite.hours,
        "expire_time": int(invite.expires_at.timestamp()),
        "privileges": [privilege_row(row) for row in invite.privileges.all()],
    }


def invite_document(invite: Invite) -> dict[str, Any]:
    """What is changed of an invitation, without its privileges."""
    return {
        "first_name": invite.first_name,
        "last_name": invite.last_name,
        "hours": invite.hours,
    }
