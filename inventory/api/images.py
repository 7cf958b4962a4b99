"""REST: photos of devices, taken in from people and from installers, and given out to who sees the device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Final
from uuid import UUID

from django.http import FileResponse
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from inventory import images, queries
from inventory.queries.installing import get_installable
from mistadmin.core.errors import NotVisible
from mistadmin.core.http import ApiView, JsonParser
from mistadmin.core.once import once
from orgs.queries import place_of_org

_NAMES: Final = {f"image{number}": number for number in images.NUMBERS}


class DeviceImage(ApiView):
    """addSiteDeviceImage, deleteSiteDeviceImage: the photo is the part `file`."""

    files = ("file",)
    parser_classes = (MultiPartParser, JsonParser)
    add: ClassVar[Callable[..., None]] = staticmethod(images.add_image)
    remove: ClassVar[Callable[..., None]] = staticmethod(images.remove_image)

    @once
    def post(self, request: Request, **place: Any) -> Response:
        device, number = self._device(**place)
        self.add(self.actor, device, number=number, raw=_file(request))
        return Response({})

    @once
    def delete(self, request: Request, **place: Any) -> Response:
        device, number = self._device(**place)
        self.remove(self.actor, device, number=number)
        return Response({})

    def _device(self, site_id: UUID, device_id: UUID, image_number: int) -> tuple[Any, str]:
        return queries.get_site_device(self.actor, site_id, device_id), str(image_number)


class ClientDeviceImage(DeviceImage):
    """The same at image/{n}, which no document names and the published client calls."""

    schema = None


class InstallerImage(DeviceImage):
    """addInstallerDeviceImage, deleteInstallerDeviceImage: image1 to image3."""

    def _device(self, org_id: UUID, device_mac: str, image_name: str) -> tuple[Any, str]:  # type: ignore[override]
        device = get_installable(self.actor, place_of_org(self.actor, org_id), device_mac)
        if image_name not in _NAMES:
            raise NotVisible
        return device, _NAMES[image_name]


class ImageFile(ApiView):
    """What image1_url and the others lead to, for sessions and tokens alike."""

    # A file of the portal, and no operation of Mist's API.
    schema = None

    def get(self, request: Request, org_id: UUID, device_id: UUID, name: str) -> FileResponse:
        path = images.image_path(self.actor, org_id, device_id, name)
        # A photo is never changed under its name.
        headers = {"Cache-Control": "private, max-age=604800, immutable", "X-Content-Type-Options": "nosniff"}
        return FileResponse(path.open("rb"), content_type="image/jpeg", headers=headers)


def _file(request: Request) -> bytes | None:
    sent = request.FILES.get("file")
    return None if sent is None else sent.read()
