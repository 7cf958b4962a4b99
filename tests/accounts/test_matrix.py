"""Every operation and every page as everybody, at every reach, about what is theirs and what is not (S1, S2).

One cell is one call. A part of them, always the same, is tried with each run of the suite; all of them with
`make matrix`, which takes some minutes. Whoever is refused writes nothing, and what belongs to another
organization answers to the byte as what does not exist. The last line of the run adds up all cells.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode
from zlib import crc32

import pytest

from mistadmin.core.http import ApiView
from tests.accounts import pages as portal
from tests.accounts.cast import (
    ALL,
    GROUP,
    LOOK,
    NONE,
    OF_MSP,
    REVOKED,
    SESSION,
    Caller,
    Targets,
    Values,
    callers,
)
from tests.accounts.cast import SITE as ONE_SITE
from tests.accounts.oracle import ABILITIES, MSP_ROLES, ROLES
from tests.accounts.routes import pages
from tests.accounts.tally import PROPERTY, Tally
from tests.arch.matrix import CASES, MSP, OWN, PUBLIC, QUERIES, SITE, SOMEWHERE, Case
from tests.arch.routes import Operation, operations
from tests.arch.test_access_matrix import undone

# One cell of so many is tried.
EVERY: Final = int(os.environ.get("ACCESS_MATRIX_EVERY", "32"))
# Operations are dealt out to so many tests, each with a cast and a transaction of its own.
PARTS: Final = 8
NORTH, SOUTH, FOREIGN, BELOW_OWN = "in scope", "other site", "other org", "other org's, below the own"
TARGETS: Final = (NORTH, SOUTH, FOREIGN, BELOW_OWN)
# What is asked for beside the things of another organization, and is nobody's.
UNKNOWN: Final = {FOREIGN: "unknown", BELOW_OWN: "unknown, below the own"}
REACHED: Final = {NORTH: (ALL, GROUP, ONE_SITE), SOUTH: (ALL,)}
LET_IN, REFUSED, HIDDEN, KEPT_OUT, ASKED_WHO = "let in", "refused", "hidden", "kept out", "asked who"
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
# What stands at a site, or is one; the rest is one for all sites of an organization.
_PLACED: Final = {
    *(
        "site_id",
        "device_id",
        "mac",
        "device_mac",
        "mxedge_id",
        "edge_id",
        "entry_id",
        "job_id",
        "sitegroup_id",
    ),
}
# A code is the secret itself: whoever has it is told that it was claimed. A name below the own organization
# is nobody's: it makes a site there.
_NOT_HIDDEN: Final = {"code", "edge_code", "token", "site_name", "image_name", "image_number", "name", "key"}
# Values that stand for more than what was asked for.
_SHORT: Final = 3
# What each page has of its own.
_OWN_WORDS: Final = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"|"X-CSRFToken": *"\w+"')


@dataclass(frozen=True, slots=True)
class Cell:
    """One call: what, by whom, about what."""

    operation: Operation
    case: Case
    caller: Caller
    target: str
    exists: bool = True

    def __str__(self) -> str:
        target = self.target if self.exists else UNKNOWN[self.target]
        return f"{self.operation} {self.case.body or ''} as {self.caller}: {target}"

    @property
    def is_let_in(self) -> bool:
        """Whether the oracle lets the caller in."""
        return self.verdict == LET_IN

    @property
    def is_page(self) -> bool:
        """Whether only a browser opens it."""
        return self.operation.path.startswith("/") and not issubclass(self.operation.view, ApiView)

    @property
    def _at_msp(self) -> str:
        """What the oracle says of a call below an MSP."""
        caller, case = self.caller, self.case
        if not caller.at_msp:
            return HIDDEN
        if self.target not in (NORTH, SOUTH):
            return KEPT_OUT
        may = MSP_ROLES[caller.role if caller.at_msp == "the msp" else ""]
        return LET_IN if case.needs in may else REFUSED

    @property
    def names_foreign_org(self) -> bool:
        """Whether its address has another organization in it, or one that does not exist."""
        parameters = self.operation.parameters
        of_own = 1 if self.target == BELOW_OWN else 0
        return self.target in UNKNOWN and "org_id" in parameters[of_own:]

    @property
    def _gets_by_otherwise(self) -> bool:
        """Whether the operation lets the role in for something else, and looks at what it is about first."""
        cases = CASES.get(str(self.operation), ())
        return any(case.needs in ROLES[self.caller.role] for case in cases)

    @property
    def verdict(self) -> str:
        """What the oracle says."""
        caller, case = self.caller, self.case
        if not caller.is_known or (self.is_page and caller.credential not in (SESSION, REVOKED, LOOK)):
            return ASKED_WHO
        # Whoever only looks is refused before anybody asks what it is about.
        if caller.credential == LOOK and self.operation.method != "get":
            return REFUSED
        if caller.credential == REVOKED or self.target == FOREIGN:
            return HIDDEN
        if case.reach == MSP:
            return self._at_msp
        if case.needs == "leave_msp" and caller.at_msp:
            return REFUSED
        if case.needs not in ROLES[caller.role]:
            return REFUSED if self.target != BELOW_OWN or not self._gets_by_otherwise else KEPT_OUT
        if self.target == BELOW_OWN:
            return KEPT_OUT
        if case.reach == SOMEWHERE:
            return LET_IN if caller.reach != NONE or case.needs == "see_org" else REFUSED
        if case.reach != SITE:
            return LET_IN if caller.reach == ALL else REFUSED
        if caller.reach in REACHED[self.target]:
            return LET_IN
        return HIDDEN if self.operation.path.startswith("sites/") else KEPT_OUT


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, without the ids that were asked for."""

    status: int
    body: bytes
    location: str

    def lets_in(self, cell: Cell) -> bool:
        if not cell.is_page or cell.case.status != 200:
            return self.status == cell.case.status
        return self.status in (200, 204, 302, 409, 422) and not self.location.startswith("/login")

    def keeps_out(self, cell: Cell) -> bool:
        verdict = cell.verdict
        if verdict == ASKED_WHO and cell.is_page:
            return self.status == 302 and self.location.startswith("/login")
        if verdict == KEPT_OUT:
            # A plan with nothing in it and a result with an error for each device refuse in their own way.
            reads = cell.operation.method == "get"
            return self.status in (403, 404) if reads else self.status < 500
        # Some of what is refused is not even said to be there, such as a job on devices the role never sees.
        return self.status in {ASKED_WHO: (401,), REFUSED: (403, 404), HIDDEN: (404,)}[verdict]


