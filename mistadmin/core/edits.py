"""Edits of whole documents through forms: as it was opened, as somebody else left it, and as it is wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from mistadmin.core.errors import Stale
from mistadmin.core.secrets import MASK
from mistadmin.core.versions import Seen

UNKNOWN: Final = object()
# Each further round means that yet another person saved in between.
_ROUNDS: Final = 5

Write = Callable[[Mapping[str, Any], Seen], object]


@dataclass(frozen=True, slots=True)
class Edit:
    """What a form was opened with, in its hidden fields: the version, and the keys it shows as JSON."""

    version: str = ""
    text: str = ""

    @classmethod
    def opening(cls, version: str, document: Mapping[str, Any]) -> Edit:
        """The form of a document as it is now."""
        return cls(version, orjson.dumps(document).decode())

    @classmethod
    def posted(cls, form: Mapping[str, str]) -> Edit:
        """What a form was opened with; a form without a version is saved over whatever is there."""
        return cls(form.get("version", ""), form.get("opened", ""))

    @property
    def opened(self) -> dict[str, Any] | None:
        """The document as it was opened; None when the form does not say."""
        try:
            document = orjson.loads(self.text)
        except orjson.JSONDecodeError:
            return None
        return document if isinstance(document, dict) else None

    def save(self, mine: Mapping[str, Any], *, write: Write, now: Callable[[], Edit]) -> None:
        """Write what is wanted; what only others changed meanwhile stays as it is then.

        Raises Clash where somebody changed the same keys. `now` opens the form again.
        """
        edit = self
        for _ in range(_ROUNDS):
            try:
                write(mine, frozenset({edit.version}) if edit.version else None)
            except Stale:
                clash = Clash(edit.opened, mine, now())
            else:
                return
            if clash.keys:
                raise clash
            edit, mine = clash.now, clash.touched
        raise clash


class Clash(Stale):
    """Two people changed the same keys of a document: `now` is the form of what the other one saved."""

    def __init__(self, opened: Mapping[str, Any] | None, mine: Mapping[str, Any], now: Edit) -> None:
        self._opened, self._mine, self.now = opened, mine, now
        self.theirs: Mapping[str, Any] = now.opened or {}
        super().__init__()

    def was(self, key: str) -> Any:
        """A key as it was opened: UNKNOWN where the form does not say, or where a secret is masked."""
        value = UNKNOWN if self._opened is None else self._opened.get(key)
        return UNKNOWN if _is_masked(value) else value

    @property
    def touched(self) -> dict[str, Any]:
        """What I changed."""
        return {key: value for key, value in self._mine.items() if value != self.was(key)}

    @property
    def changed(self) -> list[str]:
        """The keys that somebody else changed, as far as that is known."""
        found = []
        for key in {**self.theirs, **self._mine}:
            was, theirs = self.was(key), self.theirs.get(key)
            asked = key in self._mine or was is not UNKNOWN
            if asked and theirs != was and theirs != self._mine.get(key):
                found.append(key)
        return found

    @property
    def keys(self) -> list[str]:
        """The keys that both of us changed, and not to the same."""
        mine = self.touched
        return [key for key in self.changed if key in mine]

    @property
    def merged(self) -> dict[str, Any]:
        """What I changed over what they saved."""
        return {key: value for key, value in {**self.theirs, **self.touched}.items() if value is not None}


def _is_masked(value: Any) -> bool:
    return value is not UNKNOWN and MASK.encode() in orjson.dumps(value)
