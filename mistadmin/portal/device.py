"""The page of one device: what it is, why it is where it is, what happened to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from audit.queries import entries_of
from autoprovision.queries import explain_device, last_decision
from inventory import actions
from inventory.clusters import CALLED, members_of
from inventory.firmware import tag_of
from inventory.forms import chosen_site
from inventory.handout import STATES, delivery_of
from inventory.images import shown_images
from inventory.queries import (
    SPANS,
    History,
    device_as_row,
    get_device,
    list_events,
    spare_devices,
    status_history,
)
from inventory.replacing import replace_device
from inventory.shapes import DeviceShape
from inventory.verbs import BulkResult
from mistadmin.core.access import MANAGE_DEVICES, VIEW_AUDIT, VIEW_TEMPLATES
from mistadmin.core.errors import Invalid, NotVisible
from mistadmin.core.paging import MOST, Page
from mistadmin.core.portal import PortalView, form_problem, posted_id
from mistadmin.core.resources import catalog
from mistadmin.core.shapes import parse
from mistadmin.portal.maps import floor_of
from orgs.docs import get_doc, list_docs
from sites.queries import list_sites

_ASPECTS: Final = ("site", "name", "profile")
_FACTS: Final = {
    "ip": "IP address",
    "ext_ip": "external IP address",
    "dns_suffix": "DNS suffix",
    "lldp_system_name": "LLDP system name",
    "lldp_port_desc": "LLDP port description",
    "lldp_port_id": "LLDP port",
    "version": "firmware",
    "hostname": "host name",
}


class Device(PortalView):
    """One device; the field `form` says which of its small forms was sent."""

    def get(self, request: HttpRequest, org_id: UUID, device_id: UUID) -> HttpResponse:
        return self._page(get_device(self.actor, self.org, device_id))

    def post(self, request: HttpRequest, org_id: UUID, device_id: UUID) -> HttpResponse:
        device = get_device(self.actor, self.org, device_id)
        form = request.POST.get("form", "name" if "name" in request.POST else "")
        try:
            message = self._change(form, device)
        except Invalid as error:
            values = request.POST.dict()
            return self._page(device, status=422, form=form, values=values, **form_problem(error))
        return self.done(message, to=f"/orgs/{org_id}/devices/{device_id}")

    def _change(self, form: str, device: Any) -> str:
        # Somebody whose role covers one site acts there; an unassigned device is the organization's.
        place = device.site or self.org
        if form == "name":
            return self._rename(place, device)
        if form == "site":
            return self._move(place, device)
        if form == "profile":
            return self._give_profile(place, device)
        if form == "replace":
            return self._replace(device)
        raise Invalid("The form is not known.")

    def _rename(self, place: Any, device: Any) -> str:
        name = parse(DeviceShape, {"name": self.request.POST.get("name", "")}).name or ""
        _expect(actions.name_devices(self.actor, place, names={device.id: name}), "name")
        return "Device renamed."

    def _move(self, place: Any, device: Any) -> str:
        site = chosen_site(self.actor, self.org, self.request.POST)
        if site is None:
            _expect(actions.unassign_devices(self.actor, place, devices=[device]), "site_id")
            return "Device unassigned."
        _expect(actions.assign_devices(self.actor, site, devices=[device]), "site_id")
        return f"Device assigned to {site.name}."

    def _give_profile(self, place: Any, device: Any) -> str:
        profile = self._chosen_profile()
        if profile is None:
            result = actions.unassign_profile(self.actor, place, devices=[device])
        else:
            result = actions.assign_profile(self.actor, place, profile=profile, devices=[device])
        _expect(result, "deviceprofile_id")
        return "Device profile saved."

    def _replace(self, device: Any) -> str:
        if device.site is None:
            raise Invalid({"inventory_mac": "can only take the place of a device at a site"})
        wanted = self.request.POST.get("inventory_mac", "")
        new = replace_device(self.actor, device.site, old=device.mac, new=wanted)
        return f"{new.name or new.mac} is at {device.site.name} now; this device is unassigned."

    def _chosen_profile(self) -> Any:
        profile_id = posted_id(self.request.POST, "deviceprofile_id")
        try:
            return profile_id and get_doc(self.actor, self.org, catalog()["deviceprofiles"], profile_id)
        except NotVisible:
            raise Invalid({"deviceprofile_id": "does not exist any more"}) from None

    def _page(self, device: Any, **more: Any) -> HttpResponse:
        zone = device.site.timezone if device.site else ""
        span = self.request.GET.get("span", "")
        span = span if span in SPANS else "day"
        history = status_history(self.actor, device, until=timezone.now(), span=SPANS[span])
        delivery = delivery_of(self.actor, device)
        return self.render(
            "inventory/device.html",
            device={**device_as_row(device), "site_timezone": zone, "managed": device.managed},
            firmware_tag=tag_of(device.type, device.version),
            span=span,
            history=history,
            history_label=_in_words(history),
            delivery=delivery,
            delivery_said=STATES[delivery.state],
            members=members_of(self.actor, device),
            called=CALLED.get(device.type, ""),
            sites=list_sites(self.actor, self.org),
            profiles=self._profiles(device),
            spares=self._spares(device),
            why=_told(last_decision(self.actor, device)),
            now=_told(explain_device(self.actor, device)),
            events=[_event(row) for row in list_events(self.actor, device)],
            entries=entries_of(self.actor, device) if self.actor.can(VIEW_AUDIT, device) else [],
            floor=floor_of(self.actor, device),
            **shown_images(device),
            images_url=f"/orgs/{self.org.id}/devices/{device.id}/images",
            **more,
        )

    def _spares(self, device: Any) -> list[dict[str, Any]]:
        if device.site is None or not self.actor.can(MANAGE_DEVICES, device):
            return []
        return spare_devices(self.actor, self.org, device)

    def _profiles(self, device: Any) -> list[dict[str, Any]]:
        if not self.actor.can_somewhere(VIEW_TEMPLATES, self.org.id):
            return []
        page, kind = Page(limit=MOST), {"type": device.type}
        return list_docs(self.actor, self.org, catalog()["deviceprofiles"], page=page, filters=kind).rows


def _in_words(history: History) -> str:
    if history.percent is None:
        return "Status is not known"
    times = len(history.outages)
    plural = "" if times == 1 else "s"
    return f"Connected {history.percent:.1f} % of the time, disconnected {times} time{plural}"


def _told(decision: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The three aspects of a decision in the order people read them."""
    if decision is None:
        return None
    aspects = [{"aspect": key, **decision[key]} for key in _ASPECTS if key in decision]
    return {"decided_at": decision.get("decided_at"), "aspects": aspects}


def _event(row: Mapping[str, Any]) -> dict[str, Any]:
    facts = [f"{_FACTS[key]} {value or 'none'}" for key, value in row["facts"].items() if key in _FACTS]
    sentence = f"Reported {', '.join(facts)}" if facts else str(row["type"]).capitalize()
    return {"timestamp": row["timestamp"], "sentence": sentence}


def _expect(result: BulkResult, field: str) -> None:
    """Show on the field why the one device was refused."""
    for _, reason in result.errors:
        raise Invalid({field: reason})
