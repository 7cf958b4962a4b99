"""Three sides of one document: as it was opened, as somebody else saved it, as it is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from mistadmin.core.edits import Clash, Edit
from mistadmin.core.errors import Stale
from mistadmin.core.secrets import MASK
from mistadmin.core.versions import Seen

OPENED = {"name": "North", "notes": "cold", "psk": MASK}


class Stored:
    """A document with a version that counts up; `meanwhile` are changes of others, one before each try."""

    def __init__(self, *meanwhile: dict[str, Any]) -> None:
        self.document, self.version = dict(OPENED), 1
        self._meanwhile = list(meanwhile)

    def write(self, changes: Mapping[str, Any], seen: Seen) -> None:
        if self._meanwhile:
            self.document |= self._meanwhile.pop(0)
            self.version += 1
        if seen is not None and str(self.version) not in seen:
            raise Stale
        self.document |= changes

    def edit(self) -> Edit:
        return Edit.opening(str(self.version), self.document)


def saved(stored: Stored, edit: Edit, **mine: Any) -> dict[str, Any]:
    edit.save({**OPENED, **mine}, write=stored.write, now=stored.edit)
    return stored.document


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        ({"name": "Mine"}, {"notes": "warm"}, {"name": "Mine", "notes": "warm"}),
        ({"name": "Same"}, {"name": "Same"}, {"name": "Same"}),
        ({"name": "Mine"}, {}, {"name": "Mine"}),
        ({"name": "Mine"}, {"added": [1]}, {"name": "Mine", "added": [1]}),
        ({}, {"name": "Theirs", "notes": "warm"}, {"name": "Theirs", "notes": "warm"}),
    ],
)
def test_what_only_others_changed_stays_theirs(mine, theirs, expected):
    stored = Stored(theirs)
    assert saved(stored, stored.edit(), **mine) == {**OPENED, **expected}


@pytest.mark.parametrize(
    ("mine", "theirs", "keys"),
    [
        ({"name": "Mine"}, {"name": "Theirs", "notes": "warm"}, ["name"]),
        ({"name": "Mine", "notes": ""}, {"name": "Theirs", "notes": "warm"}, ["name", "notes"]),
        ({"notes": None}, {"notes": "warm"}, ["notes"]),
        # Whether a masked secret was changed nobody can see.
        ({"psk": "new"}, {"name": "Theirs"}, ["psk"]),
    ],
)
def test_nothing_is_written_where_both_changed_a_key(mine, theirs, keys):
    stored = Stored(theirs)
    with pytest.raises(Clash) as clash:
        saved(stored, stored.edit(), **mine)
    assert clash.value.keys == keys
    assert stored.document == {**OPENED, **theirs}
    wanted = {key: value for key, value in {**OPENED, **theirs, **mine}.items() if value is not None}
    assert clash.value.merged == wanted
    saved(stored, clash.value.now, **wanted)
    assert stored.document == {**OPENED, **wanted}


def test_a_third_person_between_the_two_tries_is_noticed():
    stored = Stored({"notes": "warm"}, {"name": "Third"})
    with pytest.raises(Clash):
        saved(stored, stored.edit(), name="Mine")
    stored = Stored({"notes": "warm"}, {"notes": "hot"})
    assert saved(stored, stored.edit(), name="Mine") == {**OPENED, "name": "Mine", "notes": "hot"}


@pytest.mark.parametrize("text", ["", "[]", "{", "null"])
def test_a_form_that_does_not_say_how_it_was_opened_clashes_wherever_it_differs(text):
    stored = Stored({"notes": "warm"})
    with pytest.raises(Clash) as clash:
        saved(stored, Edit("1", text), name="Mine")
    assert clash.value.keys == ["name", "notes"]


def test_a_form_without_a_version_is_saved_over_whatever_is_there():
    stored = Stored({"name": "Theirs", "notes": "warm"})
    assert saved(stored, Edit(), name="Mine") == {**OPENED, "name": "Mine"}
