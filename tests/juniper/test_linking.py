"""Linking Juniper accounts over the API, against the stand-in that the simulator ships."""

from __future__ import annotations

import json
import socket
from datetime import timedelta

import pytest
import time_machine
import trustme
from django.utils import timezone

from audit.models import Entry
from deviceapi.simulator.juniper.catalog import Sold
from inventory import installed_base
from inventory.models import InstalledDevice
from mistadmin.core.models import Outbox
from orgs.juniper.client import Problem, read_assets
from orgs.models import JuniperAccount
from tests.juniper.conftest import CLINICS, HOSPITAL
from tests.world import call_in, make_devices, make_org

MADE = {"serial", "model", "type", "org_id", "master"}


def link(client, world, account=HOSPITAL, password=None):
    body = {"username": account.username, "password": password or account.password}
    return client.post(f"/orgs/{world.acme.id}/setting/juniper/link_accounts", body)


def unlink(client, world, body):
    path = f"/orgs/{world.acme.id}/setting/juniper/unlink_account"
    return client.send("DELETE", path, json.dumps(body).encode())


def serials(account):
    return set(InstalledDevice.objects.filter(account__name=account.name).values_list("serial", flat=True))


def test_linking_fills_the_installed_base_and_shows_what_is_claimed(api, world, service, pay):
    (device,) = make_devices(world.north, model="EX4100-48P")
    call_in([device], ext_ip="192.0.2.7")
    # Whether this one has support depends on its serial; a few of them have for certain.
    more = [Sold(f"JW42{number:08d}", "EX4100-48P") for number in range(8)]
    service([Sold(device.serial, device.model), *more])
    ada, base = api("ada"), f"/orgs/{world.acme.id}"
    linked = {"name": HOSPITAL.name, "linked_by": "Ada Admin (ada@example.com)"}
    assert link(ada, world).ok() == {"accounts": [linked]}
    assert ada.get(f"{base}/setting").ok()["juniper"] == {"accounts": [linked]}
    assert ada.get(f"{base}/jsi/inventory").ok() == []
    pay()
    rows = ada.get(f"{base}/jsi/inventory").ok()
    assert len(rows) > 20
    assert all(row.keys() >= MADE and row["type"] != "router" for row in rows)
    assert {row["serial"] for row in rows} == serials(HOSPITAL)
    account = JuniperAccount.objects.get()
    assert account.left_out > 0
    assert (account.problem, account.is_waiting) == ("", False)
    for row in rows:
        assert (row.get("status") == "connected") == (row["serial"] == device.serial)
    if device.serial in serials(HOSPITAL):
        (live,) = ada.get(f"{base}/jsi/devices").ok()
        assert (live["mac"], live["serial"]) == (device.mac, device.serial)


def test_password_is_nowhere_and_the_token_is_sealed(api, world, service, pay, caplog):
    service()
    link(api("ada"), world).ok()
    pay()
    row = JuniperAccount.objects.get()
    token = bytes(row.token)
    assert HOSPITAL.id.encode() not in token
    everything = [
        *(str((entry.message, entry.before, entry.after)) for entry in Entry.objects.all()),
        *(str((work.payload, work.last_error)) for work in Outbox.objects.all()),
        *(str(value) for value in JuniperAccount.objects.values().get().values()),
        caplog.text,
    ]
    assert not [text for text in everything if HOSPITAL.password in text]


def test_wrong_password_is_refused_at_its_field_and_paused_after_ten(api, world, service, owed):
    service()
    for _ in range(10):
        refused = link(api("ada"), world, password="wrong").expect(400)
        assert set(refused["fields"]) == {"password"}
    link(api("ada"), world, password="wrong").expect(429)
    assert not JuniperAccount.objects.exists()
    assert "orgs.juniper.linked" not in dict(owed())


