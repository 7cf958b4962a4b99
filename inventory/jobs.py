"""The bulk verbs of the inventory as plans and jobs: to a site, to a name, into and out of the organization.

In a row's `before` and `after`, `shown` is what people read; undoing exchanges the two.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final
from uuid import UUID

from inventory import actions, edges
from inventory.clusters import members_by_cluster
from inventory.forms import Selection
from inventory.identifiers import shown_code
from inventory.naming import name_problem, naming
from inventory.places import placed_again
from inventory.queries import devices_by_id, edges_by_id
from inventory.refusals import moved_on
from inventory.verbs import BulkResult, ClaimResult
from mistadmin.core.access import INSTALL, MANAGE_DEVICES, MANAGE_MXEDGES, VIEW_MXEDGES, Actor, Place
from mistadmin.core.errors import NotVisible, Refusal
from mistadmin.core.jobs import JobKind, Reasons, Row
from mistadmin.core.resources import catalog
from orgs.docs import get_doc
from sites.queries import get_site

MISSING: Final = "is not in this organization any more"
_DENIED: Final = "your role may not change this device"
_NO_SITE: Final = "the site does not exist any more"


@dataclass(frozen=True, slots=True)
class Verbs:
    """The actions that jobs on one family of hardware call, and the abilities that they take."""

    claim: Callable[..., ClaimResult]
    assign: Callable[..., BulkResult]
    unassign: Callable[..., BulkResult]
    release: Callable[..., BulkResult]
    rename: Callable[..., BulkResult]
    update: Callable[..., Any]
    find: Callable[..., Sequence[Any]]
    install: str
    manage: str


DEVICES: Final = Verbs(
    actions.claim_devices,
    actions.assign_devices,
    actions.unassign_devices,
    actions.release_devices,
    actions.name_devices,
    actions.update_device,
    devices_by_id,
    INSTALL,
    MANAGE_DEVICES,
)
EDGES: Final = Verbs(
    edges.claim_edges,
    edges.assign_edges,
    edges.unassign_edges,
    edges.release_edges,
    edges.name_edges,
    edges.update_edge,
    edges_by_id,
    MANAGE_MXEDGES,
    MANAGE_MXEDGES,
)

# What a verb makes of a device with its number from 1.
Change = Callable[[Any, int], Row]


@dataclass(frozen=True, slots=True)
class Ref:
    """A device by its id and MAC: all that a verb needs to find and to name it."""

    id: UUID
    mac: str


@dataclass(frozen=True, slots=True)
class Planned:
    """One row per chosen device, in the order chosen; those out of reach or gone are refused.

    With `together` a cluster is one row, which names its members and takes all of them.

    Each iteration reads the devices anew, so that it can be counted first and written down afterwards.
    """

    actor: Actor
    org: Any
    selection: Selection
    need: str
    change: Change
    together: bool = True

    def __iter__(self) -> Iterator[Row]:
        found: set[UUID] = set()
        clusters: dict[UUID, list[Any]] = {}
        for number, device in enumerate(self.selection.devices(self.actor, self.org), start=1):
            found.add(device.id)
            row = self.change(device, number)
            if self.together and device.cluster_id:
                clusters = clusters or members_by_cluster(self.actor, self.org)
                members = clusters.get(device.cluster_id)
                if not members:  # another member stands for it in the plan already
                    continue
                clusters[device.cluster_id] = []
                row = _with_members(row, [one for one in members if one.id != device.id])
            yield row if row.refusal or self.actor.can(self.need, device) else replace(row, refusal=_DENIED)
        # An id ends with the MAC address.
        gone = (one for one in self.selection.ids if one not in found)
        yield from (Row(one, one.hex[-12:], None, refusal=MISSING) for one in gone)


def as_it_is(device: Any, _number: int) -> Row:
    """No change: what is shown before the person has said what shall change."""
    now = _site_of(device)
    return _row(device, now, now)


def to_site(site: Any) -> Change:
    """Place at a site; None takes devices from their sites."""
    after = _at(str(site.id), site.name) if site else _at(None, "")

    def change(device: Any, _number: int) -> Row:
        return _row(device, _site_of(device), after)

    return change


def to_name(actor: Actor, org: Any, selection: Selection, pattern: str) -> Change:
    """Name by a pattern; names that several devices would get are noted. Raises Invalid on `pattern`."""
    name = naming(pattern)
    devices = enumerate(selection.devices(actor, org), start=1)
    times = Counter(name(device, number) for number, device in devices)

    def change(device: Any, number: int) -> Row:
        new = name(device, number)
        problem = name_problem(new)
        row = _row(device, _called(device.name), _called(new))
        if problem:
            return replace(row, refusal=f"the name {problem}")
        again = times[new] - 1
        return replace(row, note=f"{again:,} more would be called so" if again else "")

    return change


def to_managed(managed: bool) -> Change:
    """Have devices configured from here or not; access points always are."""

    def change(device: Any, _number: int) -> Row:
        row = _row(device, _manages(device.managed), _manages(managed))
        return replace(row, refusal=actions.ALWAYS_MANAGED) if device.type not in actions.ADOPTABLE else row

    return change


def away(device: Any, _number: int) -> Row:
    """Release; what is needed to take the device back is kept in the row."""
    return _row(device, {**_site_of(device), **_kept(device)}, {"shown": "Released"})


def _kept(device: Any) -> dict[str, Any]:
    return {
        "site_id": device.site_id and str(device.site_id),
        "claim_code": shown_code(device.claim_code),
        "name": device.name,
        "profile_id": device.deviceprofile_id and str(device.deviceprofile_id),
        "profile_type": device.type,
        "body": device.body,
        "managed": device.managed,
    }


def _with_members(row: Row, others: Sequence[Any]) -> Row:
    """The row of a cluster: which members go along, and what undoing a release needs of them."""
    named = {"members": [one.name or one.mac for one in others]}
    before = {**row.before, **named}
    if "claim_code" in before:
        before["others"] = [{"id": str(one.id), **_kept(one)} for one in others]
    return replace(row, before=before, after={**row.after, **named})


def _manages(managed: bool) -> dict[str, Any]:
    return {"managed": managed, "shown": "Managed" if managed else "Not managed"}


def _row(device: Any, before: Mapping[str, Any], after: Mapping[str, Any]) -> Row:
    return Row(device.id, device.name or device.mac, device.site_id, before, after)


def _site_of(device: Any) -> dict[str, Any]:
    return _at(device.site_id and str(device.site_id), device.site_name or "")


def _at(site_id: str | None, name: str) -> dict[str, Any]:
    return {"site_id": site_id, "shown": name or "Not assigned"}


def _called(name: str) -> dict[str, Any]:
    return {"name": name, "shown": name or "Unnamed"}


def _apply_site(verbs: Verbs, actor: Actor, org: Any, rows: Sequence[Any]) -> Reasons:
    unmoved = moved_on("site_id", {row.target_id: row.before["site_id"] for row in rows})
    reasons: dict[int, str] = {}
    for site_id, part in _grouped(rows, lambda row: row.after["site_id"]).items():
        if site_id is None:
            for place, some in _by_place(actor, verbs.manage, org, part):
                verb = partial(verbs.unassign, devices=_refs(some), refuse=unmoved)
                reasons |= _told(some, partial(verb, actor, place))
        else:
            reasons |= _told(part, partial(_assign, verbs, actor, site_id, part, refuse=unmoved))
    return reasons


def _apply_managed(actor: Actor, org: Any, rows: Sequence[Any]) -> Reasons:
    unchanged = moved_on("managed", {row.target_id: row.before["managed"] for row in rows})
    reasons: dict[int, str] = {}
    for managed, some in _grouped(rows, lambda row: row.after["managed"]).items():
        for place, part in _by_place(actor, MANAGE_DEVICES, org, some):
            verb = partial(actions.manage_devices, devices=_refs(part), managed=managed, refuse=unchanged)
            reasons |= _told(part, partial(verb, actor, place))
    return reasons


def _apply_name(verbs: Verbs, actor: Actor, org: Any, rows: Sequence[Any]) -> Reasons:
    unchanged = moved_on("name", {row.target_id: row.before["name"] for row in rows})
    reasons: dict[int, str] = {}
    for place, part in _by_place(actor, verbs.install, org, rows):
        names = {row.target_id: row.after["name"] for row in part}
        verb = partial(verbs.rename, names=names, refuse=unchanged)
        reasons |= _told(part, partial(verb, actor, place))
    return reasons


def _apply_claim(verbs: Verbs, actor: Actor, org: Any, rows: Sequence[Any]) -> Reasons:
    leaving = [row for row in rows if "claim_code" not in row.after]
    coming = [row for row in rows if "claim_code" in row.after]
    reasons: dict[int, str] = {}
    if leaving:
        reasons |= _told(leaving, partial(verbs.release, actor, org, devices=_refs(leaving)))
    return reasons | _take_back(verbs, actor, org, [one for row in coming for one in _released(row)])


@dataclass(frozen=True, slots=True)
class _Released:
    """A device to take back: that of a row, or a member of its cluster, which shares the row."""

    pk: int
    target_id: UUID
    site_id: UUID | None
    after: Mapping[str, Any]


def _released(row: Any) -> Iterator[_Released]:
    yield _Released(row.pk, row.target_id, row.site_id, row.after)
    for one in row.after.get("others", ()):
        yield _Released(row.pk, UUID(one["id"]), row.site_id, one)


def _take_back(verbs: Verbs, actor: Actor, org: Any, rows: Sequence[Any]) -> Reasons:
    """Claim released units again and give them what they had; a unit that somebody else has is theirs."""
    if not rows:
        return {}
    result = verbs.claim(actor, org, codes=[row.after["claim_code"] for row in rows])
    added = {unit["mac"] for unit in result.added}
    why = dict(result.errors)
    reasons = {
        row.pk: why.get(row.after["claim_code"], "is claimed already")
        for row in rows
        if _mac(row) not in added
    }
    back = [row for row in rows if row.pk not in reasons]
    named = {row.target_id: row.after["name"] for row in back if row.after["name"]}
    reasons |= _told(back, partial(verbs.rename, actor, org, names=named))
    for site_id, part in _grouped(back, lambda row: row.after["site_id"]).items():
        if site_id:
            reasons |= _told(part, partial(_assign, verbs, actor, site_id, part))
    for row in back:
        reasons |= _told([row], partial(_configure, verbs, actor, org, row))
    return reasons


def _configure(verbs: Verbs, actor: Actor, org: Any, row: Any) -> BulkResult:
    wanted = placed_again(org.id, row.after["body"], row.after["site_id"])
    if row.after["profile_id"]:
        profile_id = UUID(row.after["profile_id"])
        try:
            get_doc(actor, org, catalog()["deviceprofiles"], profile_id)
        except NotVisible:
            return BulkResult(errors=[(_mac(row), "its device profile does not exist any more")])
        wanted["deviceprofile_id"] = str(profile_id)
    if wanted:
        for device in verbs.find(actor, org, [row.target_id]):
            verbs.update(actor, device, changes=wanted)
    if not row.after.get("managed", True):
        return actions.manage_devices(actor, org, devices=_refs([row]), managed=False)
    return BulkResult()


def _assign(verbs: Verbs, actor: Actor, site_id: str, rows: Iterable[Any], **how: Any) -> BulkResult:
    try:
        site = get_site(actor, UUID(site_id))
    except NotVisible:
        return BulkResult(errors=[(_mac(row), _NO_SITE) for row in rows])
    return verbs.assign(actor, site, devices=_refs(rows), **how)


def _told(rows: Iterable[Any], verb: Callable[[], BulkResult]) -> dict[int, str]:
    """Why each row was refused, from a verb's own result or from its refusal as a whole."""
    by_mac = {_mac(row): row.pk for row in rows}
    try:
        return {by_mac[mac]: reason for mac, reason in verb().errors}
    except Refusal as refusal:
        return dict.fromkeys(by_mac.values(), str(refusal))


