"""Writes of auto-provisioning: place devices by the rules, and ask for all to be looked at again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone

from audit.log import record
from autoprovision.engine.explain import Explanation, explain
from autoprovision.models import Decision
from autoprovision.queries import UNDECIDED, undecided_of
from autoprovision.rulesets import OrgRules, facts_of
from inventory import actions as inventory
from inventory.models import Device
from inventory.refusals import elsewhere
from mistadmin.core import outbox
from mistadmin.core.access import INSTALL, MANAGE_DEVICES, Actor
from mistadmin.core.actions import action
from orgs.models import DeviceProfile, Org
from sites.models import Site

# A later "nothing to do here" does not overwrite why the device once got what it has.
_SETTLED = frozenset({"kept", "not_applicable", "disabled"})


@action(needs=MANAGE_DEVICES)
def reevaluate(actor: Actor, org: Org) -> None:
    """Ask for every device of the organization to be decided again; the work runs in the worker."""
    record(actor, "autoprovision.org.reevaluated", org)


@action(needs=INSTALL)
def place_devices(actor: Actor, org: Org, *, rules: OrgRules, ids: Sequence[UUID]) -> int:
    """Decide these devices by the rules and set what was decided; returns how many changed.

    The rows are locked while they are decided, so a person who assigns one meanwhile goes first or second
    and is never overwritten.
    """
    devices = _undecided(org, ids)
    explained = [(device, explain(facts_of(device), rules.ruleset)) for device in devices]
    sites, profiles = _by_target(explained, rules)
    for site in Site.objects.filter(org=org, id__in=sites).order_by("id"):
        inventory.assign_devices(actor, site, devices=sites[site.id], refuse=elsewhere(site.id))
    for profile in DeviceProfile.objects.filter(org=org, id__in=profiles).order_by("id"):
        inventory.assign_profile(actor, org, profile=profile, devices=profiles[profile.id])
    names = {device.id: why.decision.name.value for device, why in explained if why.decision.name.value}
    if names:
        inventory.name_devices(actor, org, names=names)
    _remember(org, explained)
    return sum(why.decision.changes for _, why in explained)


@action(needs=INSTALL)
def owe_decisions(actor: Actor, *, org_id: UUID) -> None:
    """Write down that every device of an organization that lacks something is to be decided."""
    outbox.owe("autoprovision.devices.undecided", org_id, undecided_of(org_id))


def _undecided(org: Org, ids: Sequence[UUID]) -> list[Device]:
    rows = Device.objects.filter(UNDECIDED, org=org, id__in=ids).order_by("id")
    return list(rows.select_related("site", "deviceprofile").select_for_update(of=("self",)))


def _by_target(
    explained: Iterable[tuple[Device, Explanation]], rules: OrgRules
) -> tuple[dict[UUID, list[Device]], dict[UUID, list[Device]]]:
    sites: dict[UUID, list[Device]] = defaultdict(list)
    profiles: dict[UUID, list[Device]] = defaultdict(list)
    for device, why in explained:
        site, profile = why.decision.site.value, why.decision.profile.value
        if site:
            sites[rules.sites[site]].append(device)
        if profile:
            profiles[rules.profiles[device.type, profile]].append(device)
    return sites, profiles


def _remember(org: Org, explained: Sequence[tuple[Device, Explanation]]) -> None:
    known = Decision.objects.in_bulk([device.id for device, _ in explained])
    now = timezone.now()
    rows = []
    for device, why in explained:
        before = known[device.id].aspects if device.id in known else {}
        after = _merged(before, why.as_dict(), now.timestamp())
        if _without_times(after) != _without_times(before):
            rows.append(Decision(device=device, org=org, decided_at=now, aspects=after))
    Decision.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["device"], update_fields=["org", "decided_at", "aspects"]
    )


def _merged(before: dict[str, Any], now: dict[str, Any], decided_at: float) -> dict[str, Any]:
    return {
        aspect: before[aspect]
        if aspect in before and told["status"] in _SETTLED
        else {**told, "decided_at": decided_at}
        for aspect, told in now.items()
    }


def _without_times(aspects: dict[str, Any]) -> dict[str, Any]:
    return {
        aspect: {key: value for key, value in told.items() if key != "decided_at"}
        for aspect, told in aspects.items()
    }
