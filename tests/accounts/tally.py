"""What came of the cells of the access matrix: of each part, and of all, whatever process each ran in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from tests.accounts.cast import LOOK

if TYPE_CHECKING:
    from tests.accounts.test_matrix import Answer, Cell

# Under this name the report of a test carries its figures.
PROPERTY: Final = "access matrix"
_ENTRY: Final = "audit_entry"
_SHOWN: Final = 150


class Tally:
    """The cells of one part, and each one that is not as the oracle says."""

    def __init__(self) -> None:
        self.cells = 0
        self.leaks: list[str] = []
        self.denials: list[str] = []

    @property
    def figures(self) -> tuple[int, int, int]:
        """Cells, leaks and false denials."""
        return self.cells, len(self.leaks), len(self.denials)

    def add(self, cell: Cell, answer: Answer, written: list[str]) -> None:
        """Count one cell and note what is wrong with it."""
        self.cells += 1
        told = f"{cell}: expected {cell.verdict}, got {answer.status} {answer.body[:_SHOWN]!r}"
        if cell.caller.credential == LOOK:
            written = self._untold(cell, written)
        if cell.is_let_in:
            if not answer.lets_in(cell):
                self.denials.append(told)
        elif written:
            self.leaks.append(f"{told}, and wrote {written[0][:_SHOWN]}")
        elif not answer.keeps_out(cell):
            self.leaks.append(told)

    def compare(self, cell: Cell, real: Answer, invented: Answer) -> None:
        """Note what tells another organization's things from things that do not exist."""
        if (real.status, real.body) != (invented.status, invented.body):
            lines = zip(real.body.splitlines(), invented.body.splitlines(), strict=False)
            first = next((pair for pair in lines if pair[0] != pair[1]), (b"", b""))
            told = f"{real.status} {first[0][:_SHOWN]!r} and {invented.status} {first[1][:_SHOWN]!r}"
            self.leaks.append(f"{cell}: expected what is unknown to answer alike, got {told}")

    def _untold(self, cell: Cell, written: list[str]) -> list[str]:
        """What a look wrote besides its one entry, which another organization's id leaves out."""
        told = [sql for sql in written if _ENTRY in sql]
        expected = 0 if cell.names_foreign_org else 1
        if len(told) != expected:
            self.leaks.append(f"{cell}: expected {expected} entries, got {len(told)}")
        return [sql for sql in written if sql not in told]


def total(properties: Iterable[dict[str, Any]]) -> str:
    """The sum over the parts among these tests, as one line; "" when none of them ran."""
    parts = [one[PROPERTY] for one in properties if PROPERTY in one]
    if not parts:
        return ""
    cells, leaks, denials = (sum(figures) for figures in zip(*parts, strict=True))
    return f"{cells} cells, {leaks} leaks, {denials} false denials"
