"""Documents with secrets: open to who reads them, sealed in the database, whichever way they were written."""

from __future__ import annotations

import importlib
import json
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.models import TextField
from django.db.models.functions import Cast

from mistadmin import keys
from mistadmin.core.documents import MARK, closed, opened
from mistadmin.core.secrets import Unsealable
from orgs.models import Org
from tests.world import World

PSK = "hunter2 hunter2"
DOCUMENT: dict[str, Any] = {
    "name": "Guests",
    "auth": {"psk": PSK, "keys": ["abcde12345", None], "type": "psk"},
    "auth_servers": [{"host": "10.0.0.1", "secret": "radius {{secret}}"}, {"host": "10.0.0.2", "secret": ""}],
    "switch_mgmt": {"root_password": 'ünï\u2028code \\ "quoted"'},
}


@pytest.fixture
def org(world: World) -> Org:
    world.acme.setting = DOCUMENT
    world.acme.save(update_fields=["setting"])
    return world.acme


def stored(org: Org) -> str:
    text = Org.objects.annotate(text=Cast("setting", TextField())).values_list("text", flat=True)
    return str(text.get(pk=org.pk))


def read(org: Org) -> Any:
    return Org.objects.values_list("setting", flat=True).get(pk=org.pk)


def test_every_way_of_writing_seals_and_every_way_of_reading_opens(org: Org) -> None:
    for write in (
        lambda: org.save(),
        lambda: Org.objects.bulk_update([org], ["setting"]),
        lambda: Org.objects.filter(pk=org.pk).update(setting=DOCUMENT),
    ):
        Org.objects.filter(pk=org.pk).update(setting={})
        write()
        text = stored(org)
        assert MARK in text
        for secret in (PSK, "abcde12345", "radius", "quoted"):
            assert secret not in text
        assert read(org) == Org.objects.get(pk=org.pk).setting == DOCUMENT
        assert Org.objects.values_list("setting__auth", flat=True).get(pk=org.pk) == DOCUMENT["auth"]
        assert Org.objects.filter(pk=org.pk, setting__auth__type="psk").exists()


def test_a_sealed_value_that_is_sent_is_a_secret_like_any_other(org: Org) -> None:
    smuggled = json.loads(stored(org))["auth"]["psk"]
    assert smuggled.keys() == {"$sealed"}
    Org.objects.filter(pk=org.pk).update(setting={"psk": smuggled, "notes": smuggled})
    assert read(org) == {"psk": smuggled, "notes": smuggled}


def test_a_secret_opens_in_its_own_column_only(org: Org) -> None:
    sealed = closed({"psk": PSK}, "orgs_org:setting")
    assert opened(sealed, "orgs_org:setting") == {"psk": PSK}
    with pytest.raises(Unsealable):
        opened(sealed, "orgs_org:body")


def test_a_new_master_key_takes_over_the_secrets_of_documents(org: Org, settings: Any) -> None:
    old, new = settings.MASTER_KEYS[0], ("new", b"\x07" * 32)
    settings.MASTER_KEYS = [new, old]
    (field,) = [one for one in keys.documents() if (one.model, one.attname) == (Org, "setting")]
    assert keys.reseal_documents(field) == (1, [])
    assert keys.reseal_documents(field) == (0, [])
    settings.MASTER_KEYS = [new]
    assert read(org) == DOCUMENT
    settings.MASTER_KEYS = [old]
    with pytest.raises(Unsealable):
        read(org)


def test_what_older_versions_stored_in_clear_is_sealed_by_the_migration(org: Org) -> None:
    cast = {"postgresql": "UPDATE orgs_org SET setting = %s::jsonb"}
    clear = cast.get(connection.vendor, "UPDATE orgs_org SET setting = %s")
    with connection.cursor() as cursor:
        cursor.execute(clear, [json.dumps(DOCUMENT)])
    assert PSK in stored(org)
    assert read(org) == DOCUMENT
    migration = importlib.import_module("mistadmin.core.migrations.0004_seal_documents")
    state = MigrationLoader(connection).project_state(("core", "0004_seal_documents"))
    migration.seal_documents(state.apps, None)
    assert PSK not in stored(org)
    assert read(org) == DOCUMENT


def test_the_migration_knows_every_column_of_documents() -> None:
    migration = importlib.import_module("mistadmin.core.migrations.0004_seal_documents")
    known = {
        (apps.get_model(*model), column)
        for model, columns in migration._DOCUMENTS.items()
        for column in columns
    }
    assert known == {(field.model, field.attname) for field in keys.documents()}
