"""The decision for one device.

What is never touched: a site, a profile or a name that the device already has. A profile needs a site,
which may be the one decided in the same pass. Names come first: a rule whose source is the device name
reads the name decided in the same pass, so that deciding again after the result was applied changes
nothing. A device that never reported waits at the first rule that needs a report. A rule whose result is not
exactly the name of a site (profile) does not match, and the next one is tried.
Source: guide, "Configure Autoprovisioning for Site Assignments", "… Device Profiles", "… Device Names".
"""

from typing import NamedTuple

from autoprovision.engine.facts import Facts
from autoprovision.engine.ruleset import Matcher, Outcome, Plan, Ruleset

KEPT = Outcome(None, None, "kept")
NO_MATCH = Outcome(None, None, "no_match")
DISABLED = Outcome(None, None, "disabled")
NOT_APPLICABLE = Outcome(None, None, "not_applicable")

_NO_PLAN = Plan((), (), ())


class Decision(NamedTuple):
    """What to set on one device; see `Outcome`."""

    site: Outcome
    profile: Outcome
    name: Outcome

    @property
    def changes(self) -> bool:
        """True when at least one of the three is to be set."""
        return any(outcome.value is not None for outcome in self)


def decide(facts: Facts, ruleset: Ruleset) -> Decision:
    """Decide site, profile and name of one device. Same facts and rules, same decision."""
    plan = ruleset.plans.get((facts.type, facts.seen), _NO_PLAN)
    current = facts.name

    if not ruleset.name.enabled:
        name = DISABLED
    elif current:
        name = KEPT
    else:
        name = _first_match(plan.name, facts, current)
        current = name.value or current

    if not ruleset.site.enabled:
        site = DISABLED
    elif facts.site_name is not None:
        site = KEPT
    else:
        site = _first_match(plan.site, facts, current)

    if not ruleset.profile.enabled:
        profile = DISABLED
    elif facts.profile_name is not None:
        profile = KEPT
    elif facts.site_name is None and site.value is None:
        profile = NOT_APPLICABLE
    else:
        profile = _first_match(plan.profile, facts, current)

    return Decision(site, profile, name)


def _first_match(matchers: tuple[Matcher, ...], facts: Facts, name: str) -> Outcome:
    for match in matchers:
        outcome = match(facts, name)
        if outcome is not None:
            return outcome
    return NO_MATCH
