"""Owed work: written with the change, leased, tried again, isolated, buried, and never lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.utils import timezone

from audit.log import Change, record, record_many
from audit.models import Entry
from mistadmin.core import outbox
from mistadmin.core.access import Actor
from mistadmin.core.actions import action
from mistadmin.core.models import Outbox
from mistadmin.core.outbox import ATTEMPTS, IDS_PER_ROW, LEASE
from tests.world import UNKNOWN

SYSTEM = Actor.system("tests")
EVENT = "sites.site.created"
START = "2026-03-01T12:00Z"
REACTIONS = {EVENT: (f"{__name__}.handler",)}

calls: list[list[list[str]]] = []
poison: dict[str, Exception] = {}


def handler(owed):
    """Note the ids of each call, and fail on a poisoned one."""
    calls.append([row["ids"] for row in owed])
    for row in owed:
        for one in row["ids"]:
            if one in poison:
                raise poison[one]


@pytest.fixture(autouse=True)
def _reactions(settings, db):
    for model in (Outbox, Entry):  # those of the cast
        model.objects.all().delete()
    settings.REACTIONS = f"{__name__}.REACTIONS"
    calls.clear()
    poison.clear()


@pytest.fixture
def clock(time_machine):
    time_machine.move_to(START, tick=False)
    return time_machine


def owe(*ids):
    for one in ids:
        outbox.owe(EVENT, UNKNOWN, [one])


def states():
    rows = Outbox.objects.order_by("id")
    return ["dead" if row.dead_at else "done" if row.done_at else "owed" for row in rows]


@pytest.mark.django_db
class TestPaying:
    def test_due_rows_are_paid_in_one_call_in_order(self):
        owe("a", "b", "c")
        assert outbox.pay_due() == 3
        assert calls == [[["a"], ["b"], ["c"]]]
        assert outbox.pay_due() == 0
        assert states() == ["done"] * 3

    def test_handler_is_told_event_organization_ids_and_a_stable_event_id(self, monkeypatch):
        seen = []
        monkeypatch.setattr(f"{__name__}.handler", seen.extend)
        owe("a")
        outbox.pay_due()
        (told,) = seen
        row = Outbox.objects.get()
        assert told == {"event": EVENT, "org_id": str(UNKNOWN), "ids": ["a"], "event_id": str(row.event_id)}

    def test_many_ids_become_rows_of_bounded_size(self):
        outbox.owe(EVENT, None, [str(number) for number in range(IDS_PER_ROW * 2 + 1)])
        assert [len(row.payload["ids"]) for row in Outbox.objects.order_by("id")] == [
            IDS_PER_ROW,
            IDS_PER_ROW,
            1,
        ]

    def test_event_without_reactions_owes_nothing(self):
        outbox.owe("nothing.follows", None, ["a"])
        assert not Outbox.objects.exists()

    def test_at_most_a_batch_is_leased(self):
        owe("a", "b", "c")
        assert outbox.pay_due(limit=2) == 2
        assert states() == ["done", "done", "owed"]


@pytest.mark.django_db
class TestFailing:
    def test_poisoned_row_does_not_hold_up_its_neighbours(self, clock):
        poison["b"] = ValueError("bad row")
        owe("a", "b", "c")
        assert outbox.pay_due() == 2
        assert states() == ["done", "owed", "done"]
        assert Outbox.objects.get(done_at=None).last_error == "ValueError: bad row"

    def test_failure_is_tried_again_later_and_later(self, clock):
        poison["a"] = ValueError("no")
        owe("a")
        waits = []
        for _ in range(4):
            outbox.pay_due()
            row = Outbox.objects.get()
            waits.append((row.next_at - timezone.now()).total_seconds())
            assert outbox.pay_due() == 0, "it is not due yet"
            clock.move_to(row.next_at, tick=False)
        assert waits == [2, 4, 8, 16]
        poison.clear()
        assert outbox.pay_due() == 1
        assert Outbox.objects.get().last_error == ""

    def test_hopeless_row_is_buried_with_its_reason_and_kept(self, clock):
        poison["a"] = ValueError("never")
        owe("a")
        for _ in range(ATTEMPTS):
            outbox.pay_due()
            clock.shift(timedelta(hours=2))
        row = Outbox.objects.get()
        assert (row.attempts, row.last_error) == (ATTEMPTS, "ValueError: never")
        assert row.dead_at is not None
        assert outbox.pay_due() == 0
        outbox.discard_done()
        assert Outbox.objects.exists()

    def test_task_that_does_not_exist_is_a_failure_like_any_other(self, clock, settings):
        owe("a")
        Outbox.objects.update(task="nowhere.to.be_found")
        assert outbox.pay_due() == 0
        assert Outbox.objects.get().last_error.startswith("ModuleNotFoundError")


@pytest.mark.django_db
class TestCrashing:
    def test_crash_between_lease_and_done_is_paid_after_the_lease(self, clock, monkeypatch):
        owe("a")
        poison["a"] = KeyboardInterrupt()
        with pytest.raises(KeyboardInterrupt):
            outbox.pay_due()
        poison.clear()
        assert outbox.pay_due() == 0, "the dead worker still holds the lease"
        clock.shift(LEASE + timedelta(seconds=1))
        assert outbox.pay_due() == 1
        assert states() == ["done"]

    def test_row_that_kills_its_worker_runs_alone_the_next_time(self, clock):
        owe("a", "b", "c")
        poison["b"] = KeyboardInterrupt()
        for _ in range(3):
            with pytest.raises(KeyboardInterrupt):
                outbox.pay_due()
            clock.shift(LEASE + timedelta(seconds=1))
        assert states()[0] == "done"

    def test_row_that_always_kills_its_worker_is_buried(self, clock):
        owe("a", "b")
        poison["a"] = KeyboardInterrupt()
        for _ in range(ATTEMPTS):
            with pytest.raises(KeyboardInterrupt):
                outbox.pay_due()
            clock.shift(LEASE + timedelta(seconds=1))
        outbox.pay_due()
        clock.shift(LEASE + timedelta(seconds=1))
        outbox.pay_due()
        assert states()[0] == "dead"
        assert "worker died" in Outbox.objects.order_by("id")[0].last_error

    def test_time_limit_of_the_task_leaves_the_lease(self, clock):
        owe("a", "b")
        poison["a"] = SoftTimeLimitExceeded()
        with pytest.raises(SoftTimeLimitExceeded):
            outbox.pay_due()
        assert calls == [[["a"], ["b"]]]
        assert states() == ["owed", "owed"]

    def test_slow_worker_does_not_close_what_somebody_else_leased(self, clock, monkeypatch):
        owe("a")

        def slow(owed):
            clock.shift(LEASE + timedelta(seconds=1))
            assert len(outbox._lease(10)) == 1

        monkeypatch.setattr(f"{__name__}.handler", slow)
        outbox.pay_due()
        assert states() == ["owed"]

    def test_lost_poke_costs_nothing(self, clock, monkeypatch):
        def lost(**options):
            raise OSError("the broker is gone")

        monkeypatch.setattr("mistadmin.core.tasks.pay_outbox.apply_async", lost)
        owe("a")
        outbox.poke()
        assert outbox.pay_due() == 1


@pytest.mark.django_db
def test_paid_rows_are_discarded_after_their_retention(time_machine):
    time_machine.move_to(START)
    owe("a")
    outbox.pay_due()
    outbox.discard_done()
    assert Outbox.objects.count() == 1
    time_machine.shift(outbox.RETENTION + timedelta(hours=1))
    assert outbox.discard_done() == 1


@pytest.mark.django_db(transaction=True)
class TestRecording:
    def test_record_outside_a_transaction_is_a_fault(self):
        with pytest.raises(RuntimeError, match="outside a transaction"):
            record(SYSTEM, EVENT, _target())
        assert not Entry.objects.exists()

    def test_rollback_leaves_neither_entry_nor_owed_work_nor_poke(self, monkeypatch):
        pokes = []
        monkeypatch.setattr(outbox, "poke", lambda: pokes.append(1))

        @action(needs="anything")
        def fail(actor):
            record(actor, EVENT, _target())
            raise ValueError("after all")

        with pytest.raises(ValueError, match="after all"):
            fail(SYSTEM)
        assert (Entry.objects.count(), Outbox.objects.count(), pokes) == (0, 0, [])

    def test_commit_pokes_once_it_is_committed(self, monkeypatch):
        pokes = []
        monkeypatch.setattr(outbox, "poke", lambda: pokes.append(1))
        with transaction.atomic():
            record(SYSTEM, EVENT, _target())
            assert pokes == []
        assert pokes == [1]
        assert (Entry.objects.count(), Outbox.objects.count()) == (1, 1)


@pytest.mark.django_db
class TestEntries:
    def test_no_change_is_no_entry_and_owes_nothing(self):
        record(SYSTEM, EVENT, _target(), before={"a": 1}, after={"a": 1})
        record_many(SYSTEM, EVENT, [Change(_target(), {"a": [1]}, {"a": [1]})])
        assert not Entry.objects.exists()
        assert not Outbox.objects.exists()

    def test_many_changes_are_one_insert_each_and_owed_together(self, django_assert_max_num_queries):
        with django_assert_max_num_queries(2):
            record_many(SYSTEM, EVENT, [Change(_target(), None, {"n": n}) for n in range(20)])
        assert Entry.objects.count() == 20
        assert len(Outbox.objects.get().payload["ids"]) == 20

    def test_event_without_a_sentence_cannot_be_recorded(self):
        with pytest.raises(KeyError):
            record(SYSTEM, "sites.site.exploded", _target())

    def test_secrets_are_masked_wherever_they_stand(self):
        secret = {
            "password": "hunter2",
            "radius": [{"secret": "hunter2", "port": 1812}],
            "wpa_psk": "hunter2",
            "Private_Key": "hunter2",
            "monkey": "shown",
            "secret": "",
        }
        record(SYSTEM, EVENT, _target(), before={}, after=secret)
        after = Entry.objects.get().after
        assert "hunter2" not in str(after)
        assert (after["monkey"], after["secret"], after["radius"][0]["port"]) == ("shown", "", 1812)


def _target():
    from sites.models import Site

    return Site(org_id=UNKNOWN, name="Somewhere")
