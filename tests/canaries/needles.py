"""Secrets that were planted, in every form in which they may lie about, and where they were found."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote, quote_plus

# Shorter ones would be found by chance.
_LEAST: Final = 8


def forms(secret: str) -> set[bytes]:
    """Raw, as JSON, URL-coded, as hex, and as base64 wherever in a longer text it begins."""
    assert len(secret) >= _LEAST, secret
    raw = secret.encode()
    texts = {secret, json.dumps(secret)[1:-1], quote(secret, safe=""), quote_plus(secret)}
    found = {text.encode() for text in texts} | {raw.hex().encode(), raw.hex().upper().encode()}
    for skipped in range(3):
        # The characters that the neighbours of the secret have a part in are left out.
        whole = base64.b64encode(b"\0" * skipped + raw)
        inner = whole[-(-skipped * 8 // 6) : len(whole) - (-(skipped + len(raw)) % 3 and 4)]
        found |= {inner, inner.translate(bytes.maketrans(b"+/", b"-_"))}
    return found


class Needles:
    """The planted secrets by name."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}

    def plant(self, name: str, secret: str) -> str:
        """Remember one; the name says through which door it went."""
        assert secret not in self.known.values() or self.known.get(name) == secret, name
        self.known[name] = secret
        return secret

    def hits(self, places: Iterable[tuple[str, bytes]], *, apart: Iterable[str] = ()) -> list[str]:
        """Which secret lies where; those whose names begin like one of `apart` may lie there."""
        wanted = {
            form: name
            for name, secret in self.known.items()
            if not name.startswith(tuple(apart))
            for form in forms(secret)
        }
        return sorted(set(_found(places, wanted)))


def _found(places: Iterable[tuple[str, bytes]], wanted: dict[bytes, str]) -> Iterator[str]:
    for place, content in places:
        # One after the other: a pattern of all of them takes twenty times as long.
        for form in filter(content.__contains__, wanted):
            start = content.index(form)
            around = content[max(0, start - 60) : start + len(form) + 20]
            yield f"{wanted[form]} in {place}: {around!r}"
