"""Floorplans of a site: adding them, and the page of one with the devices on it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from audit.queries import last_change
from inventory.actions import place_device
from inventory.floorplans import delete_map
from inventory.map_files import ImportOptions, read_upload
from inventory.map_imports import import_maps
from inventory.queries import get_device
from inventory.queries.floorplans import count_on_maps, devices_off_map, devices_on_map
from mistadmin.core.access import EDIT_MAPS, INSTALL, VIEW_INVENTORY, VIEW_LOCATION
from mistadmin.core.edits import Clash, Edit
from mistadmin.core.errors import Invalid, NotAllowed, NotVisible
from mistadmin.core.ids import id_of
from mistadmin.core.pictures import drawn_plan
from mistadmin.core.portal import PortalView, form_clash, form_problem, posted_id
from mistadmin.core.versions import Seen, version_of
from sites.map_queries import floors_of, get_map, sight_of, site_to_map
from sites.map_shapes import image_paths, map_document, map_row
from sites.maps import add_image, create_map, remove_image, update_map
from sites.queries import get_site

_LABELS: Final = {"name": "Name", "width_m": "Width in metres"}
# A dot and a name on a floorplan, as parts of its longer side.
_DOT, _TEXT = 110, 62


def shown_maps(actor: Any, site: Any) -> dict[str, Any]:
    """What the page of a site shows of its floorplans; `maps` is None for who may not see them."""
    if not (actor.can(VIEW_LOCATION, site) or actor.can(INSTALL, site)):
        return {"maps": None}
    rows = floors_of(actor, site, [site.id], need=sight_of(actor, site))[site.id]
    counts = count_on_maps(actor, site)
    for row in rows:
        row["devices"] = counts.get(UUID(row["id"]))
    return {"maps": rows, "edits_maps": actor.can(EDIT_MAPS, site)}


def floor_of(actor: Any, device: Any) -> Any:
    """The floorplan that a device is on; None for none, and for who may not see it."""
    map_id = id_of(device.body.get("map_id"))
    if map_id is None or device.site is None:
        return None
    try:
        return get_map(actor, device.site, map_id, need=sight_of(actor, device.site))
    except (NotVisible, NotAllowed):
        return None


class MapPage(PortalView):
    """What the pages of floorplans share."""

    def site(self, site_id: UUID) -> Any:
        """One site of this organization; raises NotVisible."""
        site = get_site(self.actor, site_id)
        if site.org_id != self.org.id:
            raise NotVisible
        return site

    def map(self, site_id: UUID, map_id: UUID) -> Any:
        """One floorplan of a site of this organization; raises NotVisible."""
        site = self.site(site_id)
        return get_map(self.actor, site, map_id, need=sight_of(self.actor, site))

    def back(self, site_id: UUID) -> str:
        """Where the floorplans of a site are listed."""
        return f"/orgs/{self.org.id}/sites/{site_id}#floorplans"


class Maps(MapPage):
    """The floorplans stand on the page of their site."""

    def get(self, request: HttpRequest, org_id: UUID, site_id: UUID) -> HttpResponse:
        return redirect(self.back(site_id))


class AddMap(MapPage):
    """Adds a picture as a floorplan, or the floor plans of an Ekahau project with their access points."""

    def get(self, request: HttpRequest, org_id: UUID, site_id: UUID) -> HttpResponse:
        return self._ask(site_to_map(self.actor, site_id, org_id=org_id), {})

    def post(self, request: HttpRequest, org_id: UUID, site_id: UUID) -> HttpResponse:
        site = site_to_map(self.actor, site_id, org_id=org_id)
        name = request.POST.get("name", "").strip()
        try:
            message = self._add(site, name)
        except Invalid as error:
            return self._ask(site, {"name": name}, status=422, **form_problem(error))
        return self.done(message, to=self.back(site_id))

    def _add(self, site: Any, name: str) -> str:
        sent = self.request.FILES.get("file")
        upload = read_upload(
            sent, (sent.name if sent else "") or "", None, ImportOptions(import_all_floorplans=True)
        )
        if upload.is_project:
            done = import_maps(self.actor, site, upload=upload, assigns=False)["summary"]
            maps, devices = done["num_map_assigned"], done["num_ap_assigned"]
            return f"{_counted(maps, 'floorplan')} imported, {_counted(devices, 'access point')} placed."
        ((plan, drawn),) = upload.plans
        row = create_map(self.actor, site, values={"name": name or plan.name}, plan=drawn)
        return f"Floorplan {row.name} added."

    def _ask(self, site: Any, values: dict[str, str], **more: Any) -> HttpResponse:
        return self.render("sites/map_add.html", site=site, values=values, **more)


class Map(MapPage):
    """One floorplan; the field `form` says which of its small forms was sent."""

    def get(self, request: HttpRequest, org_id: UUID, site_id: UUID, map_id: UUID) -> HttpResponse:
        return self._page(self.map(site_id, map_id))

    def post(self, request: HttpRequest, org_id: UUID, site_id: UUID, map_id: UUID) -> HttpResponse:
        row, form = self.map(site_id, map_id), request.POST.get("form", "")
        self.offer(place_device if form in ("place", "off") else update_map, row)
        forms = {
            "settings": self._save,
            "place": self._place,
            "off": self._take_off,
            "image": self._draw,
            "no-image": self._erase,
        }
        try:
            if form not in forms:
                raise Invalid("The form is not known.")
            message = forms[form](row)
        except Clash as clash:
            by = last_change(self.actor, row, "sites.map.updated")
            return self._page(row, form=form, values=clash.merged, **form_clash(clash, by=by, labels=_LABELS))
        except Invalid as error:
            more = {"edit": Edit.posted(request.POST), "values": request.POST.dict()}
            return self._page(row, status=422, form=form, **more, **form_problem(error))
        return self.done(message, to=f"/orgs/{org_id}/sites/{site_id}/maps/{map_id}")

    def _save(self, row: Any) -> str:
        posted = self.request.POST
        wanted: dict[str, Any] = {"name": posted.get("name", "")}
        if "width_m" in posted:
            wanted["width_m"] = _number(posted, "width_m") if posted["width_m"] else None

        def write(changes: Mapping[str, Any], seen: Seen) -> None:
            update_map(self.actor, row, changes=changes, seen=seen)

        def now() -> Edit:
            return _opening(self.map(row.site_id, row.map_id))

        Edit.posted(posted).save(wanted, write=write, now=now)
        return "Floorplan saved."

    def _place(self, row: Any) -> str:
        device_id = posted_id(self.request.POST, "device_id")
        if device_id is None:
            raise Invalid({"device_id": "Choose a device."})
        device, scale = self._device(device_id), row.body.get("ppm") or 1
        place: dict[str, Any] = {"map_id": str(row.map_id)}
        for axis, side in (("x", "width"), ("y", "height")):
            most = row.body.get(side)
            value = _number(self.request.POST, axis) * scale
            if value < 0 or (most and value > most):
                bound = f", which ends at {most / scale:.2f}" if most else ""
                raise Invalid({axis: f"is outside of the floorplan{bound}"})
            place[axis] = round(value, 3)
        place_device(self.actor, device, changes=place)
        return f"{device.name or device.mac} placed."

    def _take_off(self, row: Any) -> str:
        device_id = posted_id(self.request.POST, "device_id")
        device = self._device(device_id) if device_id else None
        if device is None:
            raise Invalid("The device is not on this floorplan any more.")
        place_device(self.actor, device, changes={"map_id": None, "x": None, "y": None})
        return f"{device.name or device.mac} taken off the floorplan."

    def _draw(self, row: Any) -> str:
        sent = self.request.FILES.get("file")
        if sent is None:
            raise Invalid({"file": "is required"})
        add_image(self.actor, row, plan=drawn_plan(sent.read()))
        return "Picture replaced."

    def _erase(self, row: Any) -> str:
        remove_image(self.actor, row)
        return "Picture deleted."

    def _device(self, device_id: UUID) -> Any:
        return get_device(self.actor, self.org, device_id)

    def _page(self, row: Any, **more: Any) -> HttpResponse:
        site, shown = self.site(row.site_id), map_row(row)
        scale = row.body.get("ppm") or 1
        devices = devices_on_map(self.actor, row)
        for device in devices:
            if device["x"] is not None and device["y"] is not None:
                device["place"] = f"{device['x'] / scale:.1f}, {device['y'] / scale:.1f}"
        longest = max(shown.get("width") or 0, shown.get("height") or 0)
        opening = _opening(row)
        if more.get("form") != "settings":
            # Another form failed, if any: this one shows what is saved.
            width = row.body.get("width_m")
            values = {"name": row.name, "width_m": f"{width:g}" if width else ""}
            more |= {"edit": opening, "sent": more.get("values", {}), "values": values}
        places = longest > 0 and self.actor.can(INSTALL, site) and self.actor.can(VIEW_INVENTORY, site)
        return self.render(
            "sites/map.html",
            site=site,
            map=shown,
            picture=image_paths(row).get("url", ""),
            devices=devices,
            spares=devices_off_map(self.actor, row) if places else [],
            places=places,
            edits_maps=self.actor.can(EDIT_MAPS, site),
            unit="metres" if row.body.get("ppm") else "pixels",
            scale=scale,
            dot=round(longest / _DOT, 2),
            text=round(longest / _TEXT, 2),
            **more,
        )


class DeleteMap(MapPage):
    """Asks, and deletes a floorplan; devices on it stay at the site."""

    def get(self, request: HttpRequest, org_id: UUID, site_id: UUID, map_id: UUID) -> HttpResponse:
        row = self._map(org_id, site_id, map_id)
        told: dict[str, Any] = {"map": map_row(row), "device_count": len(devices_on_map(self.actor, row))}
        back = f"/orgs/{org_id}/sites/{site_id}/maps/{map_id}"
        return self.render("sites/map_delete.html", site=row.site, back=back, **told)

    def post(self, request: HttpRequest, org_id: UUID, site_id: UUID, map_id: UUID) -> HttpResponse:
        row = self._map(org_id, site_id, map_id)
        delete_map(self.actor, row)
        return self.done(f"Floorplan {row.name} deleted.", to=self.back(site_id))

    def _map(self, org_id: UUID, site_id: UUID, map_id: UUID) -> Any:
        return get_map(self.actor, site_to_map(self.actor, site_id, org_id=org_id), map_id)


def _opening(row: Any) -> Edit:
    fields = {"name": row.name, "width_m": row.body.get("width_m")}
    shown = {key: value for key, value in fields.items() if value}
    return Edit.opening(version_of(row, map_document(row)), shown)


def _number(posted: Mapping[str, str], name: str) -> float:
    try:
        value = float(posted.get(name, "").replace(",", "."))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise Invalid({name: "must be a number"})
    return value


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
