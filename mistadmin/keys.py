"""`mistadmin rotate-keys`: from one master key to the next; at no moment does a stored secret not open."""

from __future__ import annotations

import argparse
import os
import secrets as randomness
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from django.apps import apps
from django.conf import settings
from django.db.models import Model, TextField
from django.db.models.functions import Cast

from accounts.models import SecondFactor
from accounts.second_factor import seed_place
from inventory.adoption import adopt_secret_place
from inventory.models import AdoptSecret, Unit
from inventory.telemetry import unit_secret_place
from mistadmin.core.documents import MARK, DocumentField, sealed_in
from mistadmin.core.secrets import Unsealable, is_current, seal, unseal
from mistadmin.settings.env import new_master_key
from orgs.juniper.accounts import token_place
from orgs.models import JuniperAccount

VARIABLE = "MISTADMIN_MASTER_KEYS"


@dataclass(frozen=True)
class SealedColumn:
    """A column of sealed values and what `where` each is bound to, told by the primary key of its row."""

    model: type[Model]
    column: str
    place: Callable[[Any], str]


SEALED = (
    SealedColumn(Unit, "secret", unit_secret_place),
    SealedColumn(AdoptSecret, "secret", adopt_secret_place),
    SealedColumn(JuniperAccount, "token", token_place),
    SealedColumn(SecondFactor, "seed", seed_place),
)


def main(argv: Sequence[str]) -> int:
    """Make a key (`--new`) or reseal what older keys sealed; 1 when a value did not open."""
    parser = argparse.ArgumentParser(
        prog="mistadmin rotate-keys",
        description="Run it with --new, restart every process, run it without --new, drop the old key.",
    )
    parser.add_argument("--new", action="store_true", help="put a fresh key first; it seals after a restart")
    options = parser.parse_args(argv)
    if options.new:
        return _add_key(settings.HOME_DIR / "master_keys")
    return _reseal_all()


def reseal(column: SealedColumn) -> tuple[int, list[str]]:
    """Seal a column's older values with the current key: how many, and the places that do not open.

    It may be interrupted and run again: each row is a step of its own, taken only if it is as it was read.
    """
    done, broken = 0, []
    rows = column.model._default_manager.values_list("pk", column.column)
    for key, value in rows.iterator(chunk_size=1000):
        old = bytes(value)
        if is_current(old):
            continue
        place = column.place(key)
        try:
            fresh = seal(unseal(old, place), place)
        except Unsealable as problem:
            broken.append(str(problem))
            continue
        same = {"pk": key, column.column: old}
        done += column.model._default_manager.filter(**same).update(**{column.column: fresh})
    return done, broken


def documents() -> list[DocumentField]:
    """The columns whose documents have sealed secrets in them, of every table."""
    fields = (field for model in apps.get_models() for field in model._meta.concrete_fields)
    return [field for field in fields if isinstance(field, DocumentField) and not field.model._meta.proxy]


def reseal_documents(field: DocumentField) -> tuple[int, list[str]]:
    """Do what `reseal` does for the secrets in a column's documents."""
    done, broken = 0, []
    table: Any = field.model._base_manager.annotate(stored=Cast(field.attname, TextField()))
    rows = table.filter(stored__contains=MARK).values_list("pk", "stored")
    for key, stored in rows.iterator(chunk_size=1000):
        if all(is_current(one) for one in sealed_in(orjson.loads(stored))):
            continue
        try:
            document = field.model._base_manager.values_list(field.attname, flat=True).get(pk=key)
        except Unsealable as problem:
            broken.append(f"{problem} ({key})")
            continue
        done += table.filter(pk=key, stored=stored).update(**{field.attname: document})
    return done, broken


def _add_key(path: Path) -> int:
    if os.environ.get(VARIABLE):
        print(f"The keys come from {VARIABLE}. Put this one first, then restart every process:")
        print(new_master_key(_fresh_id()))
        return 0
    draft = path.with_name(f".{path.name}.new")
    draft.touch(mode=0o600)
    draft.write_text(f"{new_master_key(_fresh_id())}\n{path.read_text(encoding='ascii')}", encoding="ascii")
    os.replace(draft, path)
    print(f"A new key stands first in {path}. Restart every process, then run `mistadmin rotate-keys`.")
    return 0


def _fresh_id() -> str:
    return f"k{randomness.token_hex(3)}"


def _reseal_all() -> int:
    failed = 0
    runs = [(column.model, column.column, reseal(column)) for column in SEALED]
    runs += [(field.model, field.attname, reseal_documents(field)) for field in documents()]
    for model, name, (done, broken) in runs:
        print(f"{model._meta.label}.{name}: {done} resealed")
        for problem in broken:
            print(f"  {problem}", file=sys.stderr)
        failed += len(broken)
    if not failed:
        print(f"Only the key {settings.MASTER_KEYS[0][0]!r} is in use; the others can be dropped.")
    return 1 if failed else 0
