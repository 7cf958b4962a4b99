"""Sealed secrets: they open where they were sealed, under a key that is still listed, and nowhere else."""

import os

import pytest

from mistadmin.core.secrets import Unsealable, is_current, seal, unseal

OLD, NEW = ("old", os.urandom(32)), ("new", os.urandom(32))
PLACE = "inventory_unit:secret:5c5b35000001"


@pytest.fixture(autouse=True)
def _keys(settings):
    settings.MASTER_KEYS = [OLD]


@pytest.mark.parametrize("secret", ["", "x", "p\u00e4ssw\u00f6rd \U0001f511", "x" * 10_000])
def test_what_is_sealed_opens_at_its_place(secret):
    assert unseal(seal(secret, PLACE), PLACE) == secret


def test_sealed_value_shows_nothing_and_is_never_the_same_twice():
    first, second = seal("hunter2", PLACE), seal("hunter2", PLACE)
    assert b"hunter2" not in first
    assert first != second


def test_value_moved_to_another_row_does_not_open():
    sealed = seal("hunter2", PLACE)
    with pytest.raises(Unsealable, match="changed or moved"):
        unseal(sealed, "inventory_unit:secret:5c5b35000002")


@pytest.mark.parametrize("position", range(-20, 0))
def test_changed_value_does_not_open(position):
    sealed = bytearray(seal("hunter2", PLACE))
    sealed[position] ^= 1
    with pytest.raises(Unsealable):
        unseal(bytes(sealed), PLACE)


@pytest.mark.parametrize("junk", [b"", b"\x00", b"\x03old", b"\x03old123456789012", b"\xff" * 40])
def test_junk_is_unsealable_and_no_fault(junk):
    with pytest.raises(Unsealable):
        unseal(junk, PLACE)


def test_rotation_seals_with_the_first_key_and_opens_with_every_listed_one(settings):
    before = seal("hunter2", PLACE)
    settings.MASTER_KEYS = [NEW, OLD]
    after = seal("hunter2", PLACE)
    assert (is_current(before), is_current(after)) == (False, True)
    assert unseal(before, PLACE) == unseal(after, PLACE) == "hunter2"
    settings.MASTER_KEYS = [NEW]
    assert unseal(after, PLACE) == "hunter2"
    with pytest.raises(Unsealable, match="'old'"):
        unseal(before, PLACE)


def test_wrong_key_under_the_right_name_does_not_open(settings):
    sealed = seal("hunter2", PLACE)
    settings.MASTER_KEYS = [("old", os.urandom(32))]
    with pytest.raises(Unsealable):
        unseal(sealed, PLACE)


def test_memoryview_of_the_database_opens():
    assert unseal(memoryview(seal("hunter2", PLACE)), PLACE) == "hunter2"
