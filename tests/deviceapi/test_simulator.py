"""The simulated fleet calls the device API over real HTTP, with nothing but the secrets of its units."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import astuple, fields, replace
from pathlib import Path
from typing import Any

import pytest

from audit.models import Entry
from deviceapi.simulator import cli, fleet
from deviceapi.simulator.cli import main
from deviceapi.simulator.connection import Answer, Connection, Target, Unanswered
from deviceapi.simulator.device import Device as Simulated
from deviceapi.simulator.device import plausible_facts
from inventory.adopt_commands import junos_commands, registration_code
from inventory.adoption import make_credential, rotate_secret
from inventory.identifiers import device_id_of
from inventory.manufacturing import MadeUnit, claimed_units
from inventory.models import Device, MistEdge, Unit
from inventory.shapes import CHECKIN_SECONDS
from mistadmin.core.errors import NotAllowed
from tests.world import SYSTEM, UNKNOWN, World, claim, make_edges, make_units

Secrets = Callable[[Iterable[MadeUnit]], str]


@pytest.fixture
def served(transactional_db: None, world: World) -> World:
    """The cast, with which a test commits what it does, so that the server's threads see it."""
    return world


@pytest.fixture
def secrets(tmp_path: Path) -> Secrets:
    def write(units: Iterable[MadeUnit]) -> str:
        path = tmp_path / "units.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow([field.name for field in fields(MadeUnit)])
            writer.writerows(astuple(unit) for unit in units)
        return str(path)

    return write


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Back-off in hundredths of a second."""
    monkeypatch.setattr(fleet, "_SHORTEST_PAUSE", 0.01)
    monkeypatch.setattr(fleet, "_LONGEST_PAUSE", 0.01)


def called(unit: MadeUnit) -> bool:
    return Unit.objects.get(mac=unit.mac).last_call_at > 0


def test_fleet_of_this_instance_checks_in_once(served: World, live_server: Any, capsys: Any) -> None:
    units, [spare] = make_units(count=12), make_units()
    claim(served.acme, units)
    [theirs] = make_units()
    claim(served.globex, [theirs])
    assert main(["--org", "Acme", "--url", live_server.url, "--once"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "12 of 12 devices checked in"
    assert all(device.connected for device in Device.objects.filter(org=served.acme))
    assert not called(spare)
    assert not called(theirs)


def test_fleet_reports_what_belongs_to_its_macs(served: World, live_server: Any) -> None:
    [unit] = make_units()
    claim(served.acme, [unit])
    assert main(["--org", str(served.acme.id), "--url", live_server.url, "--once"]) == 0
    device, facts = Device.objects.get(), plausible_facts(unit)
    assert (device.ip, device.dns_suffix, device.version) == (
        facts["ip"],
        facts["dns_suffix"],
        facts["version"],
    )
    assert device.lldp_system_name == facts["lldp"]["system_name"]
    assert device.uptime >= facts["uptime"]


def test_mist_edges_call_with_the_versions_of_their_services(served: World, live_server: Any) -> None:
    make_edges(served.acme)
    assert main(["--org", "Acme", "--url", live_server.url, "--once"]) == 0
    edge = MistEdge.objects.get()
    assert edge.connected
    assert all((edge.version, edge.agent_version, edge.distro, edge.ip, edge.uptime))
    assert edge.lldp_system_name == ""


@pytest.mark.parametrize("given", ["file", "input", "code", "secret"])
def test_unclaimed_units_join_by_the_commands(
    served: World, live_server: Any, tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    wanted = [*make_units("EX4100-48P", 2), *make_units("SRX300"), *make_units("SSR120")]
    [access_point], [theirs] = make_units("AP45"), make_units("EX4100-48P")
    claim(served.globex, [theirs])
    credential = make_credential(SYSTEM, served.acme)
    commands = junos_commands(credential, live_server.url)
    path = tmp_path / "commands.txt"
    path.write_text(commands, "utf-8")
    monkeypatch.setattr("sys.stdin", io.StringIO(commands))
    adopt = {
        "file": str(path),
        "input": "-",
        "code": registration_code(credential),
        "secret": credential.secret,
    }
    options = ["--org", "Acme", "--url", live_server.url]
    assert main([*options, "--adopt", adopt[given], "--once"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "4 of 4 devices adopted"
    adopted = Device.objects.filter(org=served.acme, adopted=True, connected=True)
    assert {device.mac for device in adopted} == {unit.mac for unit in wanted}
    assert not called(access_point)
    assert not called(theirs)
    # From now on they are members: another secret means nothing to them.
    rotate_secret(SYSTEM, served.acme)
    assert main([*options, "--once"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "4 of 4 devices checked in"


def test_device_joins_and_calls_on(served: World, live_server: Any) -> None:
    [unit] = make_units("EX4100-48P")
    device = Simulated(unit, plausible_facts(unit), joining=make_credential(SYSTEM, served.acme))
    ran = fleet.Fleet([device], Target(live_server.url), fleet.Plan(served.acme.id, interval=0.2), print)
    threading.Timer(1.5, ran.stop).start()
    ran.run()
    assert device.joining is None
    assert [entry.event for entry in Entry.objects.filter(org_id=served.acme.id, actor_kind="device")] == [
        "inventory.device.adopted"
    ]
    assert device.failures == 0
    assert device.config_hash == ""  # an adopted device is not managed until people say so


def test_units_of_a_file_join_a_server_elsewhere(
    served: World, live_server: Any, secrets: Secrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    units = [*make_units("EX4100-48P"), *make_units("AP45")]
    code = registration_code(make_credential(SYSTEM, served.acme))
    monkeypatch.setattr(cli, "find_org", None)
    monkeypatch.setattr(cli, "adoptable_units", None)
    wish = ["--org", str(served.acme.id), "--url", live_server.url, "--secrets", secrets(units)]
    assert main([*wish, "--adopt", code, "--once"]) == 0
    assert [called(unit) for unit in units] == [True, False]


def test_commands_of_before_a_rotation_are_refused(served: World, live_server: Any, capsys: Any) -> None:
    [unit] = make_units("EX4100-48P")
    code = registration_code(make_credential(SYSTEM, served.acme))
    rotate_secret(SYSTEM, served.acme)
    assert main(["--org", "Acme", "--url", live_server.url, "--adopt", code, "--once"]) == 1
    said = capsys.readouterr()
    assert said.out.splitlines()[-1] == "0 of 1 devices adopted"
    assert f"{unit.mac}: refused with 401" in said.err
    assert code.rpartition(".")[2] not in said.err


def test_count_limits_the_fleet(served: World, live_server: Any, capsys: Any) -> None:
    claim(served.acme, make_units(count=3))
    assert main(["--org", "Acme", "--url", live_server.url, "--once", "--count", "2"]) == 0
    assert "2 of 2 devices" in capsys.readouterr().out


def test_secrets_of_a_file_are_enough(
    served: World, live_server: Any, secrets: Secrets, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    units, [spare] = make_units(count=3), make_units()
    claim(served.acme, units)
    monkeypatch.setattr(cli, "find_org", None)
    monkeypatch.setattr(cli, "claimed_units", None)
    wish = ["--org", str(served.acme.id), "--url", live_server.url, "--secrets", secrets([*units, spare])]
    assert main([*wish, "--once"]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[-1] == "3 of 3 devices checked in"
    assert f"{spare.mac}: is not claimed by this organization" in said.err


def test_file_with_a_name_calls_only_what_is_claimed(
    served: World, live_server: Any, secrets: Secrets
) -> None:
    [mine], [spare], [theirs] = make_units(), make_units(), make_units()
    claim(served.acme, [mine])
    claim(served.globex, [theirs])
    wish = ["--org", "Acme", "--url", live_server.url, "--secrets", secrets([mine, spare, theirs])]
    assert main([*wish, "--once"]) == 0
    assert [called(unit) for unit in (mine, spare, theirs)] == [True, False, False]


def test_scenario_is_reported_to_the_letter(served: World, live_server: Any, tmp_path: Path) -> None:
    units = make_units(count=3)
    claim(served.acme, units)
    entries = [
        {
            "mac": units[0].mac.upper(),
            "model": "AP45",
            "ip": "2001:db8:20::5",
            "netmask": "64",
            "lldp": {"system_name": " East_Floor 7_Nürsing ", "port_desc": "Ward "},
            "dns_suffix": "east.hospital.example",
            "version": "0.14.1",
            "uptime": 5000,
        },
        {"mac": units[1].mac, "model": "AP45", "ip": "", "lldp": {}, "uptime": 0},
    ]
    path = tmp_path / "fleet.json"
    path.write_text(json.dumps(entries, ensure_ascii=False), "utf-8")
    assert main(["--org", "Acme", "--url", live_server.url, "--scenario", str(path), "--once"]) == 0
    first, second, third = (Device.objects.get(id=device_id_of(unit.mac)) for unit in units)
    assert (first.lldp_system_name, first.lldp_port_desc) == (" East_Floor 7_Nürsing ", "Ward ")
    assert (first.ip, first.dns_suffix, first.version) == (
        "2001:db8:20::5",
        "east.hospital.example",
        "0.14.1",
    )
    assert 5000 <= first.uptime < 5060
    assert (second.connected, second.lldp_system_name) == (True, "")
    assert third.last_seen is None


def test_wrong_secret_is_told_once_and_fails_the_run(
    served: World, live_server: Any, secrets: Secrets, capsys: Any
) -> None:
    units = make_units(count=3)
    claim(served.acme, units)
    wrong = replace(units[1], secret="f" * 64)
    path = secrets([units[0], wrong, units[2]])
    assert main(["--org", "Acme", "--url", live_server.url, "--secrets", path, "--once"]) == 1
    said = capsys.readouterr()
    assert said.out.splitlines()[-1] == "2 of 3 devices checked in"
    assert said.err.count(f"{wrong.mac}: refused with 401") == 1


@pytest.mark.usefixtures("_quick")
def test_server_that_is_away_fails_the_run(served: World, capsys: Any) -> None:
    claim(served.acme, make_units(count=2))
    assert main(["--org", "Acme", "--url", "http://127.0.0.1:9", "--once"]) == 1
    said = capsys.readouterr()
    assert said.out.splitlines()[-1] == "0 of 2 devices checked in"
    assert "http://127.0.0.1:9 does not answer" in said.err


@pytest.mark.usefixtures("_quick")
def test_server_that_comes_back_is_called_again(monkeypatch: pytest.MonkeyPatch) -> None:
    org, tries = World.__name__, []

    def answer(_: Connection, device: Simulated) -> Answer:
        tries.append(device.mac)
        if len(tries) < 3:
            raise Unanswered("away")
        return Answer(503, {}, 0.01) if len(tries) == 3 else Answer(200, {"org_id": org})

    monkeypatch.setattr(Connection, "check_in", answer)
    ran = fleet.Fleet([simulated()], Target("http://x"), fleet.Plan(org, once=True), print)  # type: ignore[arg-type]
    ran.run()
    assert len(tries) == 4
    assert len(ran.accepted) == 1


def test_fleet_calls_on_and_stops_when_told(
    served: World, live_server: Any, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim(served.acme, make_units(count=4))

    def stop_later() -> None:
        time.sleep(1.5)
        os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    threading.Thread(target=stop_later).start()
    began = time.monotonic()
    assert main(["--org", "Acme", "--url", live_server.url, "--interval", "0.5"]) == 0
    assert time.monotonic() - began < 10
    assert signal.getsignal(signal.SIGTERM) is before
    summaries = [line for line in capsys.readouterr().err.splitlines() if "4 devices:" in line]
    assert summaries
    assert "0 refused, 0 unanswered" in summaries[-1]


def test_fleet_follows_the_interval_of_the_server(served: World, live_server: Any) -> None:
    [unit] = make_units()
    claim(served.acme, [unit])
    device = Simulated(unit, plausible_facts(unit))
    ran = fleet.Fleet([device], Target(live_server.url), fleet.Plan(served.acme.id, once=True), print)
    ran.interval = 99.0
    ran.run()
    assert ran.interval == CHECKIN_SECONDS
    assert len(device.config_hash) == 16


def test_refused_device_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[float] = []

    def refuse(_: Connection, device: Simulated) -> Answer:
        tries.append(time.monotonic())
        return Answer(401, {"detail": "no"})

    said: list[str] = []
    monkeypatch.setattr(Connection, "check_in", refuse)
    plan = fleet.Plan("org", interval=0.05)  # type: ignore[arg-type]
    ran = fleet.Fleet([simulated()], Target("http://x"), plan, said.append)
    threading.Timer(0.6, ran.stop).start()
    ran.run()
    assert len(tries) == 1
    assert sum("refused with 401" in line for line in said) == 1


def test_facts_are_the_same_every_time_and_differ_between_devices() -> None:
    one, other = simulated("5c5b35000001").unit, simulated("5c5b35000002").unit
    assert plausible_facts(one) == plausible_facts(one)
    assert plausible_facts(one) != plausible_facts(other)
    assert plausible_facts(one)["ip"].startswith("10.")
    assert plausible_facts(one)["lldp"]["system_name"].count("_") == 2


def test_times_of_one_device_only_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    device, clock = simulated(), iter([100.0, 100.0, 99.0, 101.0])
    monkeypatch.setattr(time, "time", lambda: next(clock))
    times = [float(device.next_time()) for _ in range(4)]
    assert times == sorted(set(times))


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--org", "Nobody"], "0 organizations are called 'Nobody'"),
        (["--org", "Globex"], "no claimed devices"),
        (["--org", "Acme", "--url", "ftp://x"], "is not an address"),
        (["--org", "Acme", "--secrets", "/no/such.csv"], "No such file"),
        (["--org", "Acme", "--scenario", "{tmp}/list.json"], "must hold a JSON list"),
        (["--org", "Acme", "--scenario", "{tmp}/mac.json"], "device 1 has no MAC"),
        (["--org", "Acme", "--scenario", "{tmp}/stranger.json"], "not among the claimed units: 0000000000aa"),
        (["--org", "Acme", "--secrets", "{tmp}/columns.csv"], "has no column claim_code"),
        (["--org", "Acme", "--adopt", "0" * 64], "`mistadmin units make` manufactures them"),
        (["--org", "Acme", "--secrets", "{tmp}/switch.csv", "--adopt", "x"], "takes adopt commands of this"),
        (
            ["--org", "Acme", "--secrets", "{tmp}/switch.csv", "--adopt", f"{UNKNOWN}.{'0' * 64}"],
            "takes adopt commands of this",
        ),
    ],
)
def test_bad_options_are_told(
    world: World, tmp_path: Path, capsys: Any, options: list[str], problem: str
) -> None:
    claim(world.acme, make_units())
    (tmp_path / "list.json").write_text("{}")
    (tmp_path / "mac.json").write_text('[{"ip": "10.0.0.1"}]')
    (tmp_path / "stranger.json").write_text('[{"mac": "00:00:00:00:00:aa"}]')
    (tmp_path / "columns.csv").write_text("mac,serial\n")
    columns = "mac,serial,model,type,claim_code,secret"
    (tmp_path / "switch.csv").write_text(f"{columns}\n209339000001,J1,EX4100-48P,switch,,00\n")
    assert main([option.replace("{tmp}", str(tmp_path)) for option in options]) == 2
    assert problem in capsys.readouterr().err


@pytest.mark.parametrize(
    "option", [["--interval", "0"], ["--interval", "nan"], ["--count", "0"], ["--count", "x"]]
)
def test_bad_numbers_are_refused(option: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--org", "Acme", *option])
    assert ended.value.code == 2


def test_only_commands_read_secrets(world: World) -> None:
    [unit] = make_units()
    claim(world.acme, [unit])
    assert list(claimed_units(SYSTEM, world.acme)) == [unit]
    with pytest.raises(NotAllowed):
        next(claimed_units(world.ada.actor, world.acme))


def simulated(mac: str = "5c5b35000001") -> Simulated:
    unit = MadeUnit(mac, "A0745", "AP45", "ap", "", "0" * 64)
    return Simulated(unit, plausible_facts(unit))
