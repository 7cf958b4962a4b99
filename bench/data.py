"""Two organizations of a hospital trust's size, written set-wise: what lists, searches and exports run on."""

from __future__ import annotations

import io
import itertools
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any
from uuid import UUID

TOWNS = (
    "Aberdeen", "Bristol", "Cardiff", "Dundee", "Exeter", "Falmouth", "Glasgow", "Hull", "Inverness",
    "Jarrow", "Kendal", "Leeds", "Margate", "Newcastle", "Oxford", "Perth", "Quorn", "Reading", "Stirling",
)  # fmt: skip
PLACES = ("Hospital", "Clinic", "Depot", "Office", "Laboratory")
WARDS = ("Nursing", "Surgery", "Radiology", "Reception", "Pharmacy", "Records", "Canteen", "Archive")
WINGS = ("East", "West", "North", "South")
VERSIONS = ("0.14.29313", "0.14.29411", "0.15.30007")
PROFILES = ("Wards", "Offices", "Outdoor")
OTHER_DEVICES = 5_000
TOKENS = 20
# One of a thousand devices has this in its name: what people search for.
RARE = "Helipad"
# None of those that units are manufactured with, so that claims never meet these devices.
OUI = "d420b0"
DEVICE_COLUMNS = (
    "id", "org_id", "site_id", "deviceprofile_id", "mac", "serial", "model", "type", "claim_code", "name",
    "body", "created_time", "modified_time", "connected", "last_seen", "uptime", "version", "hostname", "ip",
    "ext_ip", "dns_suffix", "lldp_system_name", "lldp_port_id", "lldp_port_desc", "adopted", "images",
    "managed", "member_role", "agent_version", "distro", "config_version", "config_sent", "config_acked",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tenant:
    """An organization with its sites, in the order in which they were made."""

    org_id: UUID
    name: str
    site_ids: tuple[UUID, ...]
    profile_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class World:
    """What was filled in, and an administrator of both organizations: API keys and a session cookie."""

    main: Tenant
    other: Tenant
    devices: int
    keys: Iterator[str]
    cookie: str

    @property
    def headers(self) -> dict[str, str]:
        """Of the next token in turn: each may call 5,000 times an hour, and no more."""
        return {"Authorization": f"Token {next(self.keys)}"}


def fill(devices: int, sites: int) -> World:
    """Fill a migrated, empty database."""
    from django.contrib.auth.hashers import make_password
    from django.utils import timezone

    from accounts.actions import create_user_token
    from accounts.auth import actor_for
    from accounts.models import Admin

    admin = Admin.objects.create(
        email="bench@example.org",
        first_name="Bea",
        last_name="Bench",
        password=make_password(None),
        email_verified_at=timezone.now(),
    )
    main = _tenant(admin, "Northern Hospitals", sites)
    other = _tenant(admin, "Southern Clinics", max(1, sites // 20))
    _copy_devices(_devices(main, devices, first=0))
    _copy_devices(_devices(other, min(OTHER_DEVICES, devices), first=devices))
    _enter_claims(admin)
    keys = [create_user_token(actor_for(admin), values={"name": "bench"}).key for _ in range(TOKENS)]
    return World(main, other, devices, itertools.cycle(keys), _session_cookie(admin))


def make_units(count: int, model: str = "AP45") -> list[Any]:
    """Manufacture units that nobody has claimed; each with its secret in clear."""
    from inventory import manufacturing
    from mistadmin.core.access import Actor

    return list(manufacturing.make_units(Actor.system("bench"), model=model, count=count))


def vacuum() -> None:
    """Leave tables as autovacuum keeps them: visible to index-only scans, with statistics."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
        cursor.execute("RESET statement_timeout")


def _tenant(admin: Any, name: str, sites: int) -> Tenant:
    from accounts.actions import create_org
    from accounts.auth import actor_for
    from orgs.models import DeviceProfile
    from sites.models import Site

    org = create_org(actor_for(admin), values={"name": name})
    made = Site.objects.bulk_create(
        Site(
            org=org,
            name=f"{TOWNS[number % len(TOWNS)]} {PLACES[number % len(PLACES)]} {number:04}",
            timezone="Europe/London",
            country_code="GB",
            body={"address": f"{number} High Street, {TOWNS[number % len(TOWNS)]}"},
        )
        for number in range(sites)
    )
    profiles = DeviceProfile.objects.bulk_create(
        DeviceProfile(org=org, type="ap", name=profile, body={}) for profile in PROFILES
    )
    return Tenant(org.id, name, tuple(site.id for site in made), tuple(profile.id for profile in profiles))


def _devices(tenant: Tenant, count: int, *, first: int) -> Iterator[Sequence[Any]]:
    models = import_module("inventory.models_catalog").MODELS.values()
    rng = random.Random(first)
    catalog = [m for m in models if m.type == "ap"] * 3 + [m for m in models if m.type != "ap"]
    now = datetime.now(UTC)
    for number in range(first, first + count):
        yield _device(tenant, number, rng.choice(catalog), rng, now)


def _device(tenant: Tenant, number: int, model: Any, rng: random.Random, now: datetime) -> Sequence[Any]:
    # Spread over the MAC range, so that neighbours in a list are no neighbours in the table.
    tail = number * 7919 % (1 << 24)
    mac = f"{OUI}{tail:06x}"
    seat = rng.randrange(len(tenant.site_ids) + len(tenant.site_ids) // 50 + 1)
    site = tenant.site_ids[seat] if seat < len(tenant.site_ids) else None
    wing, ward, floor = rng.choice(WINGS), rng.choice(WARDS), rng.randrange(1, 13)
    place = RARE if number % 1000 == 0 else ward
    name = f"{wing}-{floor:02}-{place}-{number % 100_000:05}" if rng.random() < 0.95 else ""
    claimed = now - timedelta(minutes=rng.randrange(500_000))
    seen = now - timedelta(seconds=rng.randrange(3600)) if rng.random() < 0.97 else None
    return (
        f"00000000-0000-0000-1000-{mac}", tenant.org_id, site, rng.choice((*tenant.profile_ids, None)), mac,
        f"{model.serial}B{tail:08d}", model.name, model.type, f"{number:015d}", name,
        json.dumps({"notes": f"{ward}, floor {floor}"} if rng.random() < 0.2 else {}),
        claimed, claimed, seen is not None, seen, rng.randrange(9_000_000) if seen else None,
        rng.choice(VERSIONS), "", f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
        "198.51.100.7", "net.hospitals.example.org", f"{wing}_Floor {floor}_{ward}",
        f"ge-0/0/{rng.randrange(48)}", f"{ward}/room {rng.randrange(400)}", False, "{}",
        True, *[""] * 6,
    )  # fmt: skip


def _copy_devices(rows: Iterable[Sequence[Any]]) -> None:
    from django.db import connection

    lines = io.StringIO("".join("\t".join(map(_copied, row)) + "\n" for row in rows))
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.copy_expert(f"COPY inventory_device ({', '.join(DEVICE_COLUMNS)}) FROM STDIN", lines)
        cursor.execute("RESET statement_timeout")


def _enter_claims(admin: Any) -> None:
    """One audit entry per device, spread over three weeks up to now."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO audit_entry (id, timestamp, org_id, site_id, object_id, event, message, actor_kind,
                                     admin_id, admin_name, src_ip, after)
            SELECT gen_random_uuid(), now() - random() * interval '21 days', org_id, site_id, id,
                   'inventory.device.claimed', 'Claimed ' || model, 'admin', %s, %s, '127.0.0.1',
                   jsonb_build_object('mac', mac, 'serial', serial, 'model', model, 'name', name)
            FROM inventory_device
            """,
            [admin.id, f"{admin.full_name} {admin.email}"],
        )


def _copied(value: Any) -> str:
    return r"\N" if value is None else str(value)


def _session_cookie(admin: Any) -> str:
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from accounts.session_store import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(admin.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = admin.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
