"""Not one of the bad responses lets anybody in: each alone, and all of them at our door."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from django.test import Client
from lxml import etree

from accounts.models import Admin
from accounts.sso import views
from accounts.sso.guard import Refused
from accounts.sso.models import Sso, SsoFailure, SsoIdentity, SsoUse
from accounts.sso.saml import addresses, read_response
from tests.sso.idp import IdP
from tests.sso.mutants import MUTANTS

for _kind in ("wrapped", "tampered", "misdirected"):
    import_module(f"tests.sso.{_kind}")  # each adds its own

XSW = [name for name in MUTANTS if name.startswith("xsw")]


class Provider:
    """acme's provider as it would come from the database."""

    domain = "s4t5vwv8"

    def __init__(self, idp: IdP) -> None:
        self.document = idp.provider()


def test_there_are_enough_of_them() -> None:
    assert len(XSW) == 10
    assert len(MUTANTS) - len(XSW) >= 40


def test_the_good_one_is_good(idp: IdP) -> None:
    provider = Provider(idp)
    acs = addresses(provider).acs
    said = read_response(provider, etree.tostring(idp.signed(acs)))
    assert (said.name_id, said.attributes) == ("nina@example.org", {"Role": ["Operators"]})


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_proves_nothing(idp: IdP, name: str) -> None:
    provider = Provider(idp)
    raw = MUTANTS[name](idp, addresses(provider).acs)
    with pytest.raises(Refused) as refusal:
        read_response(provider, raw)
    assert str(refusal.value).endswith(".")


def test_at_the_door_nobody_comes_in_and_reasons_are_kept(
    sso: Sso, idp: IdP, acs: str, send: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "_REFUSED_PER_MINUTE", 10_000)
    people = Admin.objects.count()
    statuses = {name: send(make(idp, acs)).status_code for name, make in MUTANTS.items()}
    assert {name: status for name, status in statuses.items() if status != 403} == {}
    assert (Admin.objects.count(), SsoIdentity.objects.count(), SsoUse.objects.count()) == (people, 0, 0)
    assert SsoFailure.objects.filter(sso=sso).count() == min(len(MUTANTS), 100)
    # After all of that the door still opens to the right people.
    assert send(idp.signed(acs)).status_code == 302


def test_an_algorithm_may_not_be_weaker_than_was_agreed(sso: Sso, idp: IdP, acs: str) -> None:
    sso.document["idp_sign_algo"] = "sha512"
    with pytest.raises(Refused, match="rsa-sha256 is weaker than SHA-512"):
        read_response(sso, etree.tostring(idp.signed(acs)))


@pytest.mark.parametrize("field", [{}, {"SAMLResponse": "***"}, {"SAMLResponse": "A" * 600_000}])
def test_what_is_no_message_at_all(sso: Sso, field: dict[str, str]) -> None:
    assert Client().post(f"/api/v1/saml/{sso.domain}/login", field).status_code == 403
