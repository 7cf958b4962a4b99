"""Import floorplans, and place the access points of a project that are here by name or MAC address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final
from uuid import NAMESPACE_OID, UUID, uuid5

from django.db.models import Q
from django.utils import timezone

from audit.log import Change, record_many
from inventory.actions import assign_devices
from inventory.ekahau import FloorPlan, PlannedPoint
from inventory.grace import OUTSIDE, Bounds
from inventory.identifiers import mac_of
from inventory.map_files import Upload
from inventory.models import Device, DeviceType
from inventory.naming import name_problem
from inventory.shapes import configuration_of
from mistadmin.core.access import EDIT_MAPS, INSTALL, Actor
from mistadmin.core.actions import action
from mistadmin.core.errors import Invalid
from mistadmin.core.ids import id_of
from mistadmin.core.pictures import Plan
from mistadmin.core.text import lowered
from sites.maps import add_map
from sites.models import Map, Site

# Where the API wants an id and there is none.
_NONE: Final = "00000000-0000-0000-0000-000000000000"
_NO_POINTS: Final = "has no access points; import_all_floorplans imports it nevertheless"
_UNKNOWN: Final = "is no access point that you may place here"
_ALIKE: Final = "has a name that several access points here have"
_AGAIN: Final = "is placed more than once; the first place counts"


@action(needs=EDIT_MAPS)
def import_maps(actor: Actor, site: Site, *, upload: Upload, assigns: bool) -> dict[str, Any]:
    """Make floorplans of what was uploaded and place the access points that are here; all of it or nothing.

    `assigns` takes access points without a site to it first (importOrgMaps); else only those at the site are
    placed (importSiteMaps). Answers as response_map_import. Raises Invalid for a name the site already has.
    """
    return _imported(actor, site, upload, assigns)


@action(needs=INSTALL)
def install_maps(actor: Actor, site: Site, *, upload: Upload) -> dict[str, Any]:
    """The same for installers, who assign and place what they claimed recently (importInstallerMap)."""
    Bounds(actor, site.org_id).require(site)
    return _imported(actor, site, upload, True)


def _imported(actor: Actor, site: Site, upload: Upload, assigns: bool) -> dict[str, Any]:
    wanted = {point.plan_id for point in upload.points}
    maps: dict[str, Map] = {}
    floorplans = []
    for plan, drawn in upload.plans:
        told = {"id": _uuid(plan.id), "name": plan.name}
        if upload.is_project and plan.id not in wanted and not upload.options.import_all_floorplans:
            floorplans.append({**told, "action": "ignored", "map_id": _NONE, "reason": _NO_POINTS})
            continue
        maps[plan.id] = _make(actor, site, plan, drawn)
        floorplans.append({**told, "action": "imported", "map_id": str(maps[plan.id].map_id)})
    # Who does not install is told nothing of the devices there are.
    aps = _Placing(actor, site, upload, maps, assigns).done() if actor.can(INSTALL, site) else []
    actions = [one["action"] for one in aps]
    return {
        "site_id": str(site.id),
        "for_site": True,
        "floorplans": floorplans,
        "aps": aps,
        "summary": {
            "num_ap_assigned": len(actions) - actions.count("ignored"),
            "num_inv_assigned": sum(one.startswith("assigned") for one in actions),
            "num_map_assigned": len(maps),
        },
    }


def _make(actor: Actor, site: Site, plan: FloorPlan, drawn: Plan) -> Map:
    values = {"name": plan.name, **({"ppm": plan.ppm} if plan.ppm else {})}
    try:
        return add_map(actor, site, values, drawn)
    except Invalid as error:
        told = "; ".join(f"{key}: {why}" for key, why in error.fields.items()) or str(error)
        raise Invalid({"file": f"has a floor plan {plan.name!r} that cannot be imported: {told}"}) from None


class _Placing:
    """The access points of an upload on the floorplans made of it: `maps` by the ids of its plans."""

    def __init__(
        self, actor: Actor, site: Site, upload: Upload, maps: Mapping[str, Map], assigns: bool
    ) -> None:
        self._actor, self._site, self._maps, self._assigns = actor, site, maps, assigns
        self._options = upload.options
        self._points = [point for point in upload.points if point.plan_id in maps]
        self._addresses = {row.name.lower(): row.mac for row in upload.rows if row.name and row.mac}
        self._told: list[dict[str, Any]] = []

    def done(self) -> list[dict[str, Any]]:
        """Assign and place; what became of each access point that is here, or whose address was named."""
        found = self._matched()
        free = [device for device, _ in found.values() if device.site_id is None]
        refused = dict(assign_devices(self._actor, self._site, devices=free).errors) if free else {}
        for device, point in found.values():
            if device.mac in refused:
                self._ignore(device.mac, point, refused[device.mac])
        ids = [device.id for device, _ in found.values() if device.mac not in refused]
        rows = Device.objects.filter(id__in=ids, site=self._site).order_by("id").select_for_update()
        changes, assigned = [], {device.id for device in free}
        for device in rows:
            before = configuration_of(device)
            self._lay(device, found[device.id][1], device.id in assigned)
            changes.append(Change(device, before, configuration_of(device)))
        targets = [one.target for one in changes]
        Device.objects.bulk_update(targets, ["name", "body", "modified_time"], batch_size=250)
        record_many(self._actor, "inventory.device.updated", changes)
        return self._told

    def _matched(self) -> dict[UUID, tuple[Device, PlannedPoint]]:
        """The device of each point, found by address and else by name, where the actor may place it."""
        bounds, found = Bounds(self._actor, self._site.org_id), {}
        by_mac, by_name = self._candidates()
        for point in self._points:
            macs = self._macs(point)
            device = next((by_mac[mac] for mac in macs if mac in by_mac), None)
            named = by_name.get(lowered(point.name), [])
            if device is None and not macs and len(named) == 1:
                device = named[0]
            if device is None:
                problem = _ALIKE if len(named) > 1 else _UNKNOWN
            else:
                problem = "" if bounds.covers(device) else OUTSIDE
                problem = _AGAIN if device.id in found else problem
            if device and not problem:
                found[device.id] = (device, point)
            elif device or macs:
                self._ignore(device.mac if device else macs[0], point, problem)
        return found

    def _candidates(self) -> tuple[dict[str, Device], dict[str, list[Device]]]:
        """The access points that may be meant, by address and by name in lower case."""
        macs = {mac for point in self._points for mac in self._macs(point)}
        names = {lowered(point.name) for point in self._points if point.name}
        here = Q(site=self._site) | Q(site=None) if self._assigns else Q(site=self._site)
        rows = Device.objects.filter(here, org_id=self._site.org_id, type=DeviceType.AP)
        by_mac, by_name = {}, defaultdict(list)
        for device in rows.filter(Q(mac__in=macs) | Q(name__lower__in=names)):
            if self._actor.can(INSTALL, device):
                by_mac[device.mac] = device
                by_name[lowered(device.name)].append(device)
        return by_mac, by_name

    def _macs(self, point: PlannedPoint) -> list[str]:
        """The addresses a point may have: the one that the CSV file gives its name, else what it says."""
        if given := self._addresses.get(point.name.lower()):
            return [given]
        return [mac for text in (point.name, *point.macs) if (mac := mac_of(text))]

    def _lay(self, device: Device, point: PlannedPoint, is_assigned: bool) -> None:
        place: dict[str, Any] = {"map_id": str(self._maps[point.plan_id].map_id), "x": point.x, "y": point.y}
        if self._options.import_height and point.height is not None:
            place["height"] = point.height
        if self._options.import_orientation and point.orientation is not None:
            place["orientation"] = point.orientation
        # A name that somebody gave stays; an address is no name.
        is_named = (
            not device.name and bool(point.name) and not mac_of(point.name) and not name_problem(point.name)
        )
        if is_named:
            device.name = point.name
        device.body, device.modified_time = {**device.body, **place}, timezone.now()
        told = {"action": f"{'assigned-' * is_assigned}{'named-' * is_named}placed"}
        if "height" in device.body:
            told["height"] = device.body["height"]
        self._tell(device.mac, point, orientation=device.body.get("orientation", 0), **told)

    def _ignore(self, mac: str, point: PlannedPoint, reason: str) -> None:
        self._tell(mac, point, orientation=0, action="ignored", reason=reason)

    def _tell(self, mac: str, point: PlannedPoint, **more: Any) -> None:
        plan = {"floorplan_id": _uuid(point.plan_id), "map_id": str(self._maps[point.plan_id].map_id)}
        self._told.append({"mac": mac, **plan, **more})


def _uuid(text: str) -> str:
    """The id of a plan as the API spells ids; projects have them of other kinds too."""
    return str(id_of(text) or uuid5(NAMESPACE_OID, text))
