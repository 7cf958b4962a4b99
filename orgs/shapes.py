"""Request models of the organization and its setting, and rows as the API spells them."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field

from audit.log import masked
from mistadmin.core.shapes import Doc, Name, OptionalId, Request, epoch
from orgs.models import Org


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


def org_row(org: Org) -> dict[str, Any]:
    """The organization as the API spells it; what is secret in it can be set and is not shown again."""
    return {
        **masked(org.body),
        "id": str(org.id),
        "name": org.name,
        "allow_mist": org.allow_mist,
        "session_expiry": org.session_expiry,
        "created_time": epoch(org.created_time),
        "modified_time": epoch(org.modified_time),
    }
