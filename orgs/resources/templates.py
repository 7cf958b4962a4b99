"""WLAN templates: which sites and site groups a set of WLANs applies to (API: templates)."""

from uuid import UUID

from mistadmin.core.resources import Resource
from mistadmin.core.shapes import Doc, Name, OptionalId
from orgs.models import OrgDoc


class Places(Doc):
    org_id: OptionalId = None
    site_ids: list[UUID] | None = None
    sitegroup_ids: list[UUID] | None = None


class TemplateShape(Doc):
    name: Name
    applies: Places | None = None
    exceptions: Places | None = None
    filter_by_deviceprofile: bool | None = None
    deviceprofile_ids: list[UUID] | None = None


RESOURCE = Resource(
    path="templates", label="WLAN Template", shape=TemplateShape, model=OrgDoc, kind="templates"
)
