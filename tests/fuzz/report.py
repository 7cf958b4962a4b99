"""What came back: counted while it comes, told as one table at the end."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.fuzz.instance import Instance
from tests.fuzz.raw import Outcome

# Checks whose failure says that an answer is not what the document promises.
SCHEMA_CHECKS: Final = frozenset(
    {
        "response_schema_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "status_code_conformance",
        "mist_contract",
    }
)
# What no case can succeed at, with the reason. Nothing is left out: whoever ends a session or an account is
# made for it.
HOPELESS: Final = {
    "POST /api/v1/login/two_factor": "takes the code of an authenticator app",
    "POST /api/v1/self/two_factor/verify": "takes the code of an authenticator app",
    "POST /api/v1/login/oauth/{provider}": "takes a code that the provider gives to a browser",
    "POST /api/v1/self/oauth/{provider}": "takes a code that the provider gives to a browser",
    "DELETE /api/v1/login/oauth/{provider}": "takes an account that is linked, which takes such a code",
}
# Seconds in which 99 of 100 requests are answered.
LATEST: Final = 1.0
_SHOWN: Final = 25


def _say(line: str) -> None:
    print(line, flush=True)


class Tally:
    """Every answer and every failure of a run."""

    def __init__(self, say: Callable[[str], None] = _say) -> None:
        self.say = say
        self.phases: Counter[str] = Counter()
        self.statuses: dict[str, Counter[int]] = defaultdict(Counter)
        self.seconds: list[float] = []
        self.failures: Counter[str] = Counter()
        self.samples: dict[str, str] = {}
        self.broken: list[str] = []

    def count(self, operation: str, phase: str, status: int, seconds: float) -> None:
        """One answer."""
        self.phases[phase] += 1
        self.statuses[operation][status] += 1
        self.seconds.append(seconds)
        if self.cases % 2000 == 0:
            self.say(f"    {self.cases:,} cases, {len(self.failures)} kinds of failures")

    def fail(self, check: str, found: Any) -> None:
        """A check that an answer did not pass; one sample of each kind is kept."""
        failure = found.failure
        message = failure.message.strip()
        key = f"{check}: {failure.operation}: {failure.title}: {' '.join(message.split())[:160]}"
        self.failures[key] += 1
        self.samples.setdefault(key, f"{message[:1500]}\n    {found.code_sample[:2000]}")

    def broke(self, event: Any) -> None:
        """Something that kept cases from being made or sent."""
        problem = getattr(event, "value", None) or getattr(event, "exception", None)
        self.broken.append(f"{getattr(event, 'label', '')}: {problem!r}"[:1000])

    @property
    def cases(self) -> int:
        return sum(self.phases.values())

    @property
    def server_errors(self) -> int:
        """Answers from 500 on."""
        return sum(n for found in self.statuses.values() for status, n in found.items() if status >= 500)

    @property
    def broken_schemas(self) -> int:
        """Answers that are not what the document promises."""
        return sum(n for key, n in self.failures.items() if key.partition(":")[0] in SCHEMA_CHECKS)

    @property
    def never_good(self) -> list[str]:
        """Operations that answered no case with a success, and what they answered."""
        return [
            f"{operation} {dict(sorted(found.items()))} {HOPELESS.get(operation, '')}".rstrip()
            for operation, found in sorted(self.statuses.items())
            if not any(200 <= status < 300 for status in found)
        ]

    @property
    def shares(self) -> list[float]:
        """Of each operation, which share of its cases was a success."""
        return sorted(
            sum(n for status, n in found.items() if 200 <= status < 300) / sum(found.values())
            for found in self.statuses.values()
        )


@dataclass(frozen=True)
class Verdict:
    """Whether the figure holds, and the table that says so."""

    tally: Tally
    outcome: Outcome
    wanted: int
    alive: bool
    errors_logged: int

    @classmethod
    def of(cls, tally: Tally, outcome: Outcome, wanted: int, instance: Instance) -> Verdict:
        """The verdict while the instance still runs."""
        return cls(tally, outcome, wanted, instance.is_alive, instance.errors_logged())

    @property
    def is_good(self) -> bool:
        """No failure of any kind, as many cases as were asked for, and 99 of 100 answered in time."""
        failed = self.tally.failures or self.tally.broken or self.outcome.faults or self.errors_logged
        enough = self.alive and self.tally.cases >= self.wanted
        return (
            enough
            and not failed
            and _late(self.tally.seconds) < LATEST
            and _late(self.outcome.seconds) < LATEST
        )

    def table(self, seed: int) -> str:
        """All figures of the run, then what went wrong."""
        tally, outcome = self.tally, self.outcome
        rows = [
            ("seed", str(seed)),
            ("cases", f"{tally.cases:,} (asked for: {self.wanted:,})"),
            *((f"  {phase}", f"{count:,}") for phase, count in tally.phases.items()),
            (
                "operations reached",
                f"{len(tally.statuses)}, {len(tally.never_good)} of them without a success",
            ),
            ("successes per operation", _shares(tally.shares)),
            ("server errors", f"{tally.server_errors} answered, {self.errors_logged} logged"),
            ("broken schemas", str(tally.broken_schemas)),
            ("failed checks", str(sum(tally.failures.values()))),
            ("operations not tried", str(len(tally.broken))),
            ("latency of cases", _latency(tally.seconds)),
            ("malformed requests", f"{outcome.sent:,} of {len(outcome.kinds)} kinds; {_answers(outcome)}"),
            ("  latency", _latency(outcome.seconds)),
            ("  server errors, hangs", str(len(outcome.faults))),
            ("server alive", "yes" if self.alive else "no"),
            ("verdict", "good" if self.is_good else "FAILED"),
        ]
        lines = [f"{name:<26}{value}" for name, value in rows]
        lines += _listed("Without a success", tally.never_good, len(tally.never_good))
        lines += _listed("Not tried", tally.broken, _SHOWN)
        kinds = [
            f"{count} times {key}\n    {tally.samples[key]}" for key, count in tally.failures.most_common()
        ]
        lines += _listed("Failed checks", kinds, _SHOWN)
        return "\n".join(lines + _listed("Malformed requests", outcome.faults, _SHOWN))


def _shares(shares: Sequence[float]) -> str:
    if not shares:
        return "none"
    return f"median {_at(shares, 0.5):.0%}, lowest tenth {_at(shares, 0.1):.0%}"


def _latency(seconds: Sequence[float]) -> str:
    if not seconds:
        return "none"
    middle, late = 1000 * _at(sorted(seconds), 0.5), 1000 * _late(seconds)
    return f"p50 {middle:.0f} ms, p99 {late:.0f} ms, most {1000 * max(seconds):.0f} ms"


def _late(seconds: Sequence[float]) -> float:
    return _at(sorted(seconds), 0.99) if seconds else 0.0


def _at(values: Sequence[float], share: float) -> float:
    return values[min(len(values) - 1, int(len(values) * share))]


def _answers(outcome: Outcome) -> str:
    told = Counter(f"{status // 100}xx" for status in outcome.statuses.elements())
    return (
        ", ".join(f"{count:,} {kind}" for kind, count in sorted(told.items()))
        + f", {outcome.closed:,} closed"
    )


def _listed(title: str, lines: Sequence[str], most: int) -> list[str]:
    if not lines:
        return []
    more = [f"  … and {len(lines) - most} more"] if len(lines) > most else []
    return ["", f"{title}:", *(f"  {line}" for line in lines[:most]), *more]
