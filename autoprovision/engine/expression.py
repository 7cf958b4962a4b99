"""How a rule cuts a text: the API's `expression` and the portal dialog's options.

Grammar: `["split(" separator ")[" index "]"] ["[" start ":" stop "]"]`. The index counts from 0; the bounds
follow Python's slice rules, may be negative and may be left out. The empty expression keeps the whole text.
Source: semantics of `org_setting_auto_assignment_rule.expression`; guide, "Manipulate Source Strings".
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

MAX_NUMBER = 9999
MAX_LENGTH = 200
DIALOG_SEPARATORS = ("-", "_", ".", "/")

_INDEX = re.compile(r"\[(-?[0-9]+)\]")
_SLICE = re.compile(r"\[(-?[0-9]*):(-?[0-9]*)\]")

Extract = Callable[[str], str | None]


class ExpressionError(ValueError):
    """The expression cannot be used; the text says what to change."""


class DialogError(ValueError):
    """Options of the dialog that cannot be used; `fields` maps the field to what is wrong."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {message}" for field, message in fields.items()))
        self.fields = fields


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled cut.

    `apply(text)` gives the part that is kept, or None when nothing is: the segment does not exist or the
    bounds leave no character. `why_not(text)` then says which.
    """

    separator: str | None = None
    segment: int = 0
    start: int = 0
    stop: int | None = None
    apply: Extract = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check(self)
        object.__setattr__(self, "apply", self.compile())

    def __str__(self) -> str:
        split = "" if self.separator is None else f"split({self.separator})[{self.segment}]"
        return split + self._bounds()

    @property
    def is_whole(self) -> bool:
        """True when every text is kept as it is."""
        return self.separator is None and self.is_uncut

    @property
    def is_uncut(self) -> bool:
        """True when there are no bounds."""
        return self.start == 0 and self.stop is None

    @property
    def is_void(self) -> bool:
        """True when no text at all can give a result, as with `[5:3]`."""
        if self.stop is None:
            return False
        same_side = (self.start >= 0) == (self.stop >= 0)
        return self.stop == 0 or (same_side and self.stop <= self.start)

    def compile(self, prefix: str = "", suffix: str = "") -> Extract:
        """Give `apply` with a prefix and suffix around its result, as one fast function."""
        return _compile(self, prefix, suffix)

    def why_not(self, text: str) -> str:
        """Say why `apply` gives None for this text."""
        if not text:
            return "there is no text"
        if self.separator is not None:
            count = len(text.split(self.separator))
            if self.segment >= count:
                return "there is only one segment" if count == 1 else f"there are only {count} segments"
            if self.is_uncut:
                return "this segment is empty"
        return "no character is left"

    def in_words(self) -> list[str]:
        """Give the steps as phrases, for sentences."""
        steps = []
        if self.separator is not None:
            steps.append(f'segment {self.segment + 1} separated by "{self.separator}"')
        shown = _bounds_dialog(self.start, self.stop)
        if shown is None:
            steps.append(f"cut to {self._bounds()}")
        else:
            ignore_start, ignore_end, first = shown
            steps += [f"without the first {ignore_start} characters"] if ignore_start else []
            steps += [f"without the last {ignore_end} characters"] if ignore_end else []
            steps += [f"the first {first} characters"] if first else []
        return steps

    def _bounds(self) -> str:
        if self.is_uncut:
            return ""
        stop = "" if self.stop is None else str(self.stop)
        start = "" if self.start == 0 and self.stop is not None and self.stop < 0 else str(self.start)
        return f"[{start}:{stop}]"


@dataclass(frozen=True, slots=True)
class Dialog:
    """The options of the portal's dialog; None is an option that is not ticked.

    `segment` counts from 1; the other numbers are characters, 1 or more. They apply in this order: divide
    into segments, ignore, select the first.
    """

    separator: str | None = None
    segment: int | None = None
    ignore_start: int | None = None
    ignore_end: int | None = None
    first: int | None = None


def parse(text: str) -> Expression:
    """Read an expression; raise ExpressionError with what to change."""
    text = text.strip()
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"an expression has at most {MAX_LENGTH} characters")
    separator, segment, rest = _parse_split(text)
    if not rest:
        return Expression(separator, segment)
    bounds = _SLICE.fullmatch(rest)
    if bounds is None:
        raise ExpressionError(f'"{rest}" is not understood: write split(_)[1], [0:3] or split(_)[1][0:3]')
    start, stop = (_number(bound) for bound in bounds.groups())
    return Expression(separator, segment, start or 0, stop)


def to_expression(dialog: Dialog) -> Expression:
    """Write the dialog's options as an expression; raise DialogError naming the fields.

    "Ignore ending" together with "select the first" depends on the length of the text, which one slice cannot
    express, and is refused.
    """
    errors = _dialog_errors(dialog)
    if errors:
        raise DialogError(errors)
    start = dialog.ignore_start or 0
    stop = None
    if dialog.ignore_end is not None:
        stop = -dialog.ignore_end
    elif dialog.first is not None:
        stop = start + dialog.first
    return Expression(dialog.separator, (dialog.segment or 1) - 1, start, stop)


def from_expression(expression: Expression) -> Dialog | None:
    """Show an expression as the dialog's options, or None when the dialog has no options for it."""
    if expression.separator is not None and expression.separator not in DIALOG_SEPARATORS:
        return None
    bounds = _bounds_dialog(expression.start, expression.stop)
    if bounds is None:
        return None
    segment = None if expression.separator is None else expression.segment + 1
    dialog = Dialog(expression.separator, segment, *bounds)
    return None if _dialog_errors(dialog) else dialog


