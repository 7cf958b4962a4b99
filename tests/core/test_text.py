"""Text is compared without regard to case for all of Unicode, on both databases alike."""

from __future__ import annotations

import sqlite3
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from mistadmin.core.text import lowered, teach_lower
from sites.models import Site
from tests.world import make_devices, make_site, name_devices

only_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL's LOWER knows Unicode")


@pytest.mark.parametrize(
    ("text", "lower"),
    [("ÄPFEL", "äpfel"), ("Straße", "straße"), ("ΟΔΟΣ ΣΑΣ", "οδοσ σασ"), ("Žižkov", "žižkov"), ("A1", "a1")],  # noqa: RUF001
)
def test_database_lowers_as_python_does(db: None, text: str, lower: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT LOWER(%s)", [text])
        assert cursor.fetchone() == (lower,)
    assert lowered(text) == lower


@only_sqlite
def test_null_and_numbers_stay_what_they_were(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT LOWER(NULL), LOWER(12)")
        assert cursor.fetchone() == (None, "12")


def test_two_spellings_are_one_name(api: Any, world: Any) -> None:
    make_site(world.acme, name="ÄPFEL")
    answer = api("ada").post(f"/orgs/{world.acme.id}/sites", {"name": "äpfel"}).expect(400)
    assert "name" in answer["fields"]


@pytest.mark.parametrize("asked", ["ÄPFEL", "äpfel", "pfel", "ÄpF"])
def test_either_spelling_finds_a_site(api: Any, world: Any, asked: str) -> None:
    site = make_site(world.acme, name="Äpfel am Markt")
    found = api("ada").get(f"/orgs/{world.acme.id}/sites/search", name=asked).ok()
    assert [row["id"] for row in found["results"]] == [str(site.id)]


@pytest.mark.parametrize("asked", ["ÄPFEL", "äpfel", "ΟΔΟΣ", "οδοσ"])
def test_either_spelling_finds_a_device_and_its_entries(api: Any, world: Any, asked: str) -> None:
    (device,) = make_devices(world.north)
    name_devices(world.north, [device], "Äpfel ΟΔΟΣ")
    ada, acme = api("ada"), f"/orgs/{world.acme.id}"
    found = ada.get(f"{acme}/inventory/search", text=asked).ok()
    assert [row["mac"] for row in found["results"]] == [device.mac]
    entries = ada.get(f"{acme}/logs", message=asked).ok()["results"]
    assert [entry["message"] for entry in entries] == ['Rename AP45 "Äpfel ΟΔΟΣ"']


@only_sqlite
def test_migration_makes_again_what_the_old_lower_made(world: Any) -> None:
    _lower_knows_only_ascii()
    first, second, third = (make_site(world.acme, name=name) for name in ("ÄPFEL", "äpfel", "äPFEL (2)"))
    (device,) = make_devices(world.north)
    name_devices(world.north, [device], "ÄPFEL")
    teach_lower(connection=connection)
    migration = import_module("deviceapi.migrations.0001_unicode_lower")
    migration.make_again(apps, SimpleNamespace(connection=connection))
    names = Site.objects.in_bulk([first.id, second.id, third.id])
    assert [names[one.id].name for one in (first, second, third)] == ["ÄPFEL", "äpfel (2)", "äPFEL (2) (2)"]
    device.refresh_from_db()
    assert device.search.startswith("äpfel ")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        assert cursor.fetchall() == [("ok",)]


@only_sqlite
def test_shell_without_our_lower_reads_and_writes_and_reindex_mends(tmp_path: Path) -> None:
    """A copy of the rules the tables have, in a file that two kinds of connections open."""
    path = tmp_path / "db.sqlite3"
    ours = _connected(path)
    ours.execute("CREATE TABLE t (n TEXT, s TEXT GENERATED ALWAYS AS (LOWER(n)) STORED)")
    ours.execute("CREATE UNIQUE INDEX n_once ON t (LOWER(n))")
    ours.execute("INSERT INTO t (n) VALUES ('ÄPFEL')")
    ours.commit()
    shell = sqlite3.connect(path)
    assert shell.execute("SELECT n, s FROM t WHERE s = 'äpfel'").fetchall() == [("ÄPFEL", "äpfel")]
    shell.execute("INSERT INTO t (n) VALUES ('Pears'), ('ÖL')")
    shell.commit()
    shell.close()
    # Worse: the shell stored the name as it knows it.
    assert ours.execute("SELECT n FROM t WHERE s = 'öl'").fetchall() == []
    # Not broken: the cure the manual names.
    ours.execute("REINDEX")
    ours.execute("UPDATE t SET n = n")
    assert ours.execute("SELECT n FROM t WHERE s = 'öl'").fetchall() == [("ÖL",)]
    assert ours.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    with pytest.raises(sqlite3.IntegrityError):
        ours.execute("INSERT INTO t (n) VALUES ('öl')")
    ours.close()


def _lower_knows_only_ascii() -> None:
    def old(value: str | None) -> str | None:
        return value and "".join(letter.lower() if letter.isascii() else letter for letter in value)

    connection.connection.create_function("LOWER", 1, old, deterministic=True)


def _connected(path: Path) -> sqlite3.Connection:
    opened = sqlite3.connect(path)
    teach_lower(connection=SimpleNamespace(vendor="sqlite", connection=opened))
    return opened
