"""The accounts of the stand-in and the devices that were sold to them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from inventory.models_catalog import MODELS


@dataclass(frozen=True, slots=True)
class Sold:
    """A device that was sold: its serial and its model."""

    serial: str
    model: str


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who buys; the passwords are printed in the documentation."""

    id: str
    name: str
    username: str
    password: str = field(repr=False)
    # Whether what the organization has claimed was sold to this account.
    claimed: bool = False


ACCOUNTS: Final = (
    Account("100017", "Hospital Group", "hospital@juniper.example", "demo-hospital", claimed=True),
    Account("100042", "Outpatient Clinics", "clinics@juniper.example", "demo-clinics"),
)
# Router models of Juniper that Mist does not manage.
_OTHERS: Final = {"MX204": "router", "ACX7024": "router"}
_MADE: Final = ("EX4100-48P", "EX4400-48P", "EX3400-48P", "QFX5120-48Y", "SRX345", "SSR120", "AP45", "MX204")
_MADE_COUNT: Final = 48
_VERSIONS: Final = {
    "ap": ("0.14.29411", "0.12.27139", "0.14.29633"),
    "switch": ("22.4R3-S2", "21.4R3-S5", "23.4R2-S4"),
    "gateway": ("22.4R3", "21.2R3-S8", "23.4R2"),
    "router": ("22.2R3", "22.2R3", "23.2R2"),
}
_WARRANTIES: Final = (
    ("WTY00002", "Enhanced Hardware Warranty", "Replacement hardware the next business day"),
    ("WTY00004", "Limited Lifetime Warranty", "Hardware as long as the product is sold"),
    ("WTY00008", "MIST Enhanced Hardware Warranty", "Replacement access point in advance"),
)
_SERVICES: Final = ("Core support", "Next day support", "Same day support")


def sold_to(account: Account, claimed: Iterable[Sold]) -> list[Sold]:
    """What an account has bought, by serial: devices of its own and, where it says so, the claimed ones.

    Both accounts know one serial, as after a device was sold on.
    """
    own = [_made(account.id, number) for number in range(_MADE_COUNT)]
    shared = _made("shared", 1)
    return sorted({*own, shared, *(claimed if account.claimed else ())}, key=lambda one: one.serial)


def asset(sold: Sold, account: Account, today: date) -> dict[str, Any]:
    """All that the service says of a device, as orgs.juniper.client.Asset reads it."""
    dice = _dice(f"{sold.serial}")
    kind = MODELS[sold.model].type if sold.model in MODELS else _OTHERS.get(sold.model, "other")
    latest, older, suggested = _VERSIONS.get(kind, ("", "", ""))
    code, warranty_type, warranty = _WARRANTIES[2 if kind == "ap" else dice % 2]
    # One device in eight has no support any more.
    supported = today + timedelta(days=-40 if dice % 8 == 0 else 30 + dice % 1000)
    bought = today - timedelta(days=200 + dice % 1500)
    old = dice % 3 == 0
    return {
        "serial": sold.serial,
        "model": sold.model,
        "type": kind,
        "sku": sold.model.partition("-")[0],
        "name": f"{account.name} {sold.serial[-4:]}",
        "master": kind == "switch" and dice % 5 == 0,
        "status": "active",
        "version": older if old else latest,
        "suggested_version": suggested,
        "version_time": _epoch(date(2022 if old else 2023, 6, 30)),
        "version_eos_time": _epoch(date(2025 if old else 2027, 6, 30)),
        "eol_time": _epoch(_end_of_life(sold.model)),
        "eos_time": _epoch(_end_of_life(sold.model) + timedelta(days=5 * 365)),
        "warranty": warranty,
        "warranty_type": code if dice % 2 else warranty_type,
        "warranty_time": _epoch(bought + timedelta(days=5 * 365)),
        "contract": f"{_SERVICES[dice % 3]} {account.id}-{dice % 90 + 10}",
        "contract_time": _epoch(supported),
    }


def account_of(username: str) -> Account | None:
    """The account that somebody logs in to."""
    return next((one for one in ACCOUNTS if one.username == username.strip().lower()), None)


def read_sold(rows: Iterable[Mapping[str, Any]]) -> list[Sold]:
    """Devices out of a JSON list; raises ValueError for a row without serial and model."""
    found = []
    for number, row in enumerate(rows, start=1):
        serial, model = (row.get(name) if isinstance(row, Mapping) else None for name in ("serial", "model"))
        if not (isinstance(serial, str) and isinstance(model, str) and serial and model):
            raise ValueError(f"device {number} has no serial and model")
        found.append(Sold(serial, model))
    return found


def _made(whose: str, number: int) -> Sold:
    dice = _dice(f"{whose}:{number}")
    model = _MADE[number % len(_MADE)]
    start = MODELS[model].serial if model in MODELS else "CA00"
    return Sold(f"{start}{dice % 100_000_000:08d}", model)


def _end_of_life(model: str) -> date:
    return date(2025 + _dice(model) % 10, 1 + _dice(model) % 12, 1)


def _epoch(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())


def _dice(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6])
