"""Addresses that people enter are for their browsers: the server asks none of them (RELIABILITY S7)."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from itertools import product
from typing import Final

import pytest
from django.test import Client

from tests.client import ApiClient
from tests.sso.idp import IdP
from tests.world import World, make_sso

SCHEMES: Final = ("http:", "https:", "hTTps:", "ftp:", "gopher:", "file:", "dict:", "ldap:", "jar:http:", "")
# This machine, its neighbours and what clouds keep for their machines, as they get past careless filters.
HOSTS: Final = (
    *("127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0", "0.0.0.0", "localhost"),  # noqa: S104
    *("LOCALHOST.", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[0:0:0:0:0:ffff:7f00:1]", "127.0.0.1.nip.io"),
    *("user@127.0.0.1", "example.com@127.0.0.1", "127.0.0.1#@example.com", "①②⑦.⓪.⓪.①", "169.254.169.254"),
    *("metadata.google.internal", "10.0.0.1", "192.168.0.1", "[fd00::1]", "example.com%2f@127.0.0.1"),
)
PATHS: Final = ("/", "/%2e%2e/latest?next=http://127.0.0.1")


@pytest.fixture
def honeypot() -> Iterator[socket.socket]:
    """A port of this machine where nobody has business; whoever knocks waits in its queue."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


def entered(port: int) -> list[str]:
    """Every host under every scheme; the port of the honeypot stands where ports stand."""
    return [f"{scheme}//{host}:{port}{path}" for scheme, host, path in product(SCHEMES, HOSTS, PATHS)]


def test_none_is_asked_when_it_is_saved_read_or_used(
    world: World, api: Callable[[str], ApiClient], pay: Callable[[], int], honeypot: socket.socket
) -> None:
    urls, ada, org = entered(honeypot.getsockname()[1]), api("ada"), f"/orgs/{world.acme.id}"
    assert len(urls) >= 400
    sso = make_sso(world.acme, **IdP().provider())
    taken = 0
    for url in urls:
        status = ada.put(f"{org}/ssos/{sso.id}", {"idp_sso_url": url, "custom_logout_url": url}).status
        assert status in (200, 400), url
        taken += status == 200
        assert Client().get(f"/login/sso/{sso.domain}").status_code == 302
    assert taken, "a filter that refuses everything would show nothing"
    hooks = {"portal": {"external_portal_url": urls}, "webhooks": [{"url": url} for url in urls]}
    for kind in ("templates", "rftemplates", "deviceprofiles"):
        ada.post(f"{org}/{kind}", {"name": "Guest", **hooks}).ok()
    for path in (f"{org}/setting", f"/sites/{world.north.id}/setting"):
        ada.put(path, hooks).ok()
    pay()
    with pytest.raises(BlockingIOError):
        honeypot.accept()
