"""The grammar of a search: words, phrases, operators, parts of MAC addresses, and how a text may go on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistadmin.core.search_text import (
    Operator,
    SearchText,
    completions,
    mac_part,
    read_search,
    spell_search,
    spelled_mac_part,
)

KNOWN = {
    "site": Operator("a site"),
    "status": Operator("a status", ("connected", "disconnected", "never")),
    "serial": Operator("a serial number"),
}


@pytest.mark.parametrize(
    ("text", "words", "terms"),
    [
        ("", (), ()),
        ("  north  wing ", ("north", "wing"), ()),
        ('"north wing" 12', ("north wing", "12"), ()),
        (
            'site:"Main Hospital" status:never ap',
            ("ap",),
            (("site", "Main Hospital"), ("status", "never")),
        ),
        ("SITE:north", (), (("site", "north"),)),
        ('site:"not closed', (), (("site", "not closed"),)),
        (r'"a \"b\" \\ c"', (r'a "b" \ c',), ()),
        ("site:", (), ()),
        ('"', (), ()),
        ("5c:5b:35 ab:cd", ("5c:5b:35", "ab:cd"), ()),
        ("10.0.0.7 fe80::1", ("10.0.0.7", "fe80::1"), ()),
    ],
)
def test_text_is_taken_apart(text, words, terms):
    assert read_search(text, KNOWN) == SearchText(words, terms)


def test_unknown_operators_are_named_once_and_quotes_make_words_of_them():
    assert read_search("floor:3 FLOOR:4 x", KNOWN) == SearchText(("x",), (), ("floor",))
    assert read_search('"floor:3"', KNOWN) == SearchText(("floor:3",))


@given(st.text())
def test_every_text_is_a_search(text):
    found = read_search(text, KNOWN)
    assert all(found.words)
    assert all(key in KNOWN and value for key, value in found.terms)
    assert not set(found.unknown) & set(KNOWN)
    for one in completions(text, KNOWN):
        assert one.text.strip().endswith(one.shown)


VALUES = st.text(min_size=1)


@given(st.lists(VALUES), st.lists(st.tuples(st.sampled_from(sorted(KNOWN)), VALUES)))
def test_what_is_spelled_is_read_again(words, terms):
    assert read_search(spell_search(words, terms), KNOWN) == SearchText(tuple(words), tuple(terms))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("s", ["site:", "status:", "serial:"]),
        ("north SE", ["serial:"]),
        ("status:", ["status:connected", "status:disconnected", "status:never"]),
        ("x status:dis", ["status:disconnected"]),
        ("status:never", []),
        ("status: ", []),
        ("site:n", []),
        ("floor:", []),
        ("", []),
    ],
)
def test_completions(text, shown):
    assert [one.shown for one in completions(text, KNOWN)] == shown


def test_completion_keeps_what_stands_before():
    assert [one.text for one in completions('"a b"  st', KNOWN)] == ['"a b"  status:']


@pytest.mark.parametrize("text", ["5c:5b:35:00:0d:01", "5C-5B-35-00-0D-01", "5c5b.3500.0d01", "5c5b35000d01"])
def test_parts_of_mac_addresses_in_any_format(text):
    for end in range(6, len(text) + 1):
        part = text[:end]
        digits = "".join(letter for letter in part.lower() if letter.isalnum())
        assert mac_part(part) == digits
        if not part.isalnum() and not part.endswith("-"):
            assert spelled_mac_part(part) == digits


@pytest.mark.parametrize("text", ["10.0.0.7", "0.14.29313", "12-34", "east-12", "5c", "", "ap:", "Ward"])
def test_what_is_no_part_of_a_mac_address(text):
    assert spelled_mac_part(text) is None


@pytest.mark.parametrize("text", ["", "xyz", "5c:5b:35:00:0d:01:22", "--"])
def test_no_mac_address_at_all(text):
    assert mac_part(text) is None