def _check(expression: Expression) -> None:
    separator = expression.separator
    if separator == "":
        raise ExpressionError(
            "the separator is empty: write the character that divides the text, as in split(_)[1]"
        )
    if separator is not None and ")" in separator:
        raise ExpressionError('the separator may not contain ")"')
    if expression.segment < 0:
        raise ExpressionError("the segment may not be negative: [0] is the first one")
    if separator is None and expression.segment:
        raise ExpressionError("a segment needs a separator")
    if any(
        abs(number) > MAX_NUMBER for number in (expression.segment, expression.start, expression.stop or 0)
    ):
        raise ExpressionError(f"a number may be at most {MAX_NUMBER}")


def _compile(expression: Expression, prefix: str, suffix: str) -> Extract:
    """Build the function a decision calls: one per shape, so that no option is tested per device."""
    separator, segment = expression.separator, expression.segment
    cut = slice(expression.start, expression.stop)
    # One split more than needed is enough to know where the wanted segment ends.
    splits = segment + 1

    def take_segment(text: str) -> str | None:
        parts = text.split(separator, splits)
        return parts[segment] or None if len(parts) > segment else None

    def cut_segment(text: str) -> str | None:
        parts = text.split(separator, splits)
        return parts[segment][cut] or None if len(parts) > segment else None

    def extend_segment(text: str) -> str | None:
        parts = text.split(separator, splits)
        part = parts[segment][cut] if len(parts) > segment else ""
        return f"{prefix}{part}{suffix}" if part else None

    def take_text(text: str) -> str | None:
        return text or None

    def cut_text(text: str) -> str | None:
        return text[cut] or None

    def extend_text(text: str) -> str | None:
        part = text[cut]
        return f"{prefix}{part}{suffix}" if part else None

    takes = (take_text, cut_text, extend_text)
    if separator is not None:
        takes = (take_segment, cut_segment, extend_segment)
    return takes[2 if prefix or suffix else int(not expression.is_uncut)]


def _parse_split(text: str) -> tuple[str | None, int, str]:
    if not text.startswith("split("):
        return None, 0, text
    separator, closed, rest = text[len("split(") :].partition(")")
    if not closed:
        raise ExpressionError('split( has no closing ")"')
    index = _INDEX.match(rest)
    if index is None:
        raise ExpressionError(
            "after split(…) the segment is missing: [0] is the first one, as in split(_)[0]"
        )
    return separator, _number(index[1]) or 0, rest[index.end() :]


def _number(digits: str) -> int | None:
    if digits in ("", "-"):
        if digits:
            raise ExpressionError('a number is missing after "-"')
        return None
    if len(digits.lstrip("-")) > len(str(MAX_NUMBER)):
        raise ExpressionError(f"a number may be at most {MAX_NUMBER}")
    return int(digits)


def _bounds_dialog(start: int, stop: int | None) -> tuple[int | None, int | None, int | None] | None:
    """Give (ignore start, ignore end, first) for slice bounds, or None when no options express them."""
    if start < 0:
        return None
    if stop is None:
        return start or None, None, None
    if stop < 0:
        return start or None, -stop, None
    return (start or None, None, stop - start) if stop > start else None


def _dialog_errors(dialog: Dialog) -> dict[str, str]:
    errors = _segment_errors(dialog)
    for name in ("ignore_start", "ignore_end", "first"):
        message = _count_error(getattr(dialog, name))
        if message:
            errors[name] = message
    if errors or dialog.first is None:
        return errors
    if dialog.ignore_end is not None:
        return {"first": "select the first characters or ignore ending characters, not both"}
    if (dialog.ignore_start or 0) + dialog.first > MAX_NUMBER:
        return {"first": f"together with the ignored characters at most {MAX_NUMBER}"}
    return {}


def _segment_errors(dialog: Dialog) -> dict[str, str]:
    if dialog.separator is None:
        return {} if dialog.segment is None else {"separator": "enter one of - _ . /"}
    errors = {}
    if dialog.separator == "":
        errors["separator"] = "the separator is empty: enter one of - _ . /"
    elif dialog.separator not in DIALOG_SEPARATORS:
        errors["separator"] = "must be one of - _ . /"
    message = "select a segment" if dialog.segment is None else _count_error(dialog.segment)
    if message:
        errors["segment"] = message
    return errors


def _count_error(number: int | None) -> str:
    if number is None or 1 <= number <= MAX_NUMBER:
        return ""
    return f"must be 1 to {MAX_NUMBER}"


WHOLE = Expression()
