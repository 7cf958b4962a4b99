"""Who is kept out: one answer for every reason, the true one in the log, a pause after repeated failures."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection
from structlog.testing import capture_logs

from deviceapi import signing
from deviceapi.views import ADDRESS_TRIES, CLOCK_SKEW, DEVICE_TRIES, WINDOW_SECONDS
from inventory.manufacturing import MadeUnit
from inventory.models import Device, Unit
from mistadmin.core import throttle
from tests.deviceapi.calls import call, headers, post, report
from tests.world import make_units

REFUSAL = {"detail": "The call was not accepted."}


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    with capture_logs() as entries:
        yield entries


def reasons(logged: list[Any]) -> list[str]:
    return [entry["reason"] for entry in logged if entry["event"] == "device.refused"]


def unknown() -> MadeUnit:
    return MadeUnit("5c5b35000000", "A0745000", "AP45", "ap", "", "0" * 64)


def assert_refused(answer: Any) -> None:
    assert (answer.status_code, answer.json()) == (401, REFUSAL)
    assert answer["WWW-Authenticate"] == "Device"


def test_wrong_secret_is_refused(unit: MadeUnit, logged: list[Any]) -> None:
    assert_refused(call(unit, secret="f" * 64))
    assert reasons(logged) == ["wrong secret"]
    assert Device.objects.get(mac=unit.mac).last_seen is None


def test_unknown_mac_gets_the_same_answer(unit: MadeUnit, logged: list[Any]) -> None:
    wrong, strange = call(unit, secret="f" * 64), call(unknown())
    assert_refused(strange)
    assert strange.content == wrong.content
    assert dict(strange.headers) | {"X-Request-Id": ""} == dict(wrong.headers) | {"X-Request-Id": ""}
    assert reasons(logged) == ["wrong secret", "unknown MAC"]


def test_secret_of_another_unit_is_refused(unit: MadeUnit, spare: MadeUnit) -> None:
    assert_refused(call(unit, secret=spare.secret))


@pytest.mark.parametrize("field", ["body", "time", "path"])
def test_what_was_signed_cannot_be_changed(unit: MadeUnit, field: str) -> None:
    body = json.dumps(report(unit)).encode()
    signed = headers(unit, body)
    if field == "body":
        body = body.replace(b"3600", b"3601")
    elif field == "time":
        signed[signing.TIME_HEADER] = f"{time.time() + 1:.6f}"
    else:
        message = signing.canonical("POST", "/device/v1/other", signed[signing.TIME_HEADER], body)
        signed[signing.SIGNATURE_HEADER] = signing.sign(unit.secret, message)
    assert_refused(post(body, signed))


def test_call_is_accepted_once(unit: MadeUnit, logged: list[Any]) -> None:
    body = json.dumps(report(unit)).encode()
    signed = headers(unit, body)
    assert post(body, signed).status_code == 200
    assert_refused(post(body, signed))
    assert reasons(logged) == ["replayed or older than the last accepted call"]


def test_call_older_than_the_last_accepted_is_refused(unit: MadeUnit) -> None:
    now = time.time()
    assert call(unit, at=now).status_code == 200
    assert_refused(call(unit, at=now - 0.000_01))
    assert call(unit, at=now + 0.000_01).status_code == 200


@pytest.mark.parametrize("skew", [-CLOCK_SKEW - 5, CLOCK_SKEW + 5])
def test_stale_time_is_refused(unit: MadeUnit, logged: list[Any], skew: int) -> None:
    assert_refused(call(unit, at=time.time() + skew))
    assert reasons(logged) == ["stale time"]


@pytest.mark.parametrize("skew", [-CLOCK_SKEW + 5, CLOCK_SKEW - 5])
def test_clock_that_is_a_little_off_is_accepted(unit: MadeUnit, skew: int) -> None:
    assert call(unit, at=time.time() + skew).status_code == 200


@pytest.mark.parametrize(
    "at", ["", "now", "-5", "1e9", "1764000000.1234567", "٣", "1 ", "1,5", "9" * 40, "NaN"]
)
def test_malformed_time_is_refused(unit: MadeUnit, logged: list[Any], at: str) -> None:
    assert_refused(call(unit, at=at))
    assert reasons(logged) == ["malformed headers"]


@pytest.mark.parametrize("mac", ["", "zz5b35000000", "5c5b350000", "5c5b35000000" * 2, "' OR 1=1 --"])
def test_malformed_mac_is_refused(unit: MadeUnit, mac: str) -> None:
    body = json.dumps(report(unit)).encode()
    assert_refused(post(body, headers(unit, body) | {signing.MAC_HEADER: mac}))


@pytest.mark.parametrize("signature", ["", "abc", "g" * 64, "é" * 64, "0" * 63, "0" * 65])
def test_malformed_signature_is_refused(unit: MadeUnit, signature: str) -> None:
    body = json.dumps(report(unit)).encode()
    assert_refused(post(body, headers(unit, body) | {signing.SIGNATURE_HEADER: signature}))


@pytest.mark.parametrize("name", [signing.MAC_HEADER, signing.TIME_HEADER, signing.SIGNATURE_HEADER])
def test_missing_header_is_refused(unit: MadeUnit, name: str) -> None:
    body = json.dumps(report(unit)).encode()
    signed = headers(unit, body)
    del signed[name]
    assert_refused(post(body, signed))


def test_other_spellings_of_mac_and_signature_are_accepted(unit: MadeUnit) -> None:
    body = json.dumps(report(unit)).encode()
    signed = headers(unit, body)
    signed[signing.MAC_HEADER] = ":".join(unit.mac[i : i + 2] for i in range(0, 12, 2)).upper()
    signed[signing.SIGNATURE_HEADER] = signed[signing.SIGNATURE_HEADER].upper()
    assert post(body, signed).status_code == 200


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"  ",
        b"{",
        b"[]",
        b"[{}]",
        b'"text"',
        b"null",
        b"\xff\xfe",
        b'{"version": "1\\u0000"}',
        b'{"lldp": {"port_desc": "a\\u0000b"}}',
        b'{"dns_suffix": "a\x00"}',
        b'{"uptime": -1}',
        b'{"uptime": "long"}',
        b'{"uptime": 1e400}',
        b'{"uptime": 99999999999999999999}',
        b'{"uptime": null}',
        b'{"version": 5}',
        b'{"ip": ["10.0.0.1"]}',
        b'{"ip": null}',
        b'{"lldp": []}',
        b'{"lldp": "switch"}',
        b'{"lldp": {"system_name": 5}}',
        b'{"lldp": {"system_name": "' + b"x" * 300 + b'"}}',
        b'{"dns_suffix": "\\ud800"}',
        b'{"hostname": "' + b"x" * 300 + b'"}',
        b"[" * 2000,
    ],
)
def test_malformed_body_is_a_bad_request_and_can_be_corrected(unit: MadeUnit, raw: bytes) -> None:
    now = time.time()
    answer = post(raw, headers(unit, raw, at=now))
    assert answer.status_code == 400
    assert answer.json()["detail"]
    assert Device.objects.get(mac=unit.mac).last_seen is None
    # It did not count as the call of that time.
    assert call(unit, at=now).status_code == 200


def test_bad_field_is_named(unit: MadeUnit) -> None:
    detail = call(unit, report(unit, uptime=-1, lldp={"port_desc": "x" * 300})).json()["detail"]
    assert "uptime" in detail
    assert "lldp.port_desc" in detail


def test_malformed_body_of_a_stranger_is_only_refused(unit: MadeUnit) -> None:
    assert_refused(post(b"[", headers(unit, b"[", secret="f" * 64)))


def test_body_over_the_limit_is_refused(unit: MadeUnit) -> None:
    body = b" " * (5 * 1024 * 1024 + 1)
    answer = post(body, headers(unit, body))
    assert answer.status_code == 413
    assert answer.json()["detail"]


def test_failed_storage_does_not_burn_the_call(unit: MadeUnit, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no disk")

    with monkeypatch.context() as patch:
        patch.setattr("inventory.telemetry.outbox.owe", broken)
        with pytest.raises(RuntimeError):
            call(unit, at=now)
    assert Unit.objects.get(mac=unit.mac).last_call_at == 0
    assert call(unit, at=now).status_code == 200


def test_repeated_failures_pause_the_device_at_this_address_only(unit: MadeUnit, logged: list[Any]) -> None:
    for _ in range(DEVICE_TRIES):
        assert_refused(call(unit, secret="f" * 64))
    paused = call(unit, secret="f" * 64)
    assert paused.status_code == 429
    assert paused["Retry-After"] == str(WINDOW_SECONDS)
    assert [e["event"] for e in logged].count("device.paused") == 1
    # Whoever guesses at another address starts anew, and the unit itself is silenced by nobody.
    body = json.dumps(report(unit)).encode()
    assert post(body, headers(unit, body, secret="f" * 64), REMOTE_ADDR="192.0.2.7").status_code == 401
    assert call(unit).status_code == 200


def test_paused_device_does_not_silence_its_neighbours(unit: MadeUnit) -> None:
    for _ in range(DEVICE_TRIES + 5):
        call(unknown())
    assert call(unknown()).status_code == 429
    assert call(unit).status_code == 200


def test_address_that_tries_many_devices_is_paused(unit: MadeUnit) -> None:
    for _ in range(ADDRESS_TRIES - 1):
        throttle.count("device:127.0.0.1", seconds=WINDOW_SECONDS)
    assert_refused(call(unknown()))
    assert call(unknown()).status_code == 429
    assert call(unit).status_code == 200


def test_busy_database_asks_to_call_again(unit: MadeUnit, monkeypatch: pytest.MonkeyPatch) -> None:
    def held(*_: object, **__: object) -> None:
        raise OperationalError("canceling statement due to lock timeout")

    monkeypatch.setattr("inventory.telemetry.check_in", held)
    answer = call(unit)
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_calls_at_once_exactly_one_is_accepted() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer: two calls are never under way at once")
    for unit in make_units(count=10):
        assert sorted(at_once(4, unit)) == [200, 401, 401, 401]


def at_once(count: int, unit: MadeUnit) -> list[int]:
    """The answers to calls of one unit with one time, all sent at the same moment."""
    now, start, codes = time.time(), threading.Barrier(count), []

    def caller() -> None:
        start.wait()
        try:
            codes.append(call(unit, at=now).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=caller) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return codes