def test_an_account_is_linked_once_and_several_can_be(api, world, service, pay):
    service()
    ada = api("ada")
    link(ada, world).ok()
    again = link(ada, world).expect(400)
    assert again == {"detail": f"Account[{HOSPITAL.name}] already linked"}
    link(ada, world, CLINICS).ok()
    pay()
    hospital, clinics = serials(HOSPITAL), serials(CLINICS)
    (both,) = hospital & clinics
    listed = [row["serial"] for row in ada.get(f"/orgs/{world.acme.id}/jsi/inventory", limit=1000).ok()]
    assert sorted(listed) == sorted(hospital | clinics)
    counted = ada.get(f"/orgs/{world.acme.id}/jsi/inventory/count", distinct="account_id").ok()["results"]
    assert sum(row["count"] for row in counted) == len(listed)
    unlink(ada, world, {"name": HOSPITAL.name}).ok()
    assert serials(CLINICS) == clinics
    assert not serials(HOSPITAL)
    left = {row["serial"] for row in ada.get(f"/orgs/{world.acme.id}/jsi/inventory", limit=1000).ok()}
    assert left == clinics
    assert both in left


def test_another_organization_may_link_the_same_account(api, world, service, pay):
    service()
    link(api("ada"), world).ok()
    path = f"/orgs/{world.globex.id}/setting/juniper/link_accounts"
    body = {"username": HOSPITAL.username, "password": HOSPITAL.password}
    api("gus").post(path, body).ok()
    pay()
    unlink(api("ada"), world, {"accounts": [{"name": HOSPITAL.name}]}).ok()
    api("ada").get(f"/orgs/{world.acme.id}/jsi/inventory").expect(400)
    assert api("gus").get(f"/orgs/{world.globex.id}/jsi/inventory").ok()


def test_accounts_of_one_name_are_told_apart_by_who_linked_them(api, world, service):
    service()
    link(api("ada"), world).ok()
    first = JuniperAccount.objects.get()
    JuniperAccount.objects.create(
        org=world.acme, account_id="other", name=first.name, linked_by="Wes", token=b""
    )
    refused = unlink(api("ada"), world, {"name": first.name}).expect(400)
    assert set(refused["fields"]) == {"linked_by"}
    unlink(api("ada"), world, {"name": "Nobody"}).expect(400)
    unlink(api("ada"), world, {"accounts": []}).expect(400)
    unlink(api("ada"), world, {"name": first.name, "linked_by": "Wes"}).ok()
    assert JuniperAccount.objects.get() == first


def test_lists_say_when_nothing_is_linked(api, world):
    for path in ("devices", "inventory", "inventory/search", "inventory/count"):
        refused = api("otto").get(f"/orgs/{world.acme.id}/jsi/{path}").expect(400)
        assert refused == {"detail": "no juniper account linked"}


def test_without_a_service_it_says_who_can_help(api, world):
    assert "MISTADMIN_JUNIPER_URL" in link(api("ada"), world).expect(400)["detail"]


def test_credentials_have_to_be_texts(api, world, service):
    service()
    path = f"/orgs/{world.acme.id}/setting/juniper/link_accounts"
    for body in ({}, {"username": 1, "password": []}, {"username": "a", "password": "x" * 300}):
        assert "password" in api("ada").post(path, body).expect(400)["fields"]


def test_what_get_shows_of_accounts_is_not_taken_back(api, world):
    path = f"/orgs/{world.acme.id}/setting"
    api("ada").put(path, {"juniper": {"accounts": [{"name": "Mine"}]}, "ui_idle_timeout": 10}).ok()
    assert api("ada").get(path).ok()["juniper"] == {"accounts": []}
    world.acme.refresh_from_db()
    assert world.acme.setting == {"ui_idle_timeout": 10}


def test_service_down_keeps_the_devices_and_says_so_until_it_is_back(api, world, service, pay, settings):
    service()
    link(api("ada"), world).ok()
    pay()
    known, up = serials(HOSPITAL), settings.JUNIPER_URL
    settings.JUNIPER_URL = "http://127.0.0.1:9"
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
        installed_base.owe_due()
        pay()
        row = JuniperAccount.objects.get()
        assert row.problem == "The account service does not answer."
        assert row.refreshed_at < row.tried_at
        assert serials(HOSPITAL) == known
        assert len(api("otto").get(f"/orgs/{world.acme.id}/jsi/inventory", limit=1000).ok()) == len(known)
        installed_base.owe_due()
        assert not Outbox.objects.filter(done_at=None)
    settings.JUNIPER_URL = up
    # Not a day later: after a problem it is tried again within the hour.
    with time_machine.travel(timezone.now() + timedelta(days=1, hours=1, minutes=2)):
        installed_base.owe_due()
        pay()
        assert JuniperAccount.objects.get().problem == ""


