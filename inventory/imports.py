"""Devices of a site as rows of a file, in the columns of Mist's import (importSiteDevices), both ways."""

from __future__ import annotations

import codecs
import csv
import io
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from inventory.identifiers import mac_of
from mistadmin.core.cells import read_cell, safe_cell
from mistadmin.core.errors import Invalid
from mistadmin.core.export import Step, plain

MOST_ROWS: Final = 1000
MOST_CODES: Final = 10_000
# How columns of claim codes are called; "magic" is the word of the API.
_CODE_HEADS: Final = frozenset({"claimcode", "claimcodes", "code", "codes", "magic"})
# What the export says beside that, for people; the import passes over it.
_FACTS: Final = ("model", "serial", "type")
# What the export reads of a device.
EXPORTED: Final = ("mac", "name", *_FACTS, "body")
# int() would also take full-width digits, "1_0", and more of them than a reply can spell.
_WHOLE: Final = re.compile(r"-?[0-9]{1,6}")


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """What a row says of a device: its MAC address and the keys to change, or why it cannot be read."""

    number: int
    mac: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError
    return number


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text.strip()):
        raise ValueError
    return int(text)


def _flag(text: str) -> bool:
    switch = text.strip().lower()
    if switch not in ("true", "false"):
        raise ValueError
    return switch == "true"


