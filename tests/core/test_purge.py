"""What beat takes away: expired sessions and old device events, a bounded number per run."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts import sessions
from accounts.models import AdminSession
from inventory import telemetry
from inventory.models import DeviceEvent
from mistadmin.celery import SCHEDULE, app

NOW = timezone.now()


@pytest.mark.parametrize("entry", SCHEDULE.values(), ids=list(SCHEDULE))
def test_schedule_names_tasks_that_workers_know(entry: dict[str, object]) -> None:
    app.loader.import_default_modules()
    import_string(str(entry["task"]))
    assert entry["task"] in app.tasks


def _sessions(*ages: timedelta) -> None:
    AdminSession.objects.bulk_create(
        AdminSession(session_key=f"{number:032}", session_data="", expire_date=NOW - age)
        for number, age in enumerate(ages)
    )


def _events(*ages: timedelta) -> None:
    DeviceEvent.objects.bulk_create(
        DeviceEvent(device_id=uuid4(), org_id=uuid4(), type="connected", timestamp=NOW - age) for age in ages
    )


def test_expired_sessions_go_and_others_stay(db: None) -> None:
    _sessions(timedelta(days=1), timedelta(seconds=1), timedelta(days=-1))
    assert sessions.discard_expired(NOW) == 2
    assert [one.session_key for one in AdminSession.objects.all()] == [f"{2:032}"]
    assert sessions.discard_expired(NOW) == 0


def test_a_run_takes_no_more_sessions_than_it_may_the_oldest_first(db: None) -> None:
    _sessions(*(timedelta(days=day) for day in range(1, 6)))
    assert sessions.discard_expired(NOW, most=3) == 3
    assert sorted(AdminSession.objects.values_list("session_key", flat=True)) == [f"{0:032}", f"{1:032}"]


def test_many_are_taken_in_pieces(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mistadmin.core.purge._AT_ONCE", 2)
    _sessions(*(timedelta(days=day) for day in range(1, 6)))
    with CaptureQueriesContext(connection) as asked:
        assert sessions.discard_expired(NOW) == 5
    assert sum(query["sql"].startswith("DELETE") for query in asked) == 3


def test_device_events_go_after_sixty_days(db: None) -> None:
    _events(timedelta(days=90), timedelta(days=61), timedelta(days=59), timedelta(0))
    assert telemetry.discard_events(NOW) == 2
    left = DeviceEvent.objects.order_by("id").values_list("timestamp", flat=True)
    assert list(left) == [NOW - timedelta(days=59), NOW]


def test_a_run_takes_no_more_events_than_it_may(db: None) -> None:
    _events(*(timedelta(days=90 - day) for day in range(5)))
    assert telemetry.discard_events(NOW, most=3) == 3
    assert telemetry.discard_events(NOW, most=3) == 2
    assert not DeviceEvent.objects.exists()
