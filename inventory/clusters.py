"""Virtual chassis and HA clusters: which devices are one, and the device that stands for them.

A member says by itself whose it is. It is taken for one only with a device of its organization, its type
and its site, so that the members of a cluster are always at one site; verbs of people take them together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, F, Q

from inventory.identifiers import device_id_of, mac_of
from inventory.models import Device, DeviceType
from inventory.shapes import Membership
from inventory.tables import status_of
from mistadmin.core.access import VIEW_INVENTORY, Actor, Placed

CALLED: Final[dict[str, str]] = {
    DeviceType.SWITCH.value: "virtual chassis",
    DeviceType.GATEWAY.value: "HA cluster",
}
# What a plan keeps of a member.
KEPT: Final = (
    *("id", "mac", "name", "type", "claim_code", "site_id"),
    *("deviceprofile_id", "body", "managed", "cluster_id"),
)
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
    told = ({**row, "status": status_of(row["connected"], row["last_seen"])} for row in rows)
    return sorted(told, key=lambda row: (row["id"] != device.cluster_id, row["mac"]))


def members_by_cluster(actor: Actor, org: Placed) -> dict[UUID, list[Any]]:
    """The members of every cluster, in the order of their MACs, as rows with KEPT as attributes."""
    found: dict[UUID, list[Any]] = defaultdict(list)
    devices = Device.objects.in_org(actor, org.org_id, VIEW_INVENTORY).filter(cluster__isnull=False)
    for row in devices.order_by("id").values_list(*KEPT, named=True):
        found[row.cluster_id].append(row)
    return found


def counted_members(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with how many `members` a device stands for, 1 for a member of another."""
    rows = list(rows)
    heads = [row["id"] for row in rows if row.get("cluster_id") == row["id"]]
    if any(row.get("cluster_id") for row in rows):
        found = Device.objects.filter(cluster_id__in=heads).order_by().values_list("cluster_id")
        counts = dict(found.annotate(Count("id")))
        rows = [{**row, "members": counts.get(row["id"], 1)} if row["cluster_id"] else row for row in rows]
    return rows


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
