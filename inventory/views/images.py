"""Portal: the photos of a device, added and deleted from its page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from inventory import images, queries
from mistadmin.core.errors import Invalid
from mistadmin.core.portal import PortalView


class DeviceImages(PortalView):
    """One form per photo: `number` with a `file` to add it, or with `delete`.

    `path` is where the pages of devices are below /orgs/<id>/.
    """

    path: ClassVar[str] = "devices"
    find: ClassVar[Callable[..., Any]] = staticmethod(queries.get_device)
    add: ClassVar[Callable[..., None]] = staticmethod(images.add_image)
    remove: ClassVar[Callable[..., None]] = staticmethod(images.remove_image)

    def get(self, request: HttpRequest, org_id: UUID, device_id: UUID) -> HttpResponse:
        return redirect(f"/orgs/{org_id}/{self.path}/{device_id}#images")

    def post(self, request: HttpRequest, org_id: UUID, device_id: UUID) -> HttpResponse:
        device = self.find(self.actor, self.org, device_id)
        number, page = request.POST.get("number", ""), f"/orgs/{org_id}/{self.path}/{device_id}#images"
        if request.POST.get("delete"):
            self.remove(self.actor, device, number=number)
            return self.done("Photo deleted.", to=page)
        sent = request.FILES.get("file")
        try:
            self.add(self.actor, device, number=number, raw=sent.read() if sent else None)
        except Invalid as error:
            told = f"The file {error.fields['file']}." if "file" in error.fields else f"{error}."
            return self.done(told, to=page, level="error")
        return self.done("Photo added.", to=page)
