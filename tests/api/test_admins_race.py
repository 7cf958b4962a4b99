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
from django.db.models import F

from accounts import tokens
from accounts.actions.admins import revoke_admin, update_admin
from accounts.actions.invites import accept_invite, cancel_invite, resend_invite
from accounts.auth import actor_for
from accounts.last_super_user import super_users
from accounts.models import Admin, Privilege
from accounts.msps import assign_orgs, leave_msp, unassign_orgs
from accounts.orggroups import create_orggroup
from accounts.reach import at
from audit.models import Entry
from mistadmin.core import tenancy
from mistadmin.core.errors import Refusal
from orgs.models import Msp, Org, OrgGroup
from orgs.msps import delete_msp
from tests.world import SYSTEM, grant, grant_at, make_admin, make_invite, make_msp, make_org

ROUNDS: Final = int(os.environ.get("SUPER_USER_ROUNDS", "15"))
LINKS: Final = int(os.environ.get("INVITE_ROUNDS", "5"))
USES: Final = int(os.environ.get("INVITE_USES", "20"))
THREADS: Final = 20

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
        self._pool = ThreadPoolExecutor(size, initializer=tenancy.enter, initargs=(tenancy.ALL,))

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


def move(chance: random.Random, tenant: Org | Msp, admins: Sequence[Admin]) -> Callable[[], Any]:
    """Somebody revokes or demotes somebody, perhaps oneself."""
    actor, target = actor_for(chance.choice(admins)), chance.choice(admins)
    if chance.random() < 0.5:
        return lambda: revoke_admin(actor, tenant, admin=target)
    read = {"privileges": [{"scope": "msp" if tenant.is_msp else "org", "role": "read"}]}
    return lambda: update_admin(actor, tenant, admin=target, values=read)


@pytest.mark.parametrize("kind", [Org, Msp])
def test_a_super_user_is_always_left(crowd: Callable[[int], Crowd], kind: type[Org] | type[Msp]) -> None:
    chance = random.Random(5)
    tenant = kind.objects.create(name="Acme")
    people = [make_admin(f"Super{number}") for number in range(5)]
    threads = crowd(THREADS)
    kept = []
    for _ in range(ROUNDS):
        Privilege.objects.all().delete()
        admins = people[: chance.randint(2, 5)]
        for admin in admins:
            Privilege.objects.create(admin=admin, **at(tenant), role="super_user")
        refused = threads.act([move(chance, tenant, admins) for _ in range(THREADS)])
        kept.append(len(super_users(tenant)))
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


def test_an_organization_that_two_msps_assign_at_once_is_in_one(crowd: Callable[[int], Crowd]) -> None:
    ada = make_admin("Alma")
    org = make_org("Acme", by=ada)
    msps = [make_msp(name, by=ada) for name in ("Umbrella", "Rival")]
    threads = crowd(2)
    for _ in range(ROUNDS):
        refused = threads.act(
            [lambda msp=msp: assign_orgs(actor_for(ada), msp, org_ids=[org.id]) for msp in msps]
        )
        org.refresh_from_db()
        assert [one is None for one in refused] == [msp.id == org.msp_id for msp in msps]
        leave_msp(actor_for(ada), org)


def test_of_assigning_unassigning_leaving_and_deleting_at_once_no_half_is_left(
    crowd: Callable[[int], Crowd],
) -> None:
    """Nothing deadlocks, no organization is left in the groups or under the id of an MSP it is not in."""
    ada = make_admin("Alma")
    org, other = make_org("Acme", by=ada), make_org("Other", by=ada)
    threads = crowd(4)
    for turn in range(ROUNDS):
        msp = make_msp(f"MSP {turn}", by=ada)
        assign_orgs(actor_for(ada), msp, org_ids=[org.id])
        create_orggroup(SYSTEM, msp, values={"name": "All", "org_ids": [str(org.id)]})
        actor, loaded = actor_for(ada), Org.objects.get(id=org.id)
        refused = threads.act(
            [
                lambda msp=msp, actor=actor: assign_orgs(actor, msp, org_ids=[other.id, org.id]),
                lambda msp=msp, actor=actor: unassign_orgs(actor, msp, org_ids=[org.id]),
                lambda actor=actor, loaded=loaded: leave_msp(actor, loaded),
                lambda msp=msp, actor=actor: delete_msp(actor, msp),
            ]
        )
        assert {one.status for one in refused if one} <= {400, 403, 404, 409}
        links = OrgGroup.orgs.through.objects.exclude(org__msp=F("orggroup__msp"))
        assert not links.exists()
        for one in Org.objects.exclude(msp=None):
            leave_msp(actor_for(ada), one)


def test_who_is_thrown_out_of_an_msp_assigns_nothing_any_more(crowd: Callable[[int], Crowd]) -> None:
    ada, sue = make_admin("Alma"), make_admin("Sue")
    org, msp = make_org("Acme", by=ada), make_msp("Umbrella", by=sue)
    threads = crowd(2)
    for _ in range(ROUNDS):
        grant_at(msp, ada, "super_user")
        actor = actor_for(ada)
        assigned, revoked = threads.act(
            [
                lambda actor=actor: assign_orgs(actor, msp, org_ids=[org.id]),
                lambda: revoke_admin(actor_for(sue), msp, admin=ada),
            ]
        )
        org.refresh_from_db()
        assert revoked is None
        assert (assigned is None) == (org.msp_id is not None)
        if org.msp_id:
            leave_msp(actor_for(ada), org)
