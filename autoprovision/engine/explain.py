"""Why a device gets what it gets: every rule with a verdict and a sentence.

The outcomes are those of `decide`; this module only tells them, so an explanation cannot differ from the
decision.
"""

from typing import Any, NamedTuple

from autoprovision.engine.decide import Decision, decide
from autoprovision.engine.facts import Facts
from autoprovision.engine.narrate import Verdict, narrate
from autoprovision.engine.rules import Aspect
from autoprovision.engine.ruleset import Block, CompiledAspect, Outcome, Ruleset, needs_report

_WAITS = "Not tried yet: the device has not reported anything."
_NOUNS: dict[Aspect, str] = {"site": "site", "profile": "device profile", "name": "name"}


class RuleVerdict(NamedTuple):
    """One rule, or the rules `first` to `last` of one table, counted from 0; people call it rule `number`.

    `verdict`: "matched" · "no_match" · "other_device" (type or model filter) · "broken" · "not_tried".
    """

    first: int
    last: int
    number: int
    src: str
    verdict: Verdict
    sentence: str

    def as_dict(self) -> dict[str, Any]:
        """Give the verdict for JSON."""
        return self._asdict()


class AspectExplanation(NamedTuple):
    """The outcome of one aspect, in one sentence, and the verdict on every rule."""

    aspect: Aspect
    outcome: Outcome
    sentence: str
    rules: tuple[RuleVerdict, ...]

    def as_dict(self) -> dict[str, Any]:
        """Give the explanation for JSON."""
        return {
            "value": self.outcome.value,
            "rule": self.outcome.rule,
            "status": self.outcome.status,
            "sentence": self.sentence,
            "rules": [rule.as_dict() for rule in self.rules],
        }


class Explanation(NamedTuple):
    """The decision for one device with its reasons."""

    decision: Decision
    site: AspectExplanation
    profile: AspectExplanation
    name: AspectExplanation

    def as_dict(self) -> dict[str, Any]:
        """Give `{"site": …, "profile": …, "name": …}` for JSON."""
        return {part.aspect: part.as_dict() for part in (self.site, self.profile, self.name)}


def explain(facts: Facts, ruleset: Ruleset) -> Explanation:
    """Decide one device and say why."""
    decision = decide(facts, ruleset)
    name = facts.name or decision.name.value or ""
    return Explanation(
        decision,
        _explain(ruleset.site, decision.site, facts, name),
        _explain(ruleset.profile, decision.profile, facts, name),
        _explain(ruleset.name, decision.name, facts, name),
    )


def _explain(part: CompiledAspect, outcome: Outcome, facts: Facts, name: str) -> AspectExplanation:
    if outcome.status in ("kept", "disabled", "not_applicable"):
        reason = _untouched(part.aspect, outcome, facts)
        return AspectExplanation(part.aspect, outcome, reason, tuple(_not_tried(part.blocks, reason)))
    rules = _verdicts(part, outcome, facts, name)
    return AspectExplanation(part.aspect, outcome, _summary(part, outcome), rules)


def _verdicts(part: CompiledAspect, outcome: Outcome, facts: Facts, name: str) -> tuple[RuleVerdict, ...]:
    """Tell the blocks up to the one that decided; the rest was not tried."""
    verdicts: list[RuleVerdict] = []
    for tried, block in enumerate(part.blocks, start=1):
        if outcome.status == "waiting" and needs_report(block, facts.type):
            return (*verdicts, *_not_tried(part.blocks[tried - 1 :], _WAITS))
        told = narrate(block, facts, name)
        verdicts.append(RuleVerdict(*block.span, *told))
        if outcome.rule is not None and outcome.rule <= block.span[1]:
            decided = _called(part, outcome.rule)
            verdicts += _not_tried(part.blocks[tried:], f"Not tried: {decided} decided first.")
            break
    return tuple(verdicts)


def _not_tried(blocks: tuple[Block, ...], reason: str) -> list[RuleVerdict]:
    return [RuleVerdict(*block.span, "not_tried", reason) for block in blocks]


def _untouched(aspect: Aspect, outcome: Outcome, facts: Facts) -> str:
    noun = _NOUNS[aspect]
    if outcome.status == "disabled":
        return f"Auto-provisioning of the {noun} is switched off."
    if outcome.status == "not_applicable":
        return "The device has no site; a device profile is only given to a device that has one."
    current = {"site": facts.site_name, "profile": facts.profile_name, "name": facts.name}[aspect]
    return f'The device already has the {noun} "{current}", which is never replaced.'


def _summary(part: CompiledAspect, outcome: Outcome) -> str:
    noun = _NOUNS[part.aspect]
    if outcome.rule is not None:
        created = ", which is created for it" if outcome.status == "create" else ""
        return f'{_called(part, outcome.rule).capitalize()} gives the {noun} "{outcome.value}"{created}.'
    if outcome.status == "waiting":
        return f"The {noun} is decided once the device has reported."
    return f"No rule gives a {noun}." if part.blocks else f"There are no rules for the {noun}."


def _called(part: CompiledAspect, index: int) -> str:
    """Give what people call a rule that decided."""
    block = next(one for one in part.blocks if index <= one.span[1])
    return block.rules[index - block.span[0]].called
