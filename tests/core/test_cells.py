"""CSV cells start no formula, whichever separator a spreadsheet reads the file by, and ordinary ones stay."""

from __future__ import annotations

import csv
import io
import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistadmin.core.cells import read_cell, safe_cell
from mistadmin.core.export import Step, csv_chunks

SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b"
BLANKS = ("", " ", "  ", "\u00a0", "\u3000", "\u200b", "\ufeff", "\t", "\0", " \u2003")
STARTS = ("", "a;", "a\t", "a\n", "a\r\n", "a;b;", ";", 'a;"', "a;\n")
HOSTILE = [f"{start}{blank}{sign}cmd|' /C calc'!A0" for start, blank, sign in product(STARTS, BLANKS, SIGNS)]
ORDINARY = (
    "AP-101", "East Wing; Floor 7", "a\tb", "two\nlines", "x@example.com", "1+1", "Büro", "10.0.0.1", "a - b",
    "fe80::1", "", "0.14.29411", "'quoted'", 'say "hi"', "a,b", "a;b", "_x", "(x)", "C:\\temp", "a=b;c=d",
)  # fmt: skip


def live(text: str) -> bool:
    return re.match(rf"[\s\0\u200b-\u200f\u2060\ufeff]*[{re.escape(SIGNS)}]", text) is not None


def exported(*names: str) -> str:
    steps = [Step("Name", None, (0,)), Step("Site", None, (0,))]
    return b"".join(csv_chunks(steps, [(name,) for name in names])).decode().removeprefix("\ufeff")


def cells(text: str, separator: str) -> list[str]:
    """As a spreadsheet reads it: quotes count where a cell begins with one."""
    return [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) for cell in row]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_no_exported_cell_is_live(separator: str) -> None:
    found = cells(exported(*HOSTILE), separator)
    assert [cell for cell in found if live(cell)] == []
    # Some spreadsheets begin a row at every line break, quoted or not.
    pieces = re.split(rf"[\r\n{separator}]", exported(*HOSTILE))
    assert [piece for piece in pieces if live(piece.lstrip('"'))] == []


def test_ordinary_values_come_back_as_they_were() -> None:
    rows = list(csv.reader(io.StringIO(exported(*ORDINARY), newline="")))[1:]
    assert [row[0] for row in rows] == list(ORDINARY)


def test_hostile_values_come_back_with_apostrophes_and_nothing_else_changed() -> None:
    rows = list(csv.reader(io.StringIO(exported(*HOSTILE), newline="")))[1:]
    assert [row[0] for row in rows] == [safe_cell(text) for text in HOSTILE]
    assert [row[0].replace("'", "") for row in rows] == [text.replace("'", "") for text in HOSTILE]


@given(st.text(alphabet=st.sampled_from([*SIGNS, *";\t\r\n\0 \u3000'\",ab1"])))
def test_any_text_is_safe_and_only_gains_apostrophes(text: str) -> None:
    safe = safe_cell(text)
    assert safe.replace("'", "") == text.replace("'", "")
    assert not live(safe)
    assert not any(live(piece.lstrip('"')) for piece in re.split(r"[;\t\r\n]", safe))
    assert safe_cell(safe) == safe


@given(st.text(alphabet=st.sampled_from([*SIGNS, *'; \u3000",ab1'])))
def test_cell_of_one_line_is_read_back_as_it_was(text: str) -> None:
    assert read_cell(safe_cell(text)) == text
