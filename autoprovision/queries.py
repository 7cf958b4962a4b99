"""Reads of auto-provisioning: previews, the dry run over the inventory, and why a device is where it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet

from autoprovision.engine import preview as engine
from autoprovision.engine.decide import decide
from autoprovision.engine.explain import explain
from autoprovision.engine.rules import ASPECTS, Aspect
from autoprovision.engine.ruleset import Ruleset
from autoprovision.engine.validate import validate
from autoprovision.models import Decision
from autoprovision.rulesets import FACT_COLUMNS, facts_of, facts_of_row, rule_setting, rules_of
from inventory.models import Device
from mistadmin.core.access import VIEW_INVENTORY, VIEW_SETTINGS, Actor
from mistadmin.core.paging import Page, Slice
from orgs.models import DeviceProfile, Org
from sites.queries import site_names

# What a device must lack for the rules to have anything to say about it.
UNDECIDED: Final = Q(site=None) | Q(deviceprofile=None) | Q(name="")
_CHUNK: Final = 2_000


def preview(
    actor: Actor, org: Org, *, aspect: Aspect, rules: Sequence[Mapping[str, Any]], sample: str
) -> dict[str, Any]:
    """What one rule, or the rules of one table, make of a sample text: {"result", "matched", "sentence"}."""
    actor.require(VIEW_SETTINGS, org)
    names: Iterable[str] = ()
    if aspect == "site":
        names = site_names(org.id)
    elif aspect == "profile":
        names = profile_names(org.id)
    return engine.preview_table(rules, aspect, sample, names).as_dict()


def warnings(actor: Actor, org: Org, setting: Mapping[str, Any] | None = None) -> dict[str, str]:
    """What is doubtful about the rules without being wrong, by path: a missing site, overlapping subnets."""
    actor.require(VIEW_SETTINGS, org)
    rules = rule_setting(org.setting if setting is None else setting)
    problems = validate(rules, site_names(org.id), profile_names(org.id))
    return {problem.path: problem.message for problem in problems if problem.severity == "warning"}


def dry_run(
    actor: Actor,
    org: Org,
    *,
    page: Page,
    only_changes: bool = False,
    setting: Mapping[str, Any] | None = None,
) -> tuple[Slice, dict[str, int]]:
    """What the rules would decide for every device now: a page of rows, and the counts over all of them.

    Devices that change come first, by name. A row has the device and the three explanations. Every device is
    decided for the counts; only those of the page are explained, which costs many times as much.
    """
    rules = rules_of(org, setting).ruleset
    devices = Device.objects.in_org(actor, org.id, VIEW_INVENTORY)
    changing, unchanged, counts = _decide_all(devices, rules)
    listed = changing if only_changes else changing + unchanged
    wanted = listed[page.start : page.start + page.limit]
    rows = {device.id: _row(device, rules) for device in _whole(devices, wanted)}
    return Slice([rows[one] for one in wanted if one in rows], len(listed), page), counts


def explain_device(actor: Actor, device: Device) -> dict[str, Any]:
    """What the rules would decide for one device now, with every rule's verdict."""
    actor.require(VIEW_INVENTORY, device)
    return explain(facts_of(device), rules_of(device.org).ruleset).as_dict()


def last_decision(actor: Actor, device: Device) -> dict[str, Any] | None:
    """What was decided for one device when it was placed, by aspect; None when it was never decided."""
    actor.require(VIEW_INVENTORY, device)
    row = Decision.objects.filter(device_id=device.id, org_id=device.org_id).first()
    return None if row is None else {"decided_at": row.decided_at, **row.aspects}


def profile_names(org_id: UUID) -> set[str]:
    """Names of an organization's device profiles."""
    return set(DeviceProfile.objects.filter(org_id=org_id).values_list("name", flat=True))


def undecided_by_org(ids: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """Those of these devices that lack a site, a profile or a name, by organization; for workers."""
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for org_id, device_id in _undecided(id__in=list(ids)).values_list("org_id", "id"):
        found[org_id].append(device_id)
    return found


def undecided_of(org_id: UUID) -> list[UUID]:
    """Devices of an organization that lack a site, a profile or a name; for workers."""
    return list(_undecided(org_id=org_id).values_list("id", flat=True))


def _decide_all(devices: QuerySet[Device], rules: Ruleset) -> tuple[list[UUID], list[UUID], dict[str, int]]:
    """Ids of the devices that change and of those that do not, by name, and how many get what."""
    changing: list[UUID] = []
    unchanged: list[UUID] = []
    counts: dict[str, int] = dict.fromkeys(ASPECTS, 0)
    rows = devices.order_by("name", "id").values_list("id", *FACT_COLUMNS)
    for device_id, *facts in rows.iterator(chunk_size=_CHUNK):
        decision = decide(facts_of_row(facts), rules)
        (changing if decision.changes else unchanged).append(device_id)
        for aspect in ASPECTS:
            counts[aspect] += getattr(decision, aspect).value is not None
    totals = {"devices": len(changing) + len(unchanged), "unchanged": len(unchanged)}
    return changing, unchanged, {**counts, **totals}


def _whole(devices: QuerySet[Device], ids: Sequence[UUID]) -> QuerySet[Device]:
    return devices.filter(id__in=ids).select_related("site", "deviceprofile").defer("body", "search")


def _row(device: Device, rules: Ruleset) -> dict[str, Any]:
    why = explain(facts_of(device), rules)
    return {"device": device, "changes": why.decision.changes, **why.as_dict()}


def _undecided(**where: Any) -> QuerySet[Device]:
    found: QuerySet[Device] = Device.objects.filter(UNDECIDED, **where).order_by("id")
    return found
