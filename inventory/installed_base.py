"""Installed Base (guide: View Your Installed Base): the devices of the linked Juniper accounts, kept fresh.

Reading them is owed work: on linking, when somebody asks, and every day. While the account service is down
the devices of the last time stay, and the account says since when and why.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit.log import Change, record_many
from inventory.models import DEVICE_TYPES, InstalledDevice
from mistadmin.core import outbox
from mistadmin.core.access import MANAGE_DEVICES, Actor
from mistadmin.core.actions import action
from mistadmin.core.models import INSERTED_AT_ONCE
from orgs.juniper import accounts, client
from orgs.juniper.client import Asset
from orgs.models import JuniperAccount, Org

# A task may take 50 s, and one account 25 s of them.
_BUDGET: Final = 20.0
_TIMES: Final = ("version_time", "version_eos_time", "eol_time", "eos_time", "warranty_time", "contract_time")
# What the account service tells of a device, by which a row is known to be as it was.
_TOLD: Final = tuple(Asset.model_fields)
# How the API spells the kinds of warranty, by the codes that the account service may use instead.
WARRANTIES: Final = {
    "WTY00001": "Standard Hardware Warranty",
    "WTY00002": "Enhanced Hardware Warranty",
    "WTY00003": "Dead On Arrival Warranty",
    "WTY00004": "Limited Lifetime Warranty",
    "WTY00005": "Software Warranty",
    "WTY00006": "Limited Lifetime Warranty for WLA",
    "WTY00007": "Warranty-JCPO EOL (DOA Not Included)",
    "WTY00008": "MIST Enhanced Hardware Warranty",
    "WTY00009": "MIST Standard Warranty",
    "WTY00099": "Determine Lifetime warranty",
}


@action(needs=MANAGE_DEVICES)
def ask_refresh(actor: Actor, org: Org) -> int:
    """Want fresh devices of every linked account that waits for none already; how many those are."""
    linked = JuniperAccount.objects.select_for_update().filter(org=org).defer("token").order_by("id")
    idle = [one for one in linked if not one.is_waiting]
    accounts.ask_again(idle)
    record_many(actor, "inventory.installed_base.asked", [Change(one) for one in idle])
    return len(idle)


def owe_due() -> None:
    """Owe a refresh of every account that is due for one."""
    for org_id, found in groupby(sorted(accounts.due_accounts()), key=itemgetter(0)):
        _owe(org_id, [account for _, account in found])


def refresh_accounts(owed: Sequence[dict[str, Any]]) -> None:
    """Refresh the accounts of this owed work, those for which there is no time left in a run of their own."""
    began = time.monotonic()
    for work in owed:
        ids = [UUID(one) for one in work["ids"]]
        while ids and time.monotonic() - began < _BUDGET:
            refresh(ids.pop(0))
        if ids:
            _owe(UUID(work["org_id"]), ids)


def refresh(account_pk: UUID) -> None:
    """Read what an account has bought and put it in place of what was read before; never raises for a problem
    of the service, which is kept with the account.
    """
    began = timezone.now()
    try:
        token = accounts.open_token(account_pk)
        if token is None:
            return
        assets = client.read_assets(token)
    except client.Problem as problem:
        accounts.note_problem(account_pk, problem)
        return
    replace_devices(account_pk, assets, began=began)


@transaction.atomic
def replace_devices(account_pk: UUID, assets: Iterable[Asset], *, began: datetime) -> None:
    """Keep these as the devices of an account; nothing when it was unlinked, or read anew since `began`."""
    account = accounts.lock_account(account_pk)
    if account is None or (account.refreshed_at and account.refreshed_at > began):
        return
    assets = list(assets)
    rows = [_row(account, asset) for asset in assets if _belongs(asset, began)]
    _replace(account, {row.serial: row for row in rows})
    account.refreshed_at, account.tried_at = began, timezone.now()
    account.problem, account.left_out = "", len(assets) - len(rows)
    account.save(update_fields=["refreshed_at", "tried_at", "problem", "left_out"])


def _replace(account: JuniperAccount, wanted: Mapping[str, InstalledDevice]) -> None:
    """Keep these devices of an account and no others; most are as they were a day ago, and stay untouched."""
    kept = InstalledDevice.objects.filter(account=account)
    known = {row[0]: row for row in kept.values_list(*_TOLD)}
    same = {serial for serial, row in wanted.items() if known.get(serial) == _told(row)}
    gone = [serial for serial in known if serial not in same]
    for at in range(0, len(gone), INSERTED_AT_ONCE):
        kept.filter(serial__in=gone[at : at + INSERTED_AT_ONCE]).delete()
    fresh = [row for serial, row in wanted.items() if serial not in same]
    InstalledDevice.objects.bulk_create(fresh, batch_size=INSERTED_AT_ONCE)


def _told(row: InstalledDevice) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in _TOLD)


def _owe(org_id: UUID, account_pks: Sequence[UUID]) -> None:
    with transaction.atomic():
        outbox.owe("inventory.installed_base.due", org_id, account_pks)


def _belongs(asset: Asset, now: datetime) -> bool:
    """Whether a device is managed here and has a support contract that holds (guide: Device Inventory)."""
    return asset.type in DEVICE_TYPES and (asset.contract_time or 0) > now.timestamp()


def _row(account: JuniperAccount, asset: Asset) -> InstalledDevice:
    values = asset.model_dump()
    times = {name: _moment(values.pop(name)) for name in _TIMES}
    kind = values.pop("warranty_type")
    kind = WARRANTIES.get(kind, kind if kind in WARRANTIES.values() else "")
    return InstalledDevice(account=account, org_id=account.org_id, warranty_type=kind, **values, **times)


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
