"""Codes and links that work once, used by many at the same moment: one gets in. PostgreSQL only.

SINGLE_USE_CALLERS sets how many; the figure of the acceptance test is SINGLE_USE_CALLERS=100.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any, Final

import pytest
from django.db import connection

from accounts import tokens
from accounts.actions import sign_up
from accounts.actions.email import ask_new_email, use_new_email
from accounts.actions.recovery import use_recovery
from accounts.actions.two_factor import confirm_two_factor, pass_second_factor
from accounts.auth import actor_for
from accounts.models import Admin, Privilege, Recovery, RecoveryCode
from audit.models import Entry
from inventory.leaving import delete_account
from mistadmin.core.access import Actor
from mistadmin.core.http import as_refusal
from orgs.models import Org
from tests.accounts.codes import code_of, enrol
from tests.portal.test_lists_race import at_once
from tests.world import PASSWORD, grant, make_admin, make_org

CALLERS: Final = int(os.environ.get("SINGLE_USE_CALLERS", "20"))
ROUNDS: Final = int(os.environ.get("LEAVING_ROUNDS", "5"))
NOBODY: Final = Actor.anonymous("192.0.2.1")

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql",
        reason="needs PostgreSQL: SQLite lets one writer in at a time, so there is no race to lose",
    ),
]


@pytest.fixture
def ada() -> Admin:
    return make_admin("Alma")


@pytest.fixture(autouse=True)
def _any_number_of_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five tries in a row are another test's; here many have the right code."""
    monkeypatch.setattr("accounts.second_factor._TRIES", 10_000)


def unless_refused(call: Callable[[], Any]) -> Any:
    """What the call answers; False when it is refused, as who waits too long for a lock is too."""
    try:
        return call()
    except Exception as error:
        if as_refusal(error) is None:
            raise
        return False


def successes(call: Callable[[], Any]) -> int:
    """How many of those who do the same at once succeed."""
    done: list[bool] = []

    def one() -> None:
        done.append(unless_refused(call) is not False)

    at_once([one] * CALLERS)
    assert len(done) == CALLERS
    return sum(done)


def test_a_new_address_gets_one_account_and_nobody_is_told_who_was_first() -> None:
    wish = {"email": "new@example.com", "password": PASSWORD, "first_name": "Nia", "last_name": "New"}
    callers = (Actor.anonymous(f"192.0.2.{number}") for number in count(1))
    assert successes(lambda: sign_up(next(callers), values=wish)) == CALLERS
    (made,) = Admin.objects.of_email("new@example.com")
    # Until somebody proves that it is theirs, the last to ask counts: each gets a link to the same account.
    told = Entry.objects.filter(event="accounts.admin.registered").values_list("object_id", flat=True)
    assert list(told) == [made.id] * CALLERS


def test_a_code_of_the_app(ada: Admin) -> None:
    code = code_of(enrol(ada)[0])
    assert successes(lambda: pass_second_factor(NOBODY, admin=ada, code=code)) == 1


def test_five_of_many_guesses_are_looked_at(ada: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    enrol(ada)
    looked: list[str] = []
    monkeypatch.setattr("accounts.second_factor._TRIES", 5)
    monkeypatch.setattr("accounts.second_factor.use_app_code", lambda factor, code: bool(looked.append(code)))
    assert successes(lambda: pass_second_factor(NOBODY, admin=ada, code="000000")) == 0
    assert len(looked) == min(CALLERS, 5)


def test_a_recovery_code(ada: Admin) -> None:
    code = enrol(ada)[1][0]
    assert successes(lambda: pass_second_factor(NOBODY, admin=ada, code=code)) == 1
    assert RecoveryCode.objects.count() == 9


def test_the_code_that_switches_it_on(ada: Admin) -> None:
    seed, _ = enrol(ada)
    Admin.objects.update(two_factor_since=None)
    actor, code = actor_for(ada), code_of(seed)
    assert successes(lambda: confirm_two_factor(actor, code=code)) == 1
    assert RecoveryCode.objects.count() == 10


def test_the_link_of_a_forgotten_password(ada: Admin) -> None:
    asked = Recovery.objects.create(email=ada.email)
    facts = {"asked": str(asked.id), "of": tokens.link_mark(ada.password)}
    token = tokens.sign_link("recover", facts)
    assert successes(lambda: use_recovery(NOBODY, token=token)) == 1


def test_the_link_of_a_new_address(ada: Admin) -> None:
    actor = actor_for(ada)
    ask_new_email(actor, values={"email": "new@example.com"})
    mark = tokens.link_mark(ada.password + ada.email)
    facts = {"admin": str(ada.id), "email": "new@example.com", "of": mark}
    token = tokens.sign_link("email", facts)
    assert successes(lambda: use_new_email(actor, token=token)) == 1


def test_one_super_user_is_left_when_all_leave_at_once(ada: Admin) -> None:
    gus = make_admin("Gwen")
    for number in range(ROUNDS):
        org = make_org(f"Acme {number}", by=gus)
        Privilege.objects.filter(org=org).delete()
        leaving = [make_admin(f"Super{number}x{one}") for one in range(4)]
        for admin in leaving:
            grant(admin, org, "super_user")
        grant(gus, org, "observer")
        actors = [actor_for(admin) for admin in leaving]
        at_once([partial(unless_refused, partial(delete_account, actor)) for actor in actors])
        left = Privilege.objects.filter(org=org, role="super_user")
        assert left.count() == 1
        assert Org.objects.filter(pk=org.pk).exists()
