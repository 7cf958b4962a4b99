"""Expressions and the dialog's options: the guide's examples, the API's, bad input, round trips."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoprovision.engine.expression import (
    DIALOG_SEPARATORS,
    WHOLE,
    Dialog,
    DialogError,
    Expression,
    ExpressionError,
    from_expression,
    parse,
    to_expression,
)

SAMPLE = "East_Floor 7_Nursing"

bounds = st.integers(-30, 30)
separators = st.text(st.characters(exclude_characters=")", codec="utf-8"), min_size=1, max_size=3)


@st.composite
def expressions(draw: st.DrawFn) -> Expression:
    separator = draw(st.none() | separators)
    segment = 0 if separator is None else draw(st.integers(0, 9))
    return Expression(separator, segment, draw(bounds), draw(st.none() | bounds))


@st.composite
def dialogs(draw: st.DrawFn) -> Dialog:
    count = st.none() | st.integers(1, 200)
    separator = draw(st.none() | st.sampled_from(DIALOG_SEPARATORS))
    segment = None if separator is None else draw(st.integers(1, 30))
    ignore_end = draw(count)
    first = None if ignore_end is not None else draw(count)
    return Dialog(separator, segment, draw(count), ignore_end, first)


@pytest.mark.parametrize(
    ("dialog", "text", "result"),
    [
        (Dialog(separator="_", segment=2), "split(_)[1]", "Floor 7"),
        (Dialog(ignore_start=5), "[5:]", "Floor 7_Nursing"),
        (Dialog(first=12), "[0:12]", "East_Floor 7"),
        (Dialog(ignore_end=8), "[:-8]", "East_Floor 7"),
        (Dialog(ignore_start=5, ignore_end=8), "[5:-8]", "Floor 7"),
        (Dialog(ignore_start=5, first=5), "[5:10]", "Floor"),
        (Dialog(separator="_", segment=2, ignore_start=6), "split(_)[1][6:]", "7"),
        (Dialog(separator="_", segment=3, first=5), "split(_)[2][0:5]", "Nursi"),
        (Dialog(), "", SAMPLE),
    ],
)
def test_dialog_option_cuts_as_the_guide_shows(dialog: Dialog, text: str, result: str) -> None:
    expression = to_expression(dialog)
    assert str(expression) == text
    assert expression.apply(SAMPLE) == result
    assert from_expression(parse(text)) == dialog


@pytest.mark.parametrize(
    ("text", "source", "result"),
    [
        ("[0:3]", "abcdef", "abc"),
        ("split(.)[1]", "a.b.c", "b"),
        ("split(-)[1][0:3]", "a1234-b5678-c90", "b56"),
        ("[:3]", "abcdef", "abc"),
        ("[-3:]", "abcdef", "def"),
        ("[1:-1]", "abcdef", "bcde"),
        ("[-4:-1]", "abcdef", "cde"),
        ("[:]", "abcdef", "abcdef"),
        ("split(::)[1]", "a::b", "b"),
        ("split( )[0]", "one two", "one"),
        ("split(_)[0]", "no separator", "no separator"),
        (" [2:] ", "abc", "c"),
    ],
)
def test_expression_cuts(text: str, source: str, result: str) -> None:
    assert parse(text).apply(source) == result


@pytest.mark.parametrize(
    ("text", "source", "reason"),
    [
        ("split(_)[3]", SAMPLE, "there are only 3 segments"),
        ("split(_)[1]", "plain", "there is only one segment"),
        ("split(_)[1]", "a__b", "this segment is empty"),
        ("split(_)[1][9:]", SAMPLE, "no character is left"),
        ("[30:]", SAMPLE, "no character is left"),
        ("[:-40]", SAMPLE, "no character is left"),
        ("", "", "there is no text"),
    ],
)
def test_nothing_left_is_no_result_with_a_reason(text: str, source: str, reason: str) -> None:
    expression = parse(text)
    assert expression.apply(source) is None
    assert expression.why_not(source) == reason


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("split()[0]", "the separator is empty"),
        ("split(_", 'no closing ")"'),
        ("split(_)", "the segment is missing"),
        ("split(_)[]", "the segment is missing"),
        ("split(_)[x]", "the segment is missing"),
        ("split(_)[-1]", "may not be negative"),
        ("split(_)[99999999999999999999]", "at most 9999"),
        ("[0:99999999999999999999]", "at most 9999"),
        ("[-:3]", 'a number is missing after "-"'),
        ("[3]", "is not understood"),
        ("[0:3][1:2]", "is not understood"),
        ("[0:3]x", "is not understood"),
        ("split(_)[0][1]", "is not understood"),
        ("[٣:]", "is not understood"),
        ("...", "is not understood"),
        ("x" * 201, "at most 200 characters"),
    ],
)
def test_bad_expression_says_what_to_change(text: str, message: str) -> None:
    with pytest.raises(ExpressionError, match=message.replace("(", r"\(").replace(")", r"\)")):
        parse(text)


@pytest.mark.parametrize(
    ("dialog", "field", "message"),
    [
        (Dialog(separator="", segment=1), "separator", "the separator is empty: enter one of - _ . /"),
        (Dialog(separator="+", segment=1), "separator", "must be one of - _ . /"),
        (Dialog(separator="__", segment=1), "separator", "must be one of - _ . /"),
        (Dialog(segment=2), "separator", "enter one of - _ . /"),
        (Dialog(separator="_"), "segment", "select a segment"),
        (Dialog(separator="_", segment=0), "segment", "must be 1 to 9999"),
        (Dialog(ignore_start=0), "ignore_start", "must be 1 to 9999"),
        (Dialog(ignore_end=-1), "ignore_end", "must be 1 to 9999"),
        (Dialog(first=10_000), "first", "must be 1 to 9999"),
        (
            Dialog(ignore_end=2, first=3),
            "first",
            "select the first characters or ignore ending characters, not both",
        ),
        (
            Dialog(ignore_start=9_000, first=9_000),
            "first",
            "together with the ignored characters at most 9999",
        ),
    ],
)
def test_bad_dialog_names_the_field(dialog: Dialog, field: str, message: str) -> None:
    with pytest.raises(DialogError) as caught:
        to_expression(dialog)
    assert caught.value.fields == {field: message}


def test_all_bad_fields_come_back_at_once() -> None:
    with pytest.raises(DialogError) as caught:
        to_expression(Dialog(separator="", segment=0, ignore_start=0))
    assert set(caught.value.fields) == {"separator", "segment", "ignore_start"}


@pytest.mark.parametrize(
    "text", ["[-3:]", "[3:3]", "[5:3]", "[0:0]", "[-3:-1]", "split(+)[0]", "split(--)[0]"]
)
def test_dialog_does_not_show_what_it_has_no_option_for(text: str) -> None:
    assert from_expression(parse(text)) is None


@pytest.mark.parametrize(
    ("text", "void"),
    [
        ("[5:3]", True),
        ("[0:0]", True),
        ("[-3:0]", True),
        ("[-1:-4]", True),
        ("[3:-3]", False),
        ("[-3:2]", False),
    ],
)
def test_bounds_that_leave_nothing_are_known(text: str, void: bool) -> None:
    assert parse(text).is_void is void


@given(expressions())
def test_expression_round_trips_through_its_text(expression: Expression) -> None:
    assert parse(str(expression)) == expression
    assert str(parse(str(expression))) == str(expression)


@given(dialogs())
def test_dialog_round_trips_through_the_expression(dialog: Dialog) -> None:
    assert from_expression(parse(str(to_expression(dialog)))) == dialog


@given(expressions())
def test_expression_shown_by_the_dialog_is_written_back_the_same(expression: Expression) -> None:
    dialog = from_expression(expression)
    if dialog is not None:
        assert to_expression(dialog) == expression


@given(dialogs(), st.text(max_size=60))
def test_dialog_applies_split_then_ignore_then_first(dialog: Dialog, source: str) -> None:
    parts = source.split(dialog.separator) if dialog.separator else [source]
    number = (dialog.segment or 1) - 1
    text = parts[number] if number < len(parts) else ""
    text = text[dialog.ignore_start or 0 :]
    text = text[: -dialog.ignore_end] if dialog.ignore_end else text
    text = text[: dialog.first] if dialog.first else text
    assert to_expression(dialog).apply(source) == (text or None)


@given(expressions(), st.text(max_size=60))
def test_expression_follows_python_slices_and_always_has_a_reason(
    expression: Expression, source: str
) -> None:
    parts = [source] if expression.separator is None else source.split(expression.separator)
    expected = None
    if expression.segment < len(parts):
        expected = parts[expression.segment][expression.start : expression.stop] or None
    assert expression.apply(source) == expected
    if expression.is_void:
        assert expected is None
    if expected is None:
        assert expression.why_not(source)


@given(st.text(max_size=40) | st.text("split()[]:-_.0123", max_size=20))
def test_any_text_is_read_or_refused_with_words(text: str) -> None:
    message = ""
    try:
        expression = parse(text)
    except ExpressionError as error:
        expression, message = None, str(error)
    if expression is None:
        assert message
    else:
        assert parse(str(expression)) == expression


def test_prefix_and_suffix_stand_around_the_result() -> None:
    assert parse("split(_)[1]").compile("Site A ", "!")(SAMPLE) == "Site A Floor 7!"
    assert parse("split(_)[9]").compile("Site A ", "")(SAMPLE) is None
    assert WHOLE.compile("", "-YY")("XX") == "XX-YY"
