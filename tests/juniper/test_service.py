"""The stand-in itself: what it refuses, its pages, and its command."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from deviceapi.simulator.juniper.catalog import ACCOUNTS, Sold, asset, sold_to
from deviceapi.simulator.juniper.cli import claimed_of, main
from deviceapi.simulator.juniper.server import AccountService, token_of
from orgs.juniper.client import Asset
from tests.juniper.conftest import CLINICS, HOSPITAL
from tests.world import World, make_devices

Service = Callable[..., AccountService]


def call(server: AccountService, method: str, path: str, body: bytes = b"", token: str = "") -> Any:
    connection = http.client.HTTPConnection(urlsplit(server.address).netloc, timeout=10)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    connection.request(method, path, body or None, headers)
    answer = connection.getresponse()
    content = json.load(answer)
    connection.close()
    return answer.status, content


def test_it_refuses_what_it_does_not_know(service: Service) -> None:
    server = service()
    good = json.dumps({"username": HOSPITAL.username, "password": HOSPITAL.password}).encode()
    for method, path, body, token, status in (
        ("POST", "/v1/tokens", good, "", 200),
        ("POST", "/v1/tokens", b'{"username": "x"}', "", 401),
        ("POST", "/v1/tokens", b"[]", "", 400),
        ("POST", "/v1/tokens", b"{", "", 400),
        ("POST", "/v1/tokens", b" " * 20_000, "", 400),
        ("POST", "/elsewhere", good, "", 404),
        ("GET", "/elsewhere", b"", token_of(HOSPITAL), 404),
        ("GET", "/v1/assets", b"", "", 401),
        ("GET", "/v1/assets", b"", token_of(HOSPITAL)[:-1], 401),
        ("GET", "/v1/assets?limit=0", b"", token_of(HOSPITAL), 400),
        ("GET", "/v1/assets?limit=many", b"", token_of(HOSPITAL), 400),
    ):
        assert call(server, method, path, body, token)[0] == status, (method, path, body)


def test_pages_have_everything_once(service: Service) -> None:
    server, seen, after = service([Sold("JW4200000001", "EX4100-48P")]), [], ""
    while after is not None:
        _, page = call(server, "GET", f"/v1/assets?limit=7&after={after}", token=token_of(HOSPITAL))
        seen += [one["serial"] for one in page["assets"]]
        after = page["next"]
    assert seen == sorted({one.serial for one in server.sold[HOSPITAL.id]})
    assert "JW4200000001" in seen


def test_it_says_the_same_of_a_device_each_time_in_words_the_client_knows() -> None:
    today = date(2026, 5, 1)
    for account in ACCOUNTS:
        told = [asset(one, account, today) for one in sold_to(account, ())]
        assert told == [asset(one, account, today) for one in sold_to(account, ())]
        assert len([Asset.model_validate(one) for one in told]) == 49
    shared = set(sold_to(HOSPITAL, ())) & set(sold_to(CLINICS, ()))
    assert len(shared) == 1


def test_what_an_organization_has_claimed_was_sold(world: World) -> None:
    (device,) = make_devices(world.north)
    assert claimed_of("Acme") == [Sold(device.serial, device.model)]
    with pytest.raises(ValueError, match="0 organizations"):
        claimed_of("Nobody")


@pytest.mark.parametrize(
    ("content", "problem"),
    [(None, "No such file"), ("{", "Expecting"), ("[1]", "no serial"), ('[{"serial": "A"}]', "no serial")],
)
def test_command_says_what_is_wrong_with_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, problem: str
) -> None:
    file = tmp_path / "sold.json"
    if content is not None:
        file.write_text(content)
    assert main(["--port", "0", "--assets", str(file)]) == 2
    assert problem in capsys.readouterr().err
