"""Request models of accounts, and rows as the API spells them."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import AfterValidator, EmailStr, Field

from accounts.models import Admin, ApiToken, Offer, Privilege
from mistadmin.core.access import ROLES
from mistadmin.core.paging import MOST
from mistadmin.core.shapes import Name, OptionalId, Request, epoch
from sites.shapes import checked_zone


def _address(text: str) -> str:
    ipaddress.ip_network(text, strict=False)
    return text


# Of one organization token (API: org_apitoken_privileges).
MOST_PRIVILEGES: Final = 10
ShortName = Annotated[Name, Field(max_length=64)]


class Registration(Request):
    """A new account (registerNewAdmin); with the token of an invitation it is accepted at once."""

    email: Annotated[EmailStr, Field(max_length=64)]
    password: str
    first_name: ShortName
    last_name: ShortName
    region: Literal["global", "europe"] = "global"
    referer_invite_token: Annotated[str, Field(max_length=512)] = ""


class Credentials(Request):
    """A login (login); `two_factor` is the code, when it is sent along at once."""

    email: str
    password: str
    two_factor: str = ""


class CodeShape(Request):
    """A code of the authenticator app (twoFactor, verifyTwoFactor), or a recovery code."""

    two_factor: Annotated[str, Field(max_length=64)]


class EmailShape(Request):
    """An e-mail address alone (recoverPassword, lookup, updateSelfEmail)."""

    email: Annotated[EmailStr, Field(max_length=254)]


class SelfShape(Request):
    """What people change of their own account (updateSelf)."""

    first_name: ShortName
    last_name: ShortName
    phone: Annotated[str, Field(max_length=32)] = ""
    phone2: Annotated[str, Field(max_length=32)] = ""
    timezone: Annotated[str, AfterValidator(checked_zone)] = "UTC"
    time_format: Literal["12", "24"] = "24"
    mac_format: Literal["colons", "dashes", "dots", "bare"] = "colons"


class AccountShape(SelfShape):
    """What PUT /self takes beside that: a new password with the present one, the second factor on or off."""

    password: str | None = None
    current_password: str | None = None
    enable_two_factor: bool | None = None
    two_factor: str | None = None


class TokenShape(Request):
    """A user API token (createApiToken)."""

    name: ShortName


class PrivilegeShape(Request):
    """One privilege of an organization token (privilege_org) or a person (admin_privilege, privilege_msp)."""

    scope: Literal["org", "site", "sitegroup", "msp", "orggroup"] = "org"
    role: Literal["admin", "write", "read", "helpdesk", "installer"]
    view: str | None = None
    views: str | list[str] | None = None
    org_id: OptionalId = None
    site_id: OptionalId = None
    sitegroup_id: OptionalId = None
    sitegroup_ids: Annotated[list[UUID], Field(max_length=MOST)] = []
    msp_id: OptionalId = None
    orggroup_id: OptionalId = None
    orggroup_ids: Annotated[list[UUID], Field(max_length=MOST)] = []


class OrgTokenShape(TokenShape):
    """An organization API token (createOrgApiToken)."""

    privileges: Annotated[list[PrivilegeShape], Field(min_length=1, max_length=MOST_PRIVILEGES)]
    src_ips: Annotated[list[Annotated[str, AfterValidator(_address)]], Field(max_length=10)] = []


class OrgTokenChange(Request):
    """What is changed of an organization token (updateOrgApiToken); what is absent or null stays."""

    name: ShortName | None = None
    privileges: Annotated[list[PrivilegeShape], Field(min_length=1, max_length=MOST_PRIVILEGES)] | None = None


class ViewShape(Request):
    """A saved view: its name, who sees it, and the parameters of the list's query that it stands for."""

    name: ShortName
    shared: bool = False
    query: Annotated[dict[str, Annotated[str, Field(max_length=1000)]], Field(max_length=20)] = {}


class ArrangementShape(Request):
    """How a person likes a list; no columns means the usual ones, no limit the usual number of rows."""

    columns: Annotated[list[str], Field(max_length=100)] = []
    limit: Annotated[int, Field(ge=1, le=MOST)] | None = None


def admin_row(
    admin: Admin,
    privileges: list[dict[str, Any]],
    *,
    two_factor: Literal["on", "begun", "off"],
    session_minutes: int,
) -> dict[str, Any]:
    """The account as GET /self spells it; a second factor that is only `begun` takes part in no log-in."""
    return {
        "admin_id": str(admin.id),
        "email": admin.email,
        "first_name": admin.first_name,
        "last_name": admin.last_name,
        "phone": admin.phone,
        "phone2": admin.phone2,
        "privileges": privileges,
        "tags": [],
        "via_sso": admin.via_sso,
        "oauth_google": hasattr(admin, "oauth_identity"),
        "enable_two_factor": two_factor != "off",
        "two_factor_verified": two_factor == "on",
        "session_expiry": session_minutes,
        "no_tracking": True,
        "password_modified_time": int(admin.password_modified_time.timestamp()),
    }


def self_document(admin: Admin) -> dict[str, Any]:
    """What people change of their own account."""
    return {key: getattr(admin, key) for key in SelfShape.model_fields}


def privilege_row(row: Privilege | Offer, *, singular_group: bool = False) -> dict[str, Any]:
    """A privilege with the names that clients show; tokens spell the group in the singular."""
    role = ROLES[row.role]
    spelled: dict[str, Any] = {"scope": row.scope, "name": row.place.name, "role": role.mist_role}
    if role.view:
        spelled["views"] = [role.view]
    if row.msp:
        groups = {"orggroup_ids": [str(row.orggroup_id)]} if row.orggroup_id else {}
        return {**spelled, "msp_id": str(row.msp_id), "msp_name": row.msp.name, **groups}
    spelled |= {"org_id": str(row.org_id), "org_name": row.tenant.name}
    if row.site_id:
        spelled["site_id"] = str(row.site_id)
    if row.sitegroup_id and singular_group:
        spelled["sitegroup_id"] = str(row.sitegroup_id)
    elif row.sitegroup_id:
        spelled["sitegroup_ids"] = [str(row.sitegroup_id)]
    return spelled


_HELD: Final = ("scope", "role", "views", "site_id", "sitegroup_id")


def token_document(token: ApiToken) -> dict[str, Any]:
    """What is changed of a token: its name, and the roles and reach of an organization's."""
    document: dict[str, Any] = {"name": token.name}
    if token.org_id:
        held = (privilege_row(row, singular_group=True) for row in token.privileges.all())
        document["privileges"] = sorted(held, key=lambda row: [str(row.get(key, "")) for key in _HELD])
    return document


def token_row(token: ApiToken) -> dict[str, Any]:
    """A token without its key: lists show the masked form."""
    row: dict[str, Any] = {
        "id": str(token.id),
        "name": token.name,
        "key": token.hint,
        "created_time": epoch(token.created_time),
        "last_used": int(token.last_used.timestamp()) if token.last_used else None,
    }
    if token.org_id:
        row["org_id"] = str(token.org_id)
        row["created_by"] = token.created_by.email if token.created_by else None
        row["src_ips"] = token.src_ips
        row["privileges"] = [privilege_row(p, singular_group=True) for p in token.privileges.all()]
    return row


def as_uuid(value: Any) -> UUID | None:
    """A UUID out of a signed link; None when it is not one."""
    try:
        return UUID(str(value))
    except ValueError:
        return None
