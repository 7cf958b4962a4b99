"""Writes of Mist Edges: register, claim, assign, rename, configure and release."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from audit.log import record, unmasked
from inventory import verbs
from inventory.configuration import changed_keys
from inventory.edge_shapes import EdgeShape, NewEdge
from inventory.manufacturing import make_edge
from inventory.models import MistEdge, Unit
from inventory.models_catalog import EDGE_MODELS
from inventory.refusals import Refuse
from inventory.shapes import configuration_of
from inventory.verbs import EDGES, BulkResult, ClaimResult
from mistadmin.core.access import MANAGE_MXEDGES, Actor, Placed
from mistadmin.core.actions import action
from mistadmin.core.errors import Invalid
from mistadmin.core.shapes import merge, parse
from mistadmin.core.versions import Seen, require_seen
from orgs.models import Org
from sites.models import Site

# Keys that the product reports and nobody sets; clients send them back unchanged.
_FACTS: Final = frozenset(
    {"mac", "serial", "model", "magic", "mxagent_registered", "tunterm_registered", "versions"}
)
_IDENTITY: Final = ("id", "org_id", "site_id", "mac", "serial", "model", "type", "claim_code")


@action(needs=MANAGE_MXEDGES)
def create_edge(actor: Actor, org: Org, *, values: Mapping[str, Any]) -> MistEdge:
    """Register a Mist Edge that has no claim code of its own, such as a virtual machine (createOrgMxEdge).

    Its unit is made with it, so that it calls the device API like any other. Raises Invalid.
    """
    wish = parse(NewEdge, values)
    hardware = EDGE_MODELS.get(wish.model)
    if hardware is None:
        raise Invalid({"model": f"must be one of {', '.join(EDGE_MODELS)}"})
    after = {**merge(EdgeShape, {}, unmasked(_settable(values), {})), "name": wish.name}
    unit = make_edge(hardware)
    Unit.objects.filter(mac=unit.mac).update(org=org, claim=uuid.uuid4(), claimed_at=timezone.now())
    identity = verbs.new_device(unit, org)
    edge = MistEdge(**{one: getattr(identity, one) for one in _IDENTITY}, name=wish.name, body=_body(after))
    edge.save(force_insert=True)
    record(actor, "inventory.mxedge.created", edge, after={**verbs.claimed(edge), **after})
    return edge


@action(needs=MANAGE_MXEDGES)
def claim_edges(actor: Actor, place: Org | Site, *, codes: Sequence[Any]) -> ClaimResult:
    """Claim Mist Edges by their codes (claimOrgMxEdge); every code gets its own result."""
    return verbs.claim(actor, EDGES, place, codes)


@action(needs=MANAGE_MXEDGES)
def assign_edges(
    actor: Actor, site: Site, *, devices: Iterable[Any], refuse: Refuse | None = None
) -> BulkResult:
    """Place Mist Edges at a site; repeating it changes nothing."""
    return verbs.assign(actor, EDGES, site, devices, refuse)


@action(needs=MANAGE_MXEDGES)
def unassign_edges(
    actor: Actor, place: Placed, *, devices: Iterable[Any], refuse: Refuse | None = None
) -> BulkResult:
    """Take Mist Edges from their sites; they stay in the organization."""
    return verbs.unassign(actor, EDGES, EDGES.manage, place.org_id, devices, refuse)


@action(needs=MANAGE_MXEDGES)
def release_edges(
    actor: Actor, place: Placed, *, devices: Iterable[Any], refuse: Refuse | None = None
) -> BulkResult:
    """Give Mist Edges up: site, name, pictures and history go, the codes can be claimed again by anybody."""
    return verbs.release(actor, EDGES, place.org_id, devices, refuse)


@action(needs=MANAGE_MXEDGES)
def name_edges(
    actor: Actor, place: Placed, *, names: Mapping[UUID, str], refuse: Refuse | None = None
) -> BulkResult:
    """Give each Mist Edge its name."""
    return verbs.rename(actor, EDGES, place.org_id, names, refuse)


@action(needs=MANAGE_MXEDGES)
def update_edge(actor: Actor, edge: MistEdge, *, changes: Mapping[str, Any], seen: Seen = None) -> MistEdge:
    """Change top-level keys of a Mist Edge's configuration; absent keys stay, unknown ones are kept.

    Raises Invalid, and Stale for another configuration than was seen.
    """
    edge = _locked(actor, edge)
    before = configuration_of(edge)
    require_seen(seen, edge, before)
    if changes.get("model", edge.model) not in (edge.model, None):
        raise Invalid({"model": f"is {edge.model} and cannot be changed"})
    after = merge(EdgeShape, before, unmasked(_settable(changes), before))
    if not changed_keys(before, after):
        return edge
    edge.name, edge.body, edge.modified_time = after.get("name", ""), _body(after), timezone.now()
    edge.save(update_fields=["name", "body", "modified_time"])
    record(actor, "inventory.device.updated", edge, before=before, after=after)
    return edge


@action(needs=MANAGE_MXEDGES)
def delete_edge(actor: Actor, edge: MistEdge, *, seen: Seen = None) -> None:
    """Give one Mist Edge up (deleteOrgMxEdge); raises Stale for another configuration than was seen."""
    edge = _locked(actor, edge)
    require_seen(seen, edge, configuration_of(edge))
    release_edges(actor, edge, devices=[edge])


def _locked(actor: Actor, edge: MistEdge) -> MistEdge:
    # By its organization too: ids come from MACs, so one released meanwhile may be somebody else's.
    found: MistEdge = MistEdge.objects.select_for_update().get(pk=edge.pk, org_id=edge.org_id)
    actor.require(MANAGE_MXEDGES, found)
    return found


def _settable(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key not in _FACTS}


def _body(configuration: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in configuration.items() if key != "name"}
