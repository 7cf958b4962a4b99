"""One rule or table tried on a sample, for the live preview of the dialog."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from autoprovision.engine.facts import Facts
from autoprovision.engine.narrate import narrate
from autoprovision.engine.rules import TEXT_SOURCES, Aspect, Rule, read_rule
from autoprovision.engine.ruleset import Targets, compile_blocks

_NOUNS: dict[Aspect, str] = {"site": "site", "profile": "device profile"}
_FIELDS = {"subnet": "ip", "geoip": "geoip_country"}


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule makes of a sample.

    `result` is the text or target it leads to, None when it leads nowhere; `matched` is True when the rule
    would decide: the result names something that exists, or is a usable device name.
    """

    result: str | None
    matched: bool
    sentence: str

    def as_dict(self) -> dict[str, Any]:
        """Give the preview for JSON."""
        return {"result": self.result, "matched": self.matched, "sentence": self.sentence}


def preview(rule: Mapping[str, Any], aspect: Aspect, sample: str, names: Iterable[str] = ()) -> Preview:
    """Try one rule, in the API's shape, on a sample of its source.

    `names` are the sites or profiles that exist. The type and model filters are left aside. A rule that
    cannot be used says why instead of raising.
    """
    return preview_table((rule,), aspect, sample, names)


def preview_table(
    rules: Iterable[Mapping[str, Any]], aspect: Aspect, sample: str, names: Iterable[str] = ()
) -> Preview:
    """Try the rules of one table, or one rule, on a sample of their common source.

    Rows that cannot be used are left aside, unless there is no other.
    """
    read = [read_rule(rule, aspect, index)[0] for index, rule in enumerate(rules)]
    usable = tuple(replace(rule, device_type="ap", match_model=None) for rule in read if not rule.fault)
    if not usable:
        return Preview(
            None, False, f"This rule cannot be used: {read[0].fault}." if read else "There is no rule."
        )
    targets = None if aspect == "name" else {"ap": Targets.of(_NOUNS[aspect], names)}
    (block,) = compile_blocks(usable, aspect, targets)
    facts = _sample_facts(block.first, sample)
    outcome = block.match(facts, facts.name)
    _, sentence = narrate(block, facts, facts.name)
    if outcome is not None:
        return Preview(outcome.value, True, sentence)
    return Preview(block.derive(sample) if block.first.src in TEXT_SOURCES else None, False, sentence)


def _sample_facts(rule: Rule, sample: str) -> Facts:
    fields: dict[str, Any] = {"mac": "", "model": "", _FIELDS.get(rule.src, rule.src): sample}
    return Facts(**fields)