def _labels(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


@dataclass(frozen=True, slots=True)
class _Column:
    """A column: where its value stands in the configuration, and how a cell becomes one."""

    path: tuple[str, ...]
    read: Callable[[str], Any] = str
    wants: str = "a text"


_RADIO: Final[Mapping[str, tuple[Callable[[str], Any], str]]] = {
    **dict.fromkeys(("power", "bandwidth", "channel"), (_whole, "a whole number")),
    "disabled": (_flag, "true or false"),
}
_COLUMNS: Final[Mapping[str, _Column]] = {
    "name": _Column(("name",)),
    "map_id": _Column(("map_id",)),
    "x": _Column(("x",), _number, "a number"),
    "y": _Column(("y",), _number, "a number"),
    "height": _Column(("height",), _number, "a number"),
    "orientation": _Column(("orientation",), _whole, "a whole number"),
    "labels": _Column(("labels",), _labels),
    **{
        f"band_{band}.{key}": _Column(("radio_config", f"band_{band}", key), read, wants)
        for band in (24, 5, 6)
        for key, (read, wants) in _RADIO.items()
    },
}


def rows_of_json(sent: Any) -> list[DeviceRow]:
    """Rows out of a list of device objects, counted from 1; raises Invalid when it is no list."""
    if not isinstance(sent, list):
        raise Invalid("The body must be a JSON list of devices.")
    return [_row_of_json(number, one) for number, one in enumerate(_bounded(sent), start=1)]


def rows_of_csv(raw: bytes) -> list[DeviceRow]:
    """Rows out of a CSV file, counted as a spreadsheet does; an empty cell changes nothing.

    Raises Invalid on `file` when it is none, and for a column that is not known: what it says would be lost.
    """
    try:
        text = raw.decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise Invalid({"file": "is no CSV file in UTF-8"}) from None
    if "\0" in text:
        raise Invalid({"file": "has NUL characters"})
    head = [cell.strip().lower() for cell in lines[0]] if lines else []
    unknown = [name for name in head if name not in _COLUMNS and name not in ("mac", *_FACTS)]
    if unknown:
        raise Invalid({"file": f"has the column {unknown[0]!r}; known are mac, {', '.join(_COLUMNS)}"})
    if "mac" not in head or len(set(head)) < len(head):
        raise Invalid({"file": "must begin with the names of the columns, each once, and mac among them"})
    filled = [(number, line) for number, line in enumerate(lines[1:], start=2) if any(line)]
    return [_row_of_cells(number, head, line) for number, line in _bounded(filled)]


def codes_of_file(raw: bytes) -> list[str]:
    """Claim codes out of a CSV file: its column of codes, or the only one it has, up to 10,000 of them.

    UTF-8 or, with its mark, UTF-16; commas, semicolons or tabs. Raises Invalid on `file` for what is none.
    """
    text = _text(raw)
    if "\0" in text:
        raise Invalid({"file": "has NUL characters: it is no text, or UTF-16 without its mark"})
    first = text[: text.find("\n") + 1 or None]
    delimiter = max(",;\t", key=first.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    codes: list[str] = []
    column = None
    try:
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            if column is None:
                column, is_head = _code_column(cells)
                if is_head:
                    continue
            code = read_cell(cells[column]).strip() if column < len(cells) else ""
            if code:
                codes.append(code)
            if len(codes) > MOST_CODES:
                raise Invalid({"file": f"has more than {MOST_CODES:,} claim codes: split it"})
    except csv.Error:
        raise Invalid({"file": f"is no CSV file: line {lines.line_num} cannot be read"}) from None
    if not codes:
        raise Invalid({"file": "has no claim codes"})
    return codes


def _text(raw: bytes) -> str:
    coding = "utf-16" if raw[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
    try:
        return raw.decode(coding)
    except UnicodeDecodeError:
        raise Invalid({"file": "is no text in UTF-8 or UTF-16"}) from None


def _code_column(cells: Sequence[str]) -> tuple[int, bool]:
    """Where the codes stand, judged by the first line, and whether that line is a head."""
    names = ["".join(filter(str.isalnum, cell)).lower() for cell in cells]
    for number, name in enumerate(names):
        if name in _CODE_HEADS:
            return number, True
    if len(cells) > 1:
        raise Invalid({"file": 'has several columns and none is called "Claim Code"'})
    return 0, False


def export_steps() -> Iterator[Step]:
    """The columns of the export, made of the values of EXPORTED."""
    yield Step("mac", plain, (0,))
    yield Step("name", None, (1,))
    for place, name in enumerate(_FACTS, start=2):
        yield Step(name, plain, (place,))
    body = len(EXPORTED) - 1
    for name, column in _COLUMNS.items():
        if name != "name":
            yield Step(name, partial(_cell, column.path), (body,))


def _bounded(rows: Sequence[Any]) -> Sequence[Any]:
    if len(rows) > MOST_ROWS:
        raise Invalid({"rows": f"are {len(rows):,}; {MOST_ROWS:,} are allowed at once"})
    return rows


def _row_of_json(number: int, sent: Any) -> DeviceRow:
    if not isinstance(sent, dict):
        return DeviceRow(number, problem="must be a JSON object")
    mac = mac_of(sent.get("mac"))
    return DeviceRow(number, mac, sent) if mac else DeviceRow(number, problem="mac: must be a MAC address")


def _row_of_cells(number: int, head: Sequence[str], line: Sequence[str]) -> DeviceRow:
    if len(line) > len(head):
        return DeviceRow(number, problem=f"has {len(line)} cells under {len(head)} columns")
    cells = {name: read_cell(cell) for name, cell in zip(head, line, strict=False)}
    mac = mac_of(cells.get("mac"))
    if mac is None:
        return DeviceRow(number, problem="mac: must be a MAC address")
    changes: dict[str, Any] = {}
    for name, cell in cells.items():
        if name not in _COLUMNS or not cell.strip():
            continue
        column = _COLUMNS[name]
        try:
            value = column.read(cell)
        except ValueError:
            return DeviceRow(number, problem=f"{name}: must be {column.wants}")
        inner = changes
        for key in column.path[:-1]:
            inner = inner.setdefault(key, {})
        inner[column.path[-1]] = value
    return DeviceRow(number, mac, changes)


def _cell(path: Sequence[str], body: Any) -> str:
    value = body
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, list):
        return safe_cell(", ".join(map(str, value)))
    return safe_cell(value) if isinstance(value, str) else ""
