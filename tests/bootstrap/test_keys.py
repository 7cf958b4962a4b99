"""Stored secrets move from one master key to the next; what does not open is named and kept as it was."""

import pytest

from inventory.models import Unit
from inventory.telemetry import unit_secret_place
from mistadmin import keys
from mistadmin.core.secrets import is_current, seal, unseal
from mistadmin.settings import env

OLD, NEW = ("old", b"\x01" * 32), ("new", b"\x02" * 32)
COLUMN = keys.SEALED[0]


@pytest.fixture
def units(db, settings):
    """Three units sealed with the old key, on an instance that has the new one first."""
    settings.MASTER_KEYS = [OLD]
    Unit.objects.bulk_create(
        Unit(
            mac=f"5c5b3500000{number}",
            serial=f"S{number}",
            model="AP45",
            type="ap",
            claim_code=f"CLAIMCODE00000{number}",
            secret=seal(f"secret {number}", unit_secret_place(f"5c5b3500000{number}")),
        )
        for number in range(3)
    )
    settings.MASTER_KEYS = [NEW, OLD]


def stored():
    return dict(Unit.objects.order_by("mac").values_list("mac", "secret"))


def test_every_secret_opens_with_the_new_key_alone(units, settings):
    assert keys.reseal(COLUMN) == (3, [])
    settings.MASTER_KEYS = [NEW]
    opened = [unseal(bytes(value), unit_secret_place(mac)) for mac, value in stored().items()]
    assert opened == ["secret 0", "secret 1", "secret 2"]


def test_second_run_changes_nothing(units):
    keys.reseal(COLUMN)
    before = stored()
    assert keys.reseal(COLUMN) == (0, [])
    assert stored() == before


def test_value_that_was_moved_is_named_and_left_alone(units, capsys):
    Unit.objects.filter(mac="5c5b35000001").update(secret=stored()["5c5b35000000"])
    assert keys.main([]) == 1
    assert "inventory_unit:secret:5c5b35000001" in capsys.readouterr().err
    assert [is_current(bytes(value)) for value in stored().values()] == [True, False, True]


def test_new_key_stands_first_in_the_file_and_the_old_one_stays(tmp_path, settings, monkeypatch):
    monkeypatch.delenv(keys.VARIABLE, raising=False)
    settings.HOME_DIR = tmp_path
    old = env.read({"MISTADMIN_HOME": str(tmp_path)}).master_keys
    assert keys.main(["--new"]) == 0
    fresh = env.read({"MISTADMIN_HOME": str(tmp_path)}).master_keys
    assert fresh[1:] == old
    assert (tmp_path / "master_keys").stat().st_mode & 0o777 == 0o600


def test_every_sealed_column_of_the_product_is_rotated():
    """Whoever seals a value names its column in `keys.SEALED`."""
    users = {
        path.relative_to(env.PROJECT_DIR).parts[0]
        for path in env.PROJECT_DIR.glob("[a-z]*/**/*.py")
        if " seal(" in path.read_text(encoding="utf-8").replace("=seal(", " seal(")
    }
    assert users - {"mistadmin", "tests"} == {column.model._meta.app_label for column in keys.SEALED}