def test_a_link_that_the_service_took_back_asks_to_be_linked_again(api, world, service, pay, odd):
    service()
    link(api("ada"), world).ok()
    odd(401, b"{}")
    pay()
    row = JuniperAccount.objects.get()
    assert "link it again" in row.problem
    assert row.refreshed_at is None


def test_token_whose_master_key_is_gone_asks_to_be_linked_again(api, world, service, pay, settings):
    service()
    link(api("ada"), world).ok()
    settings.MASTER_KEYS = [("other", b"x" * 32)]
    pay()
    assert "link it again" in JuniperAccount.objects.get().problem
    unlink(api("ada"), world, {"name": HOSPITAL.name}).ok()


def test_refresh_of_an_account_that_was_unlinked_meanwhile_changes_nothing(api, world, service, pay):
    service()
    link(api("ada"), world).ok()
    unlink(api("ada"), world, {"name": HOSPITAL.name}).ok()
    pay()
    assert not InstalledDevice.objects.exists()


def test_older_answer_does_not_replace_a_newer_one(api, world, service, pay):
    service()
    link(api("ada"), world).ok()
    pay()
    account = JuniperAccount.objects.get()
    installed_base.replace_devices(account.pk, [], began=account.refreshed_at - timedelta(seconds=1))
    assert serials(HOSPITAL)


def test_deleting_an_organization_forgets_its_accounts(api, world, service, pay):
    service()
    world.acme = make_org("Brief", by=world.ada.admin)
    link(api("ada"), world).ok()
    pay()
    api("ada").delete(f"/orgs/{world.acme.id}").ok()
    assert not JuniperAccount.objects.exists()
    assert not InstalledDevice.objects.exists()


_SHORT = {"serial": "A", "model": "EX", "type": "switch"}


@pytest.mark.parametrize(
    ("status", "body", "headers", "said"),
    [
        (302, b"", {"Location": "http://127.0.0.1:1/"}, "points to another address"),
        (503, b"", {}, "answered 503"),
        (200, b"<html>", {}, "not JSON"),
        (200, b'{"assets": 5}', {}, "not understood"),
        (200, json.dumps({"assets": [{**_SHORT, "serial": "A\0"}]}).encode(), {}, "assets.0.serial"),
        (200, json.dumps({"assets": [{**_SHORT, "eol_time": -1}]}).encode(), {}, "assets.0.eol_time"),
        (200, json.dumps({"assets": [_SHORT], "next": "A"}).encode(), {}, "repeats a page"),
        (200, b" " * 5_000_000, {}, "too long"),
    ],
)
def test_odd_answers_are_problems_that_say_what_is_wrong(odd, status, body, headers, said):
    odd(status, body, **headers)
    with pytest.raises(Problem, match=said):
        read_assets("token")


def test_answer_that_is_cut_short_is_no_answer(odd):
    odd(200, b"{", **{"Content-Length": "100"})
    with pytest.raises(Problem, match="does not answer"):
        read_assets("token")


def test_silence_and_slowness_end(odd, settings, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.JUNIPER_URL = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setattr("orgs.juniper.client._SILENCE", 0.05)
        with pytest.raises(Problem, match="too long to answer"):
            read_assets("token")
    monkeypatch.setattr("orgs.juniper.client._IN_ALL", -1)
    odd(200, b"{}")
    with pytest.raises(Problem, match="too long to answer"):
        read_assets("token")


def test_certificate_of_the_service_has_to_be_trusted(api, world, service, settings, tmp_path, monkeypatch):
    authority = trustme.CA()
    chain, key, root = (tmp_path / name for name in ("chain.pem", "key.pem", "root.pem"))
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_pem.write_to_path(key)
    for pem in issued.cert_chain_pems:
        pem.write_to_path(chain, append=True)
    authority.cert_pem.write_to_path(root)
    service(certificate=(chain, key))
    assert settings.JUNIPER_URL.startswith("https://")
    assert "not trusted" in link(api("ada"), world).expect(400)["detail"]
    monkeypatch.setenv("SSL_CERT_FILE", str(root))
    link(api("ada"), world).ok()
