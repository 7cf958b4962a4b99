"""The cases that schemathesis makes of our API document, sent as real people about real objects."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.core.parameters import ParameterLocation
from schemathesis.engine import events, from_schema
from schemathesis.generation.meta import TestPhase

from mistadmin.core import tenancy
from tests.contract import contract
from tests.fuzz.bodies import good_body, good_form, good_value, has_good_value, with_real_ids
from tests.fuzz.callers import Caller, Callers
from tests.fuzz.report import Tally
from tests.fuzz.scene import Scene, Target

# Of requests whose ids are well formed, one in so many keeps ids that nobody has.
UNKNOWN_EVERY: Final = 8
# Of requests whose body may be anything valid, one in so many has a body that is known to be good.
GOOD_EVERY: Final = 3
_CHAINS: Final = "stateful"
_CONFIG: Final = Path(__file__).with_name("schemathesis.toml")


class Campaign:
    """Fills in who calls and what is meant, and counts what comes back."""

    def __init__(self, scene: Scene, url: str, tally: Tally, seed: int) -> None:
        self.scene, self.tally = scene, tally
        self.callers = Callers(scene)
        # Credentials are given out when a case is made, some time before it is sent.
        self._calling: dict[str, Caller] = {}
        self.chance = random.Random(seed)
        self.url, self.seed = url, seed

    def run(self, examples: int, chains: int, *, phases: Sequence[str], only: str) -> None:
        """Every phase, with so many fuzzed cases for each operation and so many chains of calls.

        `only` is a regular expression for the paths that are tried; "" for all of them.
        """
        config = SchemathesisConfig.from_path(_CONFIG)
        config.update(seed=self.seed, max_failures=None)
        with self._listening():
            # Chains are for themselves: what the engine has seen before keeps them at their first call.
            for some in (
                [one for one in phases if one != _CHAINS],
                [one for one in phases if one == _CHAINS],
            ):
                schema = schemathesis.openapi.from_url(f"{self.url}/api/openapi.json", config=config)
                schema.config.phases.update(phases=some)
                schema.config.phases.fuzzing.generation.max_examples = examples
                schema.config.phases.stateful.generation.max_examples = chains
                for event in from_schema(schema.include(path_regex=only) if only else schema).execute():
                    self._note(event)

    # The engine's threads are nobody's: what they make and look up is all tenants'.
    @tenancy.across()
    def before_call(self, _context: Any, case: Any, _kwargs: dict[str, Any]) -> None:
        """Put real ids, and sometimes a good body, in the place of made-up ones."""
        caller = self._calling.get(case.id)
        target = Target(self.scene.acme, case.operation.path, caller.admin if caller else None, doomed=False)
        self._fill_path(case, target)
        self._fill_query(case, target)
        self._fill_body(case, target)
        case.headers["X-Forwarded-For"] = str(test_address(self.chance))

    @tenancy.across()
    def after_call(self, _context: Any, case: Any, response: Any) -> None:
        """Count the answer."""
        phase = case.meta.phase.name.value if case.meta else "other"
        self.tally.count(case.operation.label, phase, response.status_code, response.elapsed)
        caller = self._calling.pop(case.id, None)
        if caller and caller.cookies and response.status_code in (401, 403):
            self.callers.forget_session()

    @tenancy.across()
    def get(self, case: Any, _context: Any) -> Caller:
        """Who makes this request (schemathesis calls this an auth provider)."""
        return self.callers.choose(case.operation.label)

    def set(self, case: Any, caller: Caller, _context: Any) -> None:
        """Give a request the credentials of its caller."""
        self._calling[case.id] = caller
        case.headers.update(caller.headers)
        case.cookies.update(caller.cookies)

    def _fill_path(self, case: Any, target: Target) -> None:
        if not case.path_parameters or _is_wrong(case, ParameterLocation.PATH):
            return
        if self.chance.randrange(UNKNOWN_EVERY) == 0:
            return
        method, place = case.operation.method.upper(), self.scene.place()
        real = self.scene.values(method, target.path, target.caller, place)
        # What a link says is the id of what an earlier call has made, or has found.
        linked = (case._override.path_parameters if case._override else None) or {}
        kept = {
            name: value
            for name, value in linked.items()
            if method != "DELETE" or value not in self.scene.lasting
        }
        case.path_parameters = {**real, **kept}

    def _fill_query(self, case: Any, target: Target) -> None:
        if not case.query or _is_wrong(case, ParameterLocation.QUERY) or self.chance.randrange(2):
            return
        # One of the values as it was made up, or none: the others would be refused first.
        kept = self.chance.choice([*case.query, ""])
        case.query = {
            name: value if name == kept else good_value(self.scene, name, target)
            for name, value in case.query.items()
            if name == kept or has_good_value(name)
        }

    def _fill_body(self, case: Any, target: Target) -> None:
        # A case that is to be refused stays as it is: its body might be all that was wrong with it.
        if case.meta and case.meta.generation.mode.is_negative:
            return
        is_good = not _is_coverage(case) and self.chance.randrange(GOOD_EVERY) == 0
        if case.media_type == "multipart/form-data" and isinstance(case.body, dict) and is_good:
            case.body = good_form(self.scene, target)
        elif isinstance(case.body, (dict, list)) and case.media_type == "application/json":
            good = good_body(self.scene, case.operation.method.upper(), target) if is_good else None
            case.body = with_real_ids(self.scene, case.body, target) if good is None else good

    def _note(self, event: Any) -> None:
        if isinstance(event, events.PhaseStarted) and event.phase.is_enabled:
            self.tally.say(f"  {event.phase.name.value} …")
        elif isinstance(event, events.ScenarioFinished):
            for nodes in event.recorder.checks.values():
                for node in nodes:
                    if node.failure_info:
                        self.tally.fail(node.name, node.failure_info)
        elif isinstance(event, (events.NonFatalError, events.FatalError)):
            self.tally.broke(event)

    @contextmanager
    def _listening(self) -> Iterator[None]:
        campaign = self

        # schemathesis marks what it is given, which bound methods do not bear.
        @schemathesis.hook
        def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
            campaign.before_call(context, case, kwargs)

        @schemathesis.hook
        def after_call(context: Any, case: Any, response: Any) -> None:
            campaign.after_call(context, case, response)

        class Provider:
            def get(self, case: Any, context: Any) -> Caller:
                return campaign.get(case, context)

            def set(self, case: Any, data: Caller, context: Any) -> None:
                campaign.set(case, data, context)

        schemathesis.auth(refresh_interval=None)(Provider)
        schemathesis.check(mist_contract)
        try:
            yield
        finally:
            schemathesis.hooks.unregister_all()
            schemathesis.auths.unregister()


def mist_contract(_context: Any, response: Any, case: Any) -> None:
    """A success also has the shape that Mist's published document promises, where that document is there."""
    document = contract()
    if (
        document is None
        or response.status_code != 200
        or case.method.upper() != case.operation.method.upper()
    ):
        return
    operation = document.find(case.operation.method, case.operation.path.replace("{", "").replace("}", ""))
    if operation is None or "json" not in response.headers.get("content-type", [""])[0]:
        return
    body = response.json()
    problems = document.problems(operation, body) if body not in (None, {}) else []
    if problems:
        raise AssertionError(f"breaks Mist's contract ({operation.id}): " + "; ".join(problems[:3]))


def _is_wrong(case: Any, where: ParameterLocation) -> bool:
    """Whether this part of a request is wrong on purpose."""
    return case.meta is not None and bool(case.meta.is_negative_at(where))


def _is_coverage(case: Any) -> bool:
    """Whether the case belongs to a list of edge values, each of which has to be sent."""
    return case.meta is not None and case.meta.phase.name is TestPhase.COVERAGE


def test_address(chance: random.Random) -> str:
    """An address of the test network 2001:db8::/32, so that callers are not taken for one."""
    return "2001:db8:" + ":".join(f"{chance.randrange(65536):x}" for _ in range(6))
