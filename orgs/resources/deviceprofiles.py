"""Device profiles: settings that devices share wherever they are (API: deviceprofiles)."""

from typing import Literal

from mistadmin.core.resources import Resource
from mistadmin.core.shapes import Doc, Name
from orgs.models import DeviceProfile


class DeviceProfileShape(Doc):
    name: Name
    type: Literal["ap", "switch", "gateway"] | None = None


RESOURCE = Resource(
    path="deviceprofiles",
    label="Device Profile",
    shape=DeviceProfileShape,
    model=DeviceProfile,
    columns=("type",),
    filters={"type": "ap"},
)
