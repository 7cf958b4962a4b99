"""Writes of organizations. Creating one for a person is accounts.actions.create_org."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from audit.log import record, unmasked
from mistadmin.core import tenancy
from mistadmin.core.access import MANAGE_ORG, SIGNED_IN, Actor
from mistadmin.core.actions import action
from mistadmin.core.models import default_values
from mistadmin.core.resources import catalog
from mistadmin.core.shapes import merge, parse
from mistadmin.core.versions import Seen, require_seen
from orgs.models import Msp, Org
from orgs.msps import Assigned
from orgs.shapes import COLUMNS, OF_MSP, OrgSetting, OrgShape, org_document

# What GET adds to the setting; clients send it back.
_OF_SETTING_READ_ONLY = frozenset({"juniper"})

# Checks that apps above contribute to the organization setting, named in settings.ORG_SETTING_CHECKS.
SettingCheck = Callable[[Actor, Org, Mapping[str, Any]], None]


@action(needs=SIGNED_IN)
def create_org(actor: Actor, *, values: Mapping[str, Any], msp: Msp | None = None) -> Org:
    """Create an organization, in an MSP when one is passed; accounts.actions says who may use it."""
    document = merge(OrgShape, {}, unmasked(_changes(values), {}))
    shape = parse(OrgShape, document)
    columns = {key: getattr(shape, key) for key in COLUMNS if getattr(shape, key) is not None}
    org = Org(**columns, msp=msp, body=_without_columns(document))
    tenancy.admit(org.id)
    org.save(force_insert=True)
    record(actor, "orgs.org.created", org, after={"name": org.name})
    if msp:
        record(actor, "orgs.msp.org_created", Assigned.of(org, msp.id), after={"name": org.name})
    return org


@action(needs=MANAGE_ORG)
def update_org(actor: Actor, org: Org, *, changes: Mapping[str, Any], seen: Seen = None) -> Org:
    """Change top-level keys of an organization; absent keys stay. Raises Stale for another than was seen."""
    org = Org.objects.select_for_update().get(pk=org.pk)
    before = org_document(org)
    require_seen(seen, org, before)
    after = merge(OrgShape, before, unmasked(_changes(changes), before))
    shape = parse(OrgShape, after)
    for key, default in default_values(Org, COLUMNS).items():
        value = getattr(shape, key)
        setattr(org, key, default if value is None else value)
    org.body = _without_columns(after)
    if after != before:
        org.modified_time = timezone.now()
        org.save(update_fields=[*COLUMNS, "body", "modified_time"])
        record(actor, "orgs.org.updated", org, before=before, after=after)
    return org


@action(needs=MANAGE_ORG)
def update_setting(actor: Actor, org: Org, *, changes: Mapping[str, Any], seen: Seen = None) -> Org:
    """Change top-level keys of the organization setting; raises Invalid with the path of each bad field.

    Raises Stale for another setting than was seen.
    """
    org = Org.objects.select_for_update().get(pk=org.pk)
    before = org.setting
    changes = {key: value for key, value in changes.items() if key not in _OF_SETTING_READ_ONLY}
    require_seen(seen, org, before)
    after = merge(OrgSetting, before, unmasked(changes, before))
    for check in settings.ORG_SETTING_CHECKS:
        import_string(check)(actor, org, {key: after[key] for key in changes if key in after})
    if after != before:
        org.setting = after
        org.modified_time = timezone.now()
        org.save(update_fields=["setting", "modified_time"])
        changed = [key for key in {*before, *after} if before.get(key) != after.get(key)]
        record(
            actor,
            "orgs.setting.updated",
            org,
            before={key: before[key] for key in changed if key in before},
            after={key: after[key] for key in changed if key in after},
        )
    return org


@action(needs=MANAGE_ORG)
def delete_org(actor: Actor, org: Org, *, seen: Seen = None) -> None:
    """Delete an organization that nothing needs any more; inventory.actions.delete_org empties it first."""
    require_seen(seen, org, org_document(org))
    record(actor, "orgs.org.deleted", org, before={"name": org.name})
    for model in {resource.model for resource in catalog().values()}:
        model._default_manager.filter(org=org).delete()
    # Its MSP loses a member.
    with tenancy.within(org.tenant_ids):
        if org.msp_id:
            record(actor, "orgs.msp.org_deleted", Assigned.of(org, org.msp_id), before={"name": org.name})
        org.delete()


def _changes(sent: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in sent.items() if key not in OF_MSP}


def _without_columns(document: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key not in COLUMNS}
