"""`@action`: authorised first, atomic, tried again after a deadlock, watched for silent writes."""

import pytest
from django.db import OperationalError

from accounts.models import Admin
from audit.log import record
from mistadmin.core.access import MANAGE_ORG, Actor
from mistadmin.core.actions import action, running
from mistadmin.core.errors import NotAllowed
from orgs.models import Org
from tests.watch import watched_writes

SYSTEM = Actor.system("tests")


class Deadlock(Exception):
    pgcode = "40P01"


def deadlocked():
    error = OperationalError("deadlock detected")
    error.__cause__ = Deadlock()
    return error


def test_refusal_comes_before_the_function_runs(world):
    ran = []

    @action(needs=MANAGE_ORG)
    def touch(actor, org):
        ran.append(org)

    with pytest.raises(NotAllowed):
        touch(world.rita.actor, world.acme)
    assert ran == []


@pytest.mark.django_db(transaction=True)
class TestOutermost:
    def test_deadlock_is_tried_again_whole(self):
        tries = []

        @action(needs="x")
        def contend(actor):
            tries.append(Org.objects.create(name="half"))
            record(actor, "orgs.org.created", tries[-1])
            if len(tries) < 3:
                raise deadlocked()
            return len(tries)

        assert contend(SYSTEM) == 3
        assert Org.objects.filter(name="half").count() == 1

    def test_third_deadlock_is_given_up(self):
        tries = []

        @action(needs="x")
        def contend(actor):
            tries.append(1)
            raise deadlocked()

        with pytest.raises(OperationalError):
            contend(SYSTEM)
        assert len(tries) == 3

    def test_inner_action_leaves_the_retry_to_the_outermost(self):
        tries = []

        @action(needs="x")
        def inner(actor):
            tries.append("inner")
            if len(tries) < 3:
                raise deadlocked()

        @action(needs="x")
        def outer(actor):
            tries.append("outer")
            inner(actor)

        outer(SYSTEM)
        assert tries == ["outer", "inner", "outer", "inner"]

    def test_other_database_errors_are_not_tried_again(self):
        tries = []

        @action(needs="x")
        def fail(actor):
            tries.append(1)
            raise OperationalError("disk full")

        with pytest.raises(OperationalError):
            fail(SYSTEM)
        assert len(tries) == 1


@pytest.mark.django_db
class TestWatcher:
    """The watcher of tests/watch.py sees what it is there to see."""

    def test_write_without_an_entry_is_named(self, watched):
        @action(needs="x")
        def sneak(actor):
            Org.objects.create(name="quiet")

        sneak(SYSTEM)
        assert watched.silent() == [f"{__name__}.sneak wrote orgs_org without an audit entry"]
        watched.forget()

    def test_entry_of_an_inner_action_counts_for_the_outermost(self):
        @action(needs="x")
        def inner(actor):
            record(actor, "orgs.org.created", Org.objects.create(name="told"))

        @action(needs="x")
        def outer(actor):
            inner(actor)
            Admin.objects.create(email="x@example.com")

        with watched_writes() as writes:
            outer(SYSTEM)
        assert writes.silent() == []

    def test_failed_action_owes_no_entry(self):
        @action(needs="x")
        def fail(actor):
            Org.objects.create(name="gone")
            raise ValueError("after all")

        with watched_writes() as writes, pytest.raises(ValueError, match="after all"):
            fail(SYSTEM)
        assert writes.silent() == []

    def test_update_of_nothing_is_no_write(self):
        @action(needs="x")
        def miss(actor):
            Org.objects.filter(name="nobody").update(name="x")

        with watched_writes() as writes:
            miss(SYSTEM)
        assert writes.silent() == []

    def test_action_under_way_knows_what_it_runs_within(self):
        seen = []

        @action(needs="x")
        def inner(actor):
            seen.append(running.get())

        @action(needs="x")
        def outer(actor):
            inner(actor)

        outer(SYSTEM)
        assert [seen[0].name.rpartition(".")[2], seen[0].within.name.rpartition(".")[2]] == ["inner", "outer"]
        assert running.get() is None
