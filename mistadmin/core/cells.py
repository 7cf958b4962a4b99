"""Cells of a table that a spreadsheet opens: none may start a formula (RELIABILITY S18)."""

from __future__ import annotations

import re
from typing import Final

# Spaces of any kind, also those without a width, and what else a spreadsheet looks past.
_BLANK: Final = r"\s\0\u200b-\u200f\u2060\ufeff"
# As typed, in full width, and the small forms.
_FORMULA: Final = r"=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b"
# Most cells: a letter or digit first, and nothing in which a spreadsheet could begin another cell.
_PLAIN: Final = re.compile(r"[^\W_][^;\t\r\n\0]*")
# A cell begins at the start, and again after each of these, depending on the separator that the spreadsheet
# was told or guessed: quoting for the comma does not help there.
_LIVE: Final = re.compile(rf'((?:^|[;\t\r\n])[{_BLANK}"]*)(?=[{_FORMULA}])')
# And where safe_cell has put one.
_MARKED: Final = re.compile(rf"""((?:^|[;\t\r\n])[{_BLANK}"]*)'(?=[{_FORMULA}])""")


def safe_cell(text: str | None) -> str:
    """A text as a cell; an apostrophe stands before whatever a spreadsheet would take for a formula."""
    if not text or _PLAIN.fullmatch(text):
        return text or ""
    marked = _LIVE.sub(r"\1'", text)
    return f"'{marked}" if marked[0] in "\t\r\n\0" else marked


def read_cell(text: str) -> str:
    """The text of one line that safe_cell made a cell of; an apostrophe of its own at the start may go."""
    return _MARKED.sub(r"\1", text)
