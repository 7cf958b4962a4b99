"""One card of the Auto-Provisioning window: a rule, or the rules of one table, as fields.

A Subnet or Model table is a run of consecutive rules of one source that share all other keys.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

import orjson

from autoprovision.engine.expression import (
    Dialog,
    DialogError,
    ExpressionError,
    from_expression,
    parse,
    to_expression,
)
from autoprovision.engine.rules import MAX_RULES
from mistadmin.core.errors import Invalid
from mistadmin.core.http import read_json

# Sources that the window keeps as they are, because it has no fields for them.
UNSHOWN: Final = {"geoip": "GeoIP Country"}
_TABLES: Final = {"subnet": "subnet", "ext_ip": "subnet", "model": "model"}
_TEXT_KEYS: Final = ("expression", "prefix", "suffix")
_NUMBERS: Final = ("ignore_start", "ignore_end", "first")
_TYPED: Final = (*_NUMBERS, "separator", "prefix", "suffix", "expression", "extra", "sample")
_WARNINGS_SHOWN: Final = 3
_ROW: Final = re.compile(r"(.+)-row-([0-9]{1,6})-(?:subnet|model|value)", re.ASCII)


@dataclass(slots=True)
class Row:
    """One row of a table: a subnet or a model, and the name it leads to."""

    subnet: str = ""
    model: str = ""
    value: str = ""
    error: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.subnet.strip() or self.model or self.value)


@dataclass(slots=True)
class Card:
    """One card of the window; texts and numbers as typed, "" for an option that is off.

    `raw` shows the expression itself, because the options cannot express it. `extra` is the JSON of the keys
    that the window does not know; they are kept.
    """

    src: str
    divide: bool = False
    separator: str = "-"
    segment: int = 1
    ignore_start: str = ""
    ignore_end: str = ""
    first: str = ""
    prefix: str = ""
    suffix: str = ""
    expression: str = ""
    raw: bool = False
    extra: str = ""
    rows: list[Row] = field(default_factory=lambda: [Row()])
    sample: str = ""
    preview: dict[str, Any] | None = None
    errors: dict[str, str] = field(default_factory=dict)
    warning: str = ""

    @property
    def column(self) -> str:
        """The first column of the table, "" for a source that has none."""
        return _TABLES.get(self.src, "")

    def rules(self) -> list[dict[str, Any]]:
        """The rules of the card in the API's shape; raises Invalid naming the card's own fields."""
        base = {**_extra(self.extra), "src": self.src}
        if self.src in UNSHOWN:
            return [base]
        if self.column:
            return self._table(base)
        texts = {"expression": self._cut(), "prefix": self.prefix, "suffix": self.suffix}
        return [{**base, **{key: text for key, text in texts.items() if text}}]

    def filled(self) -> list[Row]:
        """The rows that say something; the others are not saved."""
        return [row for row in self.rows if not row.is_empty]

    @property
    def is_wrong(self) -> bool:
        return bool(self.errors) or any(row.error for row in self.rows)

    def mark_error(self, row: Row | None, name: str, text: str) -> None:
        """Put a problem with one of the rules at its row, else at the option `name`, else at the card."""
        if row is not None and name in ("subnet", "model", "value"):
            row.error = "; ".join(filter(None, [row.error, text]))
        elif name in ("src", "prefix", "suffix") or (name == "expression" and self.raw):
            self.errors.setdefault(name, text)
        else:
            self.errors.setdefault("", f"{name} {text}".strip())

    def mark_warning(self, text: str) -> None:
        """Add a doubt about one of the rules; a long table tells the first few."""
        said = self.warning.split("; ") if self.warning else []
        if len(said) < _WARNINGS_SHOWN:
            self.warning = "; ".join([*said, text])

    def _table(self, base: dict[str, Any]) -> list[dict[str, Any]]:
        rows = self.filled()
        if not rows:
            raise Invalid({"": "Fill in at least one row, or remove the rule."})
        return [{**base, self.column: getattr(row, self.column).strip(), "value": row.value} for row in rows]

    def _cut(self) -> str:
        if self.raw:
            return self.expression
        errors = {name: "enter a whole number" for name in _NUMBERS if not is_number(getattr(self, name))}
        if errors:
            raise Invalid(errors)
        separator, segment = (self.separator, self.segment) if self.divide else (None, None)
        start, end, first = (int(text) if (text := getattr(self, name)) else None for name in _NUMBERS)
        try:
            return str(to_expression(Dialog(separator, segment, start, end, first)))
        except DialogError as error:
            raise Invalid(error.fields) from None


def cards_of_rules(rules: Iterable[Mapping[str, Any]], default: str) -> list[Card]:
    """The cards that show these rules; a rule that names no source has the default one."""
    split = enumerate(_split(rule, default) for rule in rules)
    return [_card([one for _, one in run]) for _, run in groupby(split, key=_same_card)]


def posted_rows(form: Iterable[str]) -> dict[str, list[int]]:
    """The numbers of the rows that a form really has, by the prefix of their card."""
    found: dict[str, set[int]] = defaultdict(set)
    for name in form:
        if row := _ROW.fullmatch(name):
            found[row[1]].add(int(row[2]))
    return {prefix: sorted(numbers) for prefix, numbers in found.items()}


def card_of_form(prefix: str, form: Mapping[str, str], rows: Iterable[int]) -> Card:
    """The card whose field names start with the prefix, with everything that was typed."""
    typed: dict[str, Any] = {name: form[f"{prefix}-{name}"] for name in _TYPED if f"{prefix}-{name}" in form}
    segment = form.get(f"{prefix}-segment", "1")
    return Card(
        form[f"{prefix}-src"],
        divide=bool(form.get(f"{prefix}-divide")),
        segment=int(segment) if is_number(segment) and segment else 0,
        raw=bool(typed.get("expression")),
        rows=[_row_of_form(f"{prefix}-row-{number}", form) for number in rows] or [Row()],
        **typed,
    )


def _row_of_form(prefix: str, form: Mapping[str, str]) -> Row:
    return Row(*(form.get(f"{prefix}-{name}", "") for name in ("subnet", "model", "value")))


def count_of(form: Mapping[str, str], name: str) -> int:
    """How many cards a form says it has."""
    text = form.get(name, "")
    return min(int(text), MAX_RULES) if text and is_number(text) else 0


def is_number(text: str) -> bool:
    """Whether a text is a whole number of a bearable length, or empty."""
    return text.isascii() and (text.isdigit() or not text) and len(text) < 10


def _split(rule: Mapping[str, Any], default: str) -> tuple[str, dict[str, Any], str]:
    """Source, the keys that the window shows for it, and the JSON of the others."""
    src = str(rule.get("src") or default)
    known: tuple[str, ...] = _TEXT_KEYS
    if src in UNSHOWN:
        known = ()
    elif src in _TABLES:
        known = (_TABLES[src], "value")
    shown = {key: rule[key] for key in known if rule.get(key) is not None}
    extra = {key: value for key, value in rule.items() if key not in shown and key != "src"}
    return src, shown, orjson.dumps(extra).decode() if extra else ""


def _same_card(numbered: tuple[int, tuple[str, dict[str, Any], str]]) -> tuple[Any, ...]:
    number, (src, _, extra) = numbered
    return (src, extra) if src in _TABLES else (number,)


def _card(run: list[tuple[str, dict[str, Any], str]]) -> Card:
    src, shown, extra = run[0]
    if src in _TABLES:
        rows = [Row(**{key: str(value) for key, value in one.items()}) for _, one, _ in run]
        return Card(src, extra=extra, rows=rows)
    texts = {key: str(shown.get(key, "")) for key in _TEXT_KEYS}
    card = Card(
        src, extra=extra, prefix=texts["prefix"], suffix=texts["suffix"], expression=texts["expression"]
    )
    _show_cut(card)
    return card


def _show_cut(card: Card) -> None:
    """Show an expression as ticked options, or as it is when they cannot express it."""
    try:
        dialog = from_expression(parse(card.expression))
    except ExpressionError:
        dialog = None
    if dialog is None:
        card.raw = True
        return
    card.expression = ""
    card.divide = dialog.separator is not None
    card.separator, card.segment = dialog.separator or "-", dialog.segment or 1
    for name in _NUMBERS:
        number = getattr(dialog, name)
        setattr(card, name, "" if number is None else str(number))


def _extra(text: str) -> dict[str, Any]:
    try:
        extra = read_json(text.encode())
    except Invalid:
        extra = None
    if not isinstance(extra, dict):
        raise Invalid({"": "The keys set through the API are not a JSON object."})
    return extra
