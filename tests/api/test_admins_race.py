"""Super Users who revoke, demote and leave at once: one is always left; a link works once. PostgreSQL only.

SUPER_USER_ROUNDS and INVITE_ROUNDS set the rounds; the figures of the acceptance test (RELIABILITY S5, S11)
are SUPER_USER_ROUNDS=1000, and INVITE_USES=100 for how many open a link at once.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest
from django.db import connection

from accounts import tokens
from accounts.actions.admins import revoke_admin, update_admin
from accounts.actions.invites import accept_invite, cancel_invite, resend_invite
from accounts.auth import actor_for
from accounts.last_super_user import super_users
from accounts.models import Admin, Privilege
from audit.models import Entry
from mistadmin.core.errors import Refusal
from orgs.models import Org
from tests.world import SYSTEM, grant, make_admin, make_invite

ROUNDS: Final = int(os.environ.get("SUPER_USER_ROUNDS", "15"))
LINKS: Final = int(os.environ.get("INVITE_ROUNDS", "5"))
USES: Final = int(os.environ.get("INVITE_USES", "20"))
THREADS: Final = 20
READ: Final = {"privileges": [{"scope": "org", "role": "read"}]}

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql",
        reason="needs PostgreSQL: SQLite lets one writer in at a time, so there is no race to lose",
    ),
]


class Crowd:
    """Threads with a database connection each, that act at the same moment."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._start = threading.Barrier(size)
        self._pool = ThreadPoolExecutor(size)

    def act(self, calls: Sequence[Callable[[], Any]]) -> list[Refusal | None]:
        """Do all of these at once; the refusal of each, None for what was done."""
        assert len(calls) == self._size
        return [one.result(timeout=120) for one in [self._pool.submit(self._one, call) for call in calls]]

    def leave(self) -> None:
        self.act([lambda: connection.close()] * self._size)
        self._pool.shutdown()

    def _one(self, call: Callable[[], Any]) -> Refusal | None:
        self._start.wait(timeout=120)
        try:
            call()
        except Refusal as refusal:
            return refusal
        return None


@pytest.fixture
def crowd() -> Iterator[Callable[[int], Crowd]]:
    made: list[Crowd] = []

    def gather(size: int) -> Crowd:
        made.append(Crowd(size))
        return made[-1]

    yield gather
    for one in made:
        one.leave()


def move(chance: random.Random, org: Org, admins: Sequence[Admin]) -> Callable[[], Any]:
    """Somebody revokes or demotes somebody, perhaps oneself."""
    actor, target = actor_for(chance.choice(admins)), chance.choice(admins)
    if chance.random() < 0.5:
        return lambda: revoke_admin(actor, org, admin=target)
    return lambda: update_admin(actor, org, admin=target, values=READ)


def test_a_super_user_is_always_left(crowd: Callable[[int], Crowd]) -> None:
    chance = random.Random(5)
    org = Org.objects.create(name="Acme")
    people = [make_admin(f"Super{number}") for number in range(5)]
    threads = crowd(THREADS)
    kept = []
    for _ in range(ROUNDS):
        Privilege.objects.filter(org=org).delete()
        admins = people[: chance.randint(2, 5)]
        for admin in admins:
            grant(admin, org, "super_user")
        refused = threads.act([move(chance, org, admins) for _ in range(THREADS)])
        kept.append(len(super_users(org)))
        assert {one.status for one in refused if one} <= {403, 404, 409}
        assert len(refused) - sum(1 for one in refused if one) >= 1
    assert min(kept) >= 1


def test_everybody_revokes_everybody_else(crowd: Callable[[int], Crowd]) -> None:
    """The worst case: as many as act at once are Super Users, and each throws out another."""
    org = Org.objects.create(name="Acme")
    people = [make_admin(f"Super{number}") for number in range(THREADS)]
    threads = crowd(THREADS)
    for _ in range(max(1, ROUNDS // 10)):
        Privilege.objects.filter(org=org).delete()
        for admin in people:
            grant(admin, org, "super_user")
        actors = [actor_for(one) for one in people]
        turned = [*people[1:], people[0]]
        threads.act(
            [
                lambda actor=actor, target=target: revoke_admin(actor, org, admin=target)
                for actor, target in zip(actors, turned, strict=True)
            ]
        )
        # Who was thrown out throws out nobody any more.
        revoked = Entry.objects.filter(event="accounts.member.revoked", org_id=org.id)
        assert len(super_users(org)) == THREADS - revoked.count() >= 1
        revoked.delete()


def test_a_link_that_many_open_at_once_works_once(crowd: Callable[[int], Crowd]) -> None:
    org, nora = Org.objects.create(name="Acme"), make_admin("Nora")
    threads = crowd(USES)
    for _ in range(LINKS):
        invite = make_invite(org, nora.email)
        token = tokens.invite_link(invite.id, invite.links)
        refused = threads.act([lambda token=token: accept_invite(actor_for(nora), token=token)] * USES)
        assert [str(one) for one in refused if one] == ["invalid secret"] * (USES - 1)
        assert Privilege.objects.filter(admin=nora, org=org).count() == 1
        Privilege.objects.all().delete()
    assert Entry.objects.filter(event="accounts.invite.accepted").count() == LINKS


def test_accepting_cancelling_and_resending_at_once_is_one_of_them(crowd: Callable[[int], Crowd]) -> None:
    org, nora = Org.objects.create(name="Acme"), make_admin("Nora")
    threads = crowd(3)
    for _ in range(LINKS):
        invite = make_invite(org, nora.email)
        token = tokens.invite_link(invite.id, invite.links)
        accepted, cancelled, resent = threads.act(
            [
                lambda token=token: accept_invite(actor_for(nora), token=token),
                lambda invite=invite: cancel_invite(SYSTEM, org, invite=invite),
                lambda invite=invite: resend_invite(SYSTEM, org, invite=invite),
            ]
        )
        held = Privilege.objects.filter(admin=nora, org=org).exists()
        assert held == (accepted is None)
        assert (accepted is None) != (cancelled is None)
        assert not (accepted is None and resent is None)
        Privilege.objects.all().delete()
