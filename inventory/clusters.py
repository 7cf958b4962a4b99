"""Virtual chassis and HA clusters: which devices are one, and the device that stands for them.

A member says by itself whose it is. It is taken for one only with a device of its organization, its type
and its site, so that the members of a cluster are always at one site; verbs of people take them together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from django.db.models import F, Q

from inventory.identifiers import device_id_of, mac_of
from inventory.models import Device, DeviceType
from inventory.shapes import Membership
from mistadmin.core.access import VIEW_INVENTORY, Actor, Placed

CALLED: Final[dict[str, str]] = {
    DeviceType.SWITCH.value: "virtual chassis",
    DeviceType.GATEWAY.value: "HA cluster",
}
# Devices that are none, or that stand for theirs.
HEADS: Final = Q(cluster=None) | Q(cluster=F("id"))


def take_part(mac: str, device: Mapping[str, Any], said: Membership | None) -> None:
    """Note the cluster that a calling device says it is part of; `device` are its columns of checkin_sql."""
    own = device_id_of(mac)
    head = _head(own, device, said)
    role = said.role if said and head else ""
    if (head, role) == (device["cluster_id"], device["member_role"]):
        return
    if device["cluster_id"] == own != head:
        # Who stood for others does not any more: they are single until they say whose they are.
        Device.objects.filter(cluster_id=own).update(cluster=None, member_role="")
    if head and head != own:
        Device.objects.filter(id=head, cluster=None).update(cluster_id=head)
    Device.objects.filter(mac=mac).update(cluster_id=head, member_role=role)


def members_of(actor: Actor, device: Device) -> list[dict[str, Any]]:
    """The devices of its cluster, the one that stands for them first; none for a single device."""
    actor.require(VIEW_INVENTORY, device)
    if device.cluster_id is None:
        return []
    found = Device.objects.filter(org_id=device.org_id, cluster_id=device.cluster_id)
    rows = found.values("id", "mac", "name", "model", "serial", "connected", "last_seen", "member_role")
    return sorted(rows, key=lambda row: (row["id"] != device.cluster_id, row["mac"]))


def members_by_cluster(actor: Actor, org: Placed, clusters: Iterable[UUID]) -> dict[UUID, list[Any]]:
    """The members of clusters, in the order of their MACs, as rows with what a plan keeps of a device."""
    found: dict[UUID, list[Any]] = {one: [] for one in clusters}
    devices = Device.objects.in_org(actor, org.org_id, VIEW_INVENTORY).filter(cluster_id__in=list(found))
    rows = devices.order_by("id").values_list(*KEPT, named=True)
    for row in rows:
        found[row.cluster_id].append(row)
    return found


KEPT: Final = ("id", "mac", "name", "type", "claim_code", "site_id", "deviceprofile_id", "body", "cluster_id")


def _head(own: UUID, device: Mapping[str, Any], said: Membership | None) -> UUID | None:
    mac = mac_of(said.mac) if said else None
    if mac is None or device["type"] not in CALLED:
        return None
    wanted = device_id_of(mac)
    if wanted in (own, device["cluster_id"]):
        return wanted
    alike = {key: device[key] for key in ("org_id", "type", "site_id")}
    # Locked, so that nobody moves or releases it meanwhile without this member.
    found = Device.objects.select_for_update().filter(HEADS, id=wanted, **alike).values_list("id", flat=True)
    return next(iter(found), None)
