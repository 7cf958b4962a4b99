"""Portal: the photos of a device, added and deleted from its page."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from inventory import images, queries
from mistadmin.core.errors import Invalid
from mistadmin.core.portal import PortalView


class DeviceImages(PortalView):
    """One form per photo: `number` with a `file` to add it, or with `delete`."""

    def get(self, request: HttpRequest, org_id: UUID, device_id: UUID) -> HttpResponse:
        return redirect(f"/orgs/{org_id}/devices/{device_id}#images")

    def post(self, request: HttpRequest, org_id: UUID, device_id: UUID) -> HttpResponse:
        device = queries.get_device(self.actor, self.org, device_id)
        number, page = request.POST.get("number", ""), f"/orgs/{org_id}/devices/{device_id}#images"
        if request.POST.get("delete"):
            images.remove_image(self.actor, device, number=number)
            return self.done("Photo deleted.", to=page)
        sent = request.FILES.get("file")
        try:
            images.add_image(self.actor, device, number=number, raw=sent.read() if sent else None)
        except Invalid as error:
            told = f"The file {error.fields['file']}." if "file" in error.fields else f"{error}."
            return self.done(told, to=page, level="error")
        return self.done("Photo added.", to=page)
