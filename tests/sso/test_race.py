"""One assertion, brought by many at once: the database lets one in. PostgreSQL only."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, Final

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Admin, Privilege, SsoGrant, SsoRole
from accounts.oauth import actions as oauth
from accounts.oauth.client import Person
from accounts.oauth.models import OauthIdentity
from accounts.sso import actions
from accounts.sso.guard import Refused
from accounts.sso.models import SsoIdentity
from accounts.sso.saml import Asserted
from mistadmin.core import tenancy
from mistadmin.core.errors import Invalid
from orgs.models import Org
from tests.world import SYSTEM, make_admin, make_sso, make_sso_role

# RELIABILITY S11 asks for 100.
AT_ONCE: Final = int(os.environ.get("SSO_RACE", "12"))

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql",
        reason="needs PostgreSQL: SQLite lets one writer in at a time, so there is no race to lose",
    ),
]


def at_once(call: Any, count: int = AT_ONCE) -> list[str]:
    """What came of the call, made by so many at one moment: "in" or the refusal."""
    start = threading.Barrier(count)

    def one(number: int) -> str:
        start.wait(timeout=30)
        try:
            call(number)
            return "in"
        except (Refused, Invalid) as refusal:
            return str(refusal)
        finally:
            connection.close()

    with ThreadPoolExecutor(count, initializer=tenancy.enter, initargs=(tenancy.ALL,)) as pool:
        return list(pool.map(one, range(count)))


@pytest.fixture
def sso() -> Any:
    org = Org.objects.create(name="Acme")
    make_sso_role(org)
    return make_sso(org)


def asserted(number: int = 0) -> Asserted:
    until = timezone.now() + timedelta(minutes=5)
    return Asserted("nina@example.org", f"_a{number}", "", until, {"Role": ["Operators"]})


def test_an_assertion_lets_in_once(sso: Any) -> None:
    said = at_once(lambda _: actions.accept(SYSTEM, sso, asserted=asserted()))
    assert said.count("in") == 1
    assert set(said) == {"in", "The answer of the identity provider has been used before."}
    assert SsoIdentity.objects.count() == 1


def test_first_log_ins_of_one_person_make_one_account(sso: Any) -> None:
    said = at_once(lambda number: actions.accept(SYSTEM, sso, asserted=asserted(number)), 6)
    assert said == ["in"] * 6
    assert Admin.objects.filter(via_sso=True).count() == 1
    assert Admin.objects.get(via_sso=True).privileges.count() == 1


def test_a_log_in_and_a_change_of_its_role_follow_one_another(sso: Any) -> None:
    role = SsoRole.objects.get()
    changes = [{"privileges": [{"scope": "org", "role": kind}]} for kind in ("read", "write", "helpdesk")]

    def either(number: int) -> None:
        if number % 2:
            actions.update_role(SYSTEM, SsoRole.objects.get(pk=role.pk), changes=changes[number % 3])
        else:
            actions.accept(SYSTEM, sso, asserted=asserted(number))

    for start in range(0, 40, 8):
        assert at_once(lambda number, start=start: either(start + number), 8) == ["in"] * 8
        granted = set(SsoGrant.objects.values_list("role", flat=True))
        held = Privilege.objects.filter(admin__via_sso=True)
        assert set(held.values_list("role", flat=True)) == granted


def test_an_attempt_with_google_lets_in_once(db: None) -> None:
    admin = make_admin("Alma")
    OauthIdentity.objects.create(admin=admin, issuer="https://i", subject="1")
    person = Person("https://i", "1", "", "0" * 64, "/")
    said = at_once(lambda _: oauth.accept(SYSTEM, person=person))
    assert said.count("in") == 1
