"""Request models of the organization and its setting, and rows as the API spells them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field

from audit.log import masked
from mistadmin.core import tenancy
from mistadmin.core.shapes import Doc, Name, OptionalId, Request, epoch
from mistadmin.core.versions import version_of
from orgs.models import Msp, Org, OrgGroup

# Of an organization; the other keys of the document stand in its body.
COLUMNS: Final = ("name", "allow_mist", "session_expiry")
# Of one call or one group.
MOST_ORGS: Final = 1_000
# What GET adds to an organization in an MSP; clients send it back.
OF_MSP: Final = frozenset({"msp_name", "msp_logo_url", "orggroup_ids"})


class OrgShape(Doc):
    """The organization object (createOrg, updateOrg); session_expiry in minutes."""

    name: Name
    allow_mist: bool | None = None
    session_expiry: Annotated[int, Field(ge=10, le=20160)] | None = None
    alarmtemplate_id: OptionalId = None


class PasswordPolicy(Doc):
    """Rules for passwords (guide: Set a Password Policy)."""

    enabled: bool | None = None
    min_length: Annotated[int, Field(ge=8, le=128)] | None = None
    requires_special_char: bool | None = None
    requires_two_factor_auth: bool | None = None
    expiry_in_days: Annotated[int, Field(ge=0, le=3650)] | None = None


class AutoProvisioning(Doc):
    """One of the three auto-provisioning objects; the rules themselves are checked by the engine."""

    enable: bool | None = None
    rules: list[dict[str, Any]] | None = None


class InstallerSetting(Doc):
    """What installers may do, and for how many days (guide: Organization Settings, Installer)."""

    grace_period: Annotated[int, Field(ge=1, le=365)] | None = None
    allow_all_sites: bool | None = None
    allow_all_devices: bool | None = None
    extra_site_ids: Annotated[list[UUID], Field(max_length=1000)] | None = None


class OrgSetting(Doc):
    """The organization setting (updateOrgSettings): declared keys are checked, all others kept as sent."""

    password_policy: PasswordPolicy | None = None
    ui_idle_timeout: Annotated[int, Field(ge=0, le=480)] | None = None
    auto_site_assignment: AutoProvisioning | None = None
    auto_deviceprofile_assignment: AutoProvisioning | None = None
    auto_device_naming: AutoProvisioning | None = None
    installer: InstallerSetting | None = None
    tags: list[str] | None = None


class JuniperCredentials(Request):
    """What linking a Juniper account takes (linkOrgToJuniperJuniperAccount)."""

    # A password may begin or end with a space.
    model_config = ConfigDict(extra="ignore", str_strip_whitespace=False)

    username: Annotated[str, AfterValidator(str.strip), Field(min_length=1, max_length=254)]
    password: Annotated[str, Field(min_length=1, max_length=256)]


class JuniperAccountName(Request):
    """Which Juniper account is meant (unlinkOrgFromJuniperCustomerId)."""

    name: Annotated[str, Field(min_length=1, max_length=255)]
    linked_by: Annotated[str, Field(max_length=512)] = ""


class MspShape(Request):
    """An MSP (createMsp, updateMsp)."""

    name: Name


class OrgGroupShape(Request):
    """A group of an MSP's organizations (createMspOrgGroup, updateMspOrgGroup)."""

    name: Name
    org_ids: Annotated[list[UUID], Field(max_length=MOST_ORGS)] = []


class OrgChange(Request):
    """Which organizations are assigned or unassigned (manageMspOrgs)."""

    op: Literal["assign", "unassign"]
    org_ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_ORGS)]


def org_document(org: Org) -> dict[str, Any]:
    """What is changed of an organization."""
    return {**org.body, **{key: getattr(org, key) for key in COLUMNS}}


def org_version(org: Org) -> str:
    """The version of an organization, of which the MSP it is in is no part."""
    return version_of(org, org_document(org))


def org_row(org: Org) -> dict[str, Any]:
    """The organization as the API spells it, with what an MSP adds for who is in one.

    What is secret in it can be set and is not shown again.
    """
    return {
        **masked(org.body),
        **_of_msp(org),
        "id": str(org.id),
        "name": org.name,
        "allow_mist": org.allow_mist,
        "session_expiry": org.session_expiry,
        "created_time": epoch(org.created_time),
        "modified_time": epoch(org.modified_time),
    }


def msp_document(msp: Msp) -> dict[str, Any]:
    """What is changed of an MSP."""
    return {"name": msp.name}


def msp_row(msp: Msp) -> dict[str, Any]:
    """An MSP as the API spells it; logo and address of its own belong to the advanced tier alone."""
    return {
        "id": str(msp.id),
        "name": msp.name,
        "tier": "base",
        "created_time": epoch(msp.created_time),
        "modified_time": epoch(msp.modified_time),
    }


def orggroup_document(name: str, org_ids: Iterable[UUID]) -> dict[str, Any]:
    """What is changed of an organization group."""
    return {"name": name, "org_ids": sorted(str(one) for one in org_ids)}


def orggroup_row(group: OrgGroup, org_ids: Iterable[UUID]) -> dict[str, Any]:
    """An organization group as the API spells it."""
    return {
        "id": str(group.id),
        "msp_id": str(group.msp_id),
        **orggroup_document(group.name, org_ids),
        "created_time": epoch(group.created_time),
        "modified_time": epoch(group.modified_time),
    }


def _of_msp(org: Org) -> dict[str, Any]:
    if org.msp is None:
        return {}
    with tenancy.within(org.tenant_ids):
        groups = sorted(str(group.id) for group in org.orggroups.all())
    return {"msp_id": str(org.msp_id), "msp_name": org.msp.name, "orggroup_ids": groups}