def _by_place(actor: Actor, need: str, org: Any, rows: Sequence[Any]) -> list[tuple[Place, Sequence[Any]]]:
    """Where a verb acts: on the organization, or site by site for a role that covers only sites."""
    if actor.can(need, Place(org.id)):
        return [(Place(org.id), rows)]
    by_site = _grouped(rows, lambda row: row.site_id)
    return [(Place(org.id, site_id), part) for site_id, part in by_site.items()]


def _grouped(rows: Iterable[Any], key: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    groups: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups


def _refs(rows: Iterable[Any]) -> list[Any]:
    return [Ref(row.target_id, _mac(row)) for row in rows]


def _mac(row: Any) -> str:
    return str(row.target_id.hex[-12:])


def _kind(name: str, need: str, apply: Callable[..., Reasons]) -> JobKind:
    return JobKind(f"inventory.{name}", need, partial(apply, DEVICES))


def _edge_kind(name: str, apply: Callable[..., Reasons]) -> JobKind:
    todo = partial(apply, EDGES)
    return JobKind(f"mxedge.{name}", MANAGE_MXEDGES, todo, VIEW_MXEDGES, "inventory/mxedges")


SITE: Final = _kind("site", INSTALL, _apply_site)
NAME: Final = _kind("name", INSTALL, _apply_name)
MANAGED: Final = JobKind("inventory.managed", MANAGE_DEVICES, _apply_managed)
CLAIMED: Final = _kind("claim", MANAGE_DEVICES, _apply_claim)
EDGE_SITE: Final = _edge_kind("site", _apply_site)
EDGE_NAME: Final = _edge_kind("name", _apply_name)
EDGE_CLAIMED: Final = _edge_kind("claim", _apply_claim)
KINDS: Final = (SITE, NAME, MANAGED, CLAIMED, EDGE_SITE, EDGE_NAME, EDGE_CLAIMED)
