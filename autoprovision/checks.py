"""What the engine asks of the organization setting before it is saved (settings.ORG_SETTING_CHECKS)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autoprovision.engine.validate import validate
from autoprovision.queries import profile_names
from autoprovision.rulesets import rule_setting
from mistadmin.core.access import Actor
from mistadmin.core.errors import Invalid
from orgs.models import Org
from sites.queries import site_names


def check_setting(actor: Actor, org: Org, changes: Mapping[str, Any]) -> None:
    """Refuse bad auto-provisioning rules, each at its path; warnings do not refuse."""
    rules = rule_setting(changes)
    if not rules:
        return
    problems = validate(rules, site_names(org.id), profile_names(org.id))
    errors = {problem.path: problem.message for problem in problems if problem.severity == "error"}
    if errors:
        raise Invalid(errors)
