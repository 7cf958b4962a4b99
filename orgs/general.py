"""What Organization Settings saves together: name, policies and Support Access (guide: chapter 2).

They stand in two documents of the API, the organization and its setting; the page has one Save.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mistadmin.core.access import MANAGE_ORG, Actor
from mistadmin.core.actions import action
from mistadmin.core.errors import Invalid
from mistadmin.core.versions import Seen, require_seen
from orgs.actions import update_org, update_setting
from orgs.models import Org

OF_ORG: Final = ("name", "session_expiry", "allow_mist")
OF_POLICY: Final = (
    "enabled",
    "min_length",
    "requires_special_char",
    "requires_two_factor_auth",
    "expiry_in_days",
)
# What an organization has that says nothing (openapi.json: org_setting_password_policy).
_DEFAULTS: Final = {
    "enabled": False,
    "min_length": 8,
    "requires_special_char": False,
    "requires_two_factor_auth": False,
    "expiry_in_days": 0,
}


def general_of(org: Org) -> dict[str, Any]:
    """The document of the page with its defaults; times in minutes and days, of which 0 means never."""
    stored = org.setting.get("password_policy") or {}
    policy = {key: stored[key] if stored.get(key) is not None else _DEFAULTS[key] for key in OF_POLICY}
    idle = org.setting.get("ui_idle_timeout") or 0
    return {**{key: getattr(org, key) for key in OF_ORG}, "ui_idle_timeout": idle, **policy}


@action(needs=MANAGE_ORG)
def update_general(actor: Actor, org: Org, *, changes: Mapping[str, Any], seen: Seen = None) -> None:
    """Change keys of the page's document; absent keys stay. Raises Invalid by key, and Stale."""
    org = Org.objects.select_for_update().get(pk=org.pk)
    before = general_of(org)
    require_seen(seen, org, before)
    changed = {key: value for key, value in changes.items() if value != before.get(key)}
    of_org: dict[str, Any] = {key: changed[key] for key in OF_ORG if key in changed}
    if of_org:
        update_org(actor, org, changes=of_org)
    setting = {key: changed[key] for key in ("ui_idle_timeout",) if key in changed}
    policy = {key: changed[key] for key in OF_POLICY if key in changed}
    if policy:
        setting["password_policy"] = {**(org.setting.get("password_policy") or {}), **policy}
    if setting:
        _update_setting(actor, org, setting)


def _update_setting(actor: Actor, org: Org, changes: Mapping[str, Any]) -> None:
    try:
        update_setting(actor, org, changes=changes)
    except Invalid as error:
        raise Invalid(
            {key.removeprefix("password_policy."): text for key, text in error.fields.items()} or str(error)
        ) from None