def test_every_page_is_in_the_matrix_and_the_other_way_round():
    routes = {str(page) for page in pages()}
    assert routes == {*portal.PAGES, *portal.PUBLIC, *portal.OWN, *portal.LEADS_BACK}
    assert {case.needs for cases in portal.PAGES.values() for case in cases} <= set(ABILITIES)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_everybody_gets_as_far_as_the_oracle_says(part, world, watched, caplog, record_property):
    caplog.set_level("CRITICAL", "django.request")  # thousands of refusals are what is asked for
    everybody, targets, tally = callers(world), Targets(world), Tally()
    for caller in everybody:
        caller.client.raise_request_exception = False  # then an error is an answer, and its cell is named
    for cell in cells(everybody, part):
        _try(cell, targets, tally)
    watched.forget()
    record_property(PROPERTY, tally.figures)
    problems = [*tally.leaks, *tally.denials]
    assert not problems, "\n".join([f"{len(problems)} cells are not as the oracle says:", *problems])


def cells(everybody: list[Caller], part: int) -> Iterator[Cell]:
    """The cells of this part in this run."""
    asked = [(one, CASES.get(str(one), ())) for one in operations() if str(one) not in {*PUBLIC, *OWN}]
    asked += [(one, portal.PAGES[str(one)]) for one in pages() if str(one) in portal.PAGES]
    for operation, cases in asked[part::PARTS]:
        for case in cases:
            for target in targets_of(operation, case):
                for caller in everybody:
                    cell = Cell(operation, case, caller, target)
                    if crc32(str(cell).encode()) % EVERY == 0:
                        yield cell


def targets_of(operation: Operation, case: Case) -> list[str]:
    """The targets that differ for this operation."""
    body = set(_PLACEHOLDER.findall(json.dumps(case.body)))
    named = set(operation.parameters) | body
    found = [NORTH, FOREIGN]
    if named & _PLACED:
        found.append(SOUTH)
    if (set(operation.parameters[1:]) | body) - _NOT_HIDDEN and "site_name" not in named:
        found.append(BELOW_OWN)
    return found


def _try(cell: Cell, targets: Targets, tally: Tally) -> None:
    parent = cell.operation.parameters[0]
    if cell.target in (NORTH, SOUTH):
        values = targets.north if cell.target == NORTH else targets.south
        with undone() as written:
            answer = call(cell, values)
        tally.add(cell, answer, written)
        return
    pair = []
    for one, values in ((cell, targets.overseas), (replace(cell, exists=False), targets.unknown)):
        asked = targets.below_own(parent, values) if cell.target == BELOW_OWN else values
        with undone() as written:
            answer = call(cell, asked)
        tally.add(one, answer, written)
        pair.append(answer)
    tally.compare(cell, *pair)


def call(cell: Cell, values: Values) -> Answer:
    """Make the call of a cell with these values."""
    operation, case, caller = cell.operation, cell.case, cell.caller
    kind = next((kind for kind in operation.path.split("/") if kind in values and kind.islower()), "")
    values = {**values, "doc_id": values.get(kind, "")}
    if "msps/" in operation.path:
        values |= {name: values[f"msp_{name}"] for name in OF_MSP}
    if "/mxedges/" in operation.path:
        values["device_id"] = values["edge_id"]
    query = f"?{case.query or QUERIES.get(str(operation), '')}"
    path = f"{operation.path.format(**values)}{query.rstrip('?')}"
    if path.startswith("/"):
        kind, data = "application/x-www-form-urlencoded", _form(case.body, values)
    else:
        path, kind, data = f"/api/v1/{path}", "application/json", _json(case.body, values)
    response = caller.client.generic(
        operation.method.upper(), path, data, content_type=kind, headers=dict(caller.headers)
    )
    caller.client.cookies.pop("messages", None)  # what the last page said would be said on the next one
    body = b"".join(response.streaming_content) if response.streaming else response.content
    body = body.replace(response.get("X-Request-Id", "-").encode(), b"")
    for value in values.values():
        if len(value) > _SHORT:
            body = body.replace(value.encode(), b"{asked}")
        if "-" in value:
            # The last part of a device's id is its address, as pages show it.
            body = body.replace(":".join(re.findall("..", value[-12:])).encode(), b"{asked}")
    return Answer(response.status_code, _OWN_WORDS.sub(b"", body), response.get("Location", ""))


def _form(body: Any, values: Values) -> bytes:
    return urlencode({key: _filled(text, values) for key, text in (body or {}).items()}).encode()


def _json(body: Any, values: Values) -> bytes:
    return b"" if body is None else _filled(json.dumps(body), values).encode()


def _filled(text: str, values: Values) -> str:
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)
