"""acme with an identity provider and a role, and the browser of somebody who comes in through it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from lxml import etree

from accounts.sso.models import Sso
from accounts.sso.saml import addresses
from tests.sso.idp import IdP, encoded
from tests.world import World, make_sso, make_sso_role

Send = Callable[..., Any]


@pytest.fixture
def idp() -> IdP:
    return IdP()


@pytest.fixture
def sso(world: World, idp: IdP) -> Sso:
    """The provider of acme; people with the role Operators are Network Admins."""
    make_sso_role(world.acme)
    return make_sso(world.acme, **idp.provider())


@pytest.fixture
def acs(sso: Sso) -> str:
    return addresses(sso).acs


@pytest.fixture
def send(sso: Sso) -> Send:
    """`send(root)`: a browser brings a response to our door; what was answered, with `.client`."""

    def bring(root: etree._Element | bytes, *, to: Sso = sso, **more: str) -> Any:
        client = Client(enforce_csrf_checks=True)
        form = {"SAMLResponse": encoded(root), **more}
        return client.post(f"/api/v1/saml/{to.domain}/login", form)

    return bring
