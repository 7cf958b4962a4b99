"""The Audit Logs page and its time periods."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.forms import PRESETS, default_values, period, shown_filters
from audit.models import Entry
from inventory import actions as inventory
from mistadmin.core.errors import Invalid
from mistadmin.core.templatetags.ui import breakable
from orgs.actions import update_org, update_setting
from tests.portal.conftest import HTMX, text
from tests.world import UNKNOWN, World, make_devices

# A Wednesday, 00:30 in London, while it is still Tuesday in New York.
NOW = datetime(2026, 7, 14, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("query", "zone", "start", "end"),
    [
        ({"preset": "60m"}, "UTC", "2026-07-14T22:30", "2026-07-14T23:30:01"),
        ({"preset": "24h"}, "UTC", "2026-07-13T23:30", "2026-07-14T23:30:01"),
        ({"preset": "7d"}, "UTC", "2026-07-07T00:00", "2026-07-14T23:30:01"),
        ({}, "UTC", "2026-07-14T00:00", "2026-07-14T23:30:01"),
        ({"preset": "today"}, "Europe/London", "2026-07-14T23:00", "2026-07-14T23:30:01"),
        ({"preset": "today"}, "America/New_York", "2026-07-14T04:00", "2026-07-14T23:30:01"),
        ({"preset": "yesterday"}, "UTC", "2026-07-13T00:00", "2026-07-14T00:00"),
        ({"preset": "week"}, "UTC", "2026-07-12T00:00", "2026-07-14T23:30:01"),
        ({"preset": "date", "date": "2026-07-01"}, "Europe/London", "2026-06-30T23:00", "2026-07-01T23:00"),
        (
            {"preset": "range", "start": "2026-07-01T08:00", "end": "2026-07-02T17:00"},
            "UTC",
            "2026-07-01T08:00",
            "2026-07-02T17:01",
        ),
        ({"preset": "date"}, "UTC", "2026-07-14T00:00", "2026-07-15T00:00"),
        ({"preset": "today"}, "Mars/Base", "2026-07-14T00:00", "2026-07-14T23:30:01"),
    ],
)
def test_periods_of_the_guide(query: dict[str, str], zone: str, start: str, end: str) -> None:
    span = period(default_values(shown_filters(query), NOW, zone), NOW, zone)
    assert [moment.astimezone(UTC).replace(tzinfo=None) for moment in span] == [
        datetime.fromisoformat(start),
        datetime.fromisoformat(end),
    ]


def test_a_day_on_which_clocks_change_begins_at_midnight() -> None:
    now = datetime(2026, 3, 29, 12, tzinfo=UTC)
    start, _ = period(shown_filters({"preset": "today"}), now, "Europe/London")
    assert start.astimezone(UTC) == datetime(2026, 3, 29, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "query",
    [
        {"preset": "date", "date": "nonsense"},
        {"preset": "date", "date": "2026-05-14"},
        {"preset": "date", "date": "2026-07-16"},
        {"preset": "range", "start": "2026-07-02T00:00", "end": "2026-07-01T00:00"},
        {"preset": "range", "start": "x", "end": "y"},
        {"preset": "range", "start": "2026-01-01T00:00", "end": "2026-07-01T00:00"},
    ],
)
def test_bad_periods_are_refused(query: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        period(shown_filters(query), NOW, "UTC")


def messages(response: object) -> list[str]:
    return [row["message"] for row in response.context["slice"].rows]  # type: ignore[attr-defined]


def test_entries_are_filtered_by_message_admin_and_site(ada: Client, acme: str, world: World) -> None:
    update_org(world.ada.actor, world.acme, changes={"name": "Acme Ltd"})
    (device,) = make_devices(world.north)
    url = f"{acme}/logs"
    assert messages(ada.get(url, {"q": "update org"})) == ['Update Org "Acme Ltd"']
    assert messages(ada.get(url, {"site": world.north.id, "q": "claim"})) == [f"Claim AP45 {device.mac}"]
    who = next(name for name in ada.get(url).context["admins"] if "ada@" in name)
    assert 'Update Org "Acme Ltd"' in messages(ada.get(url, {"admin": who}))
    assert f"Claim AP45 {device.mac}" not in messages(ada.get(url, {"admin": who}))
    assert "North" in text(ada.get(url, {"site": world.north.id}))
    assert len(PRESETS) == 8
    assert {ada.get(url, {"preset": key}).status_code for key, _ in PRESETS} == {200}


def test_a_bad_period_is_said_and_shows_nothing(ada: Client, acme: str) -> None:
    page = ada.get(f"{acme}/logs", {"preset": "date", "date": "1999-01-01"})
    assert "Choose a period within the past 60 days." in text(page)
    assert messages(page) == []
    assert 'value="1999-01-01"' in text(page)


def test_details_show_what_changed(
    browser: Callable[[str], Client], ada: Client, acme: str, world: World
) -> None:
    update_org(world.ada.actor, world.acme, changes={"name": "Acme Ltd"})
    entry = Entry.objects.get(event="orgs.org.updated")
    page = text(ada.get(f"{acme}/logs/{entry.id}", headers=HTMX))
    assert "<del>Acme</del>" in page
    assert "<ins>Acme Ltd</ins>" in page
    assert ada.get(f"{acme}/logs/{UNKNOWN}").status_code == 404
    assert browser("rita").get(f"{acme}/logs/{entry.id}").status_code == 403
    assert browser("gus").get(f"/orgs/{world.globex.id}/logs/{entry.id}").status_code == 404


def test_assignments_name_the_site(ada: Client, acme: str, world: World) -> None:
    (device,) = make_devices(world.acme)
    label = f'AP45 "{device.mac}"'
    actor = world.ada.actor
    inventory.assign_devices(actor, world.north, devices=[device])
    inventory.assign_devices(actor, world.south, devices=[device])
    inventory.unassign_devices(actor, world.acme, devices=[device])
    entries = Entry.objects.filter(object_id=device.id, event__contains="assigned").order_by("timestamp")
    assert list(entries.values_list("message", "site_id")) == [
        (f'Assign {label} to Site "North"', world.north.id),
        (f'Assign {label} to Site "South"', world.south.id),
        (f'Unassign {label} from Site "South"', world.south.id),
    ]


def test_unassigning_many_reads_the_names_of_their_sites_once(world: World) -> None:
    few, many = ([*make_devices(world.north, count), *make_devices(world.south, count)] for count in (1, 10))
    costs = []
    for devices in (few, many):
        with CaptureQueriesContext(connection) as asked:
            inventory.unassign_devices(world.ada.actor, world.acme, devices=devices)
        costs.append(len(asked))
    assert costs[0] == costs[1]


def test_long_keys_break_at_their_dots(ada: Client, acme: str, world: World) -> None:
    setting = {"auto_device_naming": {"enable": True, "rules": [{"src": "lldp_port_desc"}]}}
    update_setting(world.ada.actor, world.acme, changes=setting)
    entry = Entry.objects.get(event="orgs.setting.updated")
    assert "auto_<wbr>device_<wbr>naming.<wbr>rules.<wbr>0.<wbr>src<" in text(
        ada.get(f"{acme}/logs/{entry.id}")
    )


@pytest.mark.parametrize(
    ("path", "shown"),
    [("a.b", "a.<wbr>b"), ("", ""), ("..x_", ".<wbr>.<wbr>x_"), ("<i>.b", "&lt;i&gt;.<wbr>b")],
)
def test_breakable_paths_are_escaped_and_whole(path: str, shown: str) -> None:
    assert breakable(path) == shown
