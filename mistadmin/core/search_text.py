"""What people type into a search field: words, "phrases", and operators such as `site:"Main Hospital"`.

Pure: it knows no operator by itself and asks no database.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(
    r'(?:(?P<key>[A-Za-z]+):)?(?:"(?P<quoted>(?:[^"\\]|\\.)*)(?:"|\\?\Z)|(?P<bare>(?:[^\s"]\S*)?))', re.DOTALL
)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
# Five digits at least between dashes, four together around a dot: a shorter text is a name or an IP address.
_PART_OF_MAC: Final = re.compile(
    r"[0-9a-f]{0,2}(?::[0-9a-f]{2})*:[0-9a-f]{0,2}"
    r"|[0-9a-f]{1,2}(?:-[0-9a-f]{2})+-[0-9a-f]{0,2}"
    r"|[0-9a-f]{0,4}(?:\.[0-9a-f]{4})+(?:\.[0-9a-f]{0,4})?|[0-9a-f]{4}\.[0-9a-f]{0,4}",
    re.IGNORECASE,
)
_HEX: Final = re.compile(r"[0-9a-f]{1,12}")
_SEPARATORS: Final = str.maketrans("", "", ":-.")
_PLAIN: Final = re.compile(r'[^\s":\\]+')


@dataclass(frozen=True, slots=True)
class Operator:
    """What an operator looks for, in words; `choices` are its values when there are only so many."""

    help: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchText:
    """A search as it was understood: `unknown` are the operators that do not exist.

    An operator without a value yet narrows nothing: it is being typed.
    """

    words: tuple[str, ...] = ()
    terms: tuple[tuple[str, str], ...] = ()
    unknown: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.words or self.terms)

    def values(self, key: str) -> list[str]:
        """The values given to one operator."""
        return [value for name, value in self.terms if name == key]


@dataclass(frozen=True, slots=True)
class Completion:
    """How a search may go on: `text` is all of it, `shown` what is new, `help` what that does."""

    text: str
    shown: str
    help: str


def read_search(text: str, operators: Collection[str]) -> SearchText:
    """Take a search apart; every text is a search, however odd."""
    words: list[str] = []
    terms: list[tuple[str, str]] = []
    unknown: list[str] = []
    for _, key, value in _tokens(text):
        if key is None:
            words += [value] if value else []
        elif key not in operators:
            unknown.append(key)
        elif value:
            terms.append((key, value))
    return SearchText(tuple(words), tuple(terms), tuple(dict.fromkeys(unknown)))


def spell_search(words: Iterable[str], terms: Iterable[tuple[str, str]] = ()) -> str:
    """The text that read_search understands as these words and terms."""
    return " ".join([*map(_quoted, words), *(f"{key}:{_quoted(value)}" for key, value in terms)])


def completions(text: str, operators: Mapping[str, Operator]) -> list[Completion]:
    """How the operator that is being typed at the end may go on; none after a space."""
    tokens = list(_tokens(text))
    if not tokens or text[-1:].isspace():
        return []
    start, key, value = tokens[-1]
    before = text[:start]
    if key is None:
        wanted = text[start:].lower()
        names = [name for name in operators if name.startswith(wanted)]
        return [Completion(f"{before}{name}:", f"{name}:", operators[name].help) for name in names]
    choices = operators[key].choices if key in operators else ()
    rest = [choice for choice in choices if choice.lower().startswith(value.lower()) and choice != value]
    return [Completion(f"{before}{key}:{choice} ", f"{key}:{choice}", "") for choice in rest]


def mac_part(text: str) -> str | None:
    """The hex digits of a MAC address or a part of one, whatever separates them; None when it is none."""
    digits = text.strip().translate(_SEPARATORS).lower()
    return digits if _HEX.fullmatch(digits) else None


def spelled_mac_part(word: str) -> str | None:
    """The hex digits of a word that can only mean a part of a MAC address with separators in it."""
    return mac_part(word) if _PART_OF_MAC.fullmatch(word) else None


def _tokens(text: str) -> Iterator[tuple[int, str | None, str]]:
    """Where each token starts, its operator in lower case if it has one, and its value."""
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        found = _TOKEN.match(text, at)
        if found is None:  # unreachable: whatever is no space begins a token
            return
        yield at, *_understood(found)
        at = found.end()


def _understood(found: re.Match[str]) -> tuple[str | None, str]:
    key, quoted, bare = found["key"], found["quoted"], found["bare"]
    if quoted is None and _PART_OF_MAC.fullmatch(found[0]):
        return None, found[0]
    value = bare if quoted is None else _ESCAPED.sub(r"\1", quoted)
    return (key.lower() if key else None), value


def _quoted(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
