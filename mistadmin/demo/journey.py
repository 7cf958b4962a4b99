"""The newcomer's journey, one method per step; everything but the making of units goes over HTTP."""

from __future__ import annotations

import csv
import html
import json
import re
import secrets
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

from mistadmin.demo.browser import Browser, Unexpected
from mistadmin.demo.instance import Instance
from mistadmin.demo.scenario import (
    Bound,
    Line,
    Placement,
    bind,
    compare,
    count_models,
    load_scenario,
    reports,
)

EMAIL: Final = "network.administrator@hospital.example"
PATIENCE: Final = 30.0  # seconds without any change after which waiting is over
LONGEST: Final = 300.0
CANARY: Final = "A082"  # placed by its subnet; taken from its site to see re-evaluation put it back
_LINK: Final = re.compile(r"/verify/register\?token=[^\s\"'<>]+")


class Journey:
    """The state that steps hand on: the session, the organization, ids by name, the bound units."""

    def __init__(self, instance: Instance, say: Callable[[str], None]) -> None:
        self.scenario = load_scenario()
        self.lines: list[Line] = []
        self._instance = instance
        self._say = say
        self._password = secrets.token_urlsafe(18)
        self._link = ""
        self._bound: list[Bound] = []
        self._secrets = instance.home / "units.csv"

    def steps(self) -> list[tuple[str, Callable[[], None]]]:
        """What is done, in order, by the name a failure is reported under."""
        return [
            ("start a fresh server", self._start),
            ("sign up", self._sign_up),
            ("find the validation link in the mailbox", self._find_link),
            ("follow the validation link", self._follow_link),
            ("log in", self._log_in),
            ("create the organization", self._create_org),
            ("create sites and device profiles", self._create_objects),
            ("save the auto-provisioning rules", self._save_rules),
            ("manufacture units", self._make_units),
            ("claim the codes", self._claim),
            ("place, profile and name some by hand", self._prepare),
            ("check in the fleet", self._check_in),
            ("wait for the placement", self._wait),
            ("compare site pages with the inventory", self._compare_sites),
            ("re-evaluate", self._reevaluate),
            ("read the audit log", self._read_audit_log),
        ]

    def _start(self) -> None:
        self._instance.start()
        self._browser = Browser(self._instance.base)
        self._say(self._instance.base)

    def _sign_up(self) -> None:
        page = self._browser.get("/register")
        person = {
            "first_name": "Network",
            "last_name": "Administrator",
            "email": EMAIL,
            "password": self._password,
        }
        form = page.form(*person)
        landed = self._browser.submit(page, form, person)
        if landed.path == page.path:
            raise Unexpected(f"the form came back: {landed.words[:500]}")

    def _find_link(self) -> None:
        # Mail leaves after the request, so that a slow mail server delays nobody.
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            page = self._browser.get("/mailbox")
            for link in (one for one in page.links if "/mailbox/" in one):
                found = _LINK.search(html.unescape(self._browser.get(link).text))
                if found:
                    self._link = found.group()
                    return
            time.sleep(0.5)
        raise Unexpected(f"no validation link within {PATIENCE:.0f} s: {page.words[:300]}")

    def _follow_link(self) -> None:
        page = self._browser.get(self._link)
        confirm = [form for form in page.forms if "verify" in form.action or "token" in form.names]
        if confirm:
            self._browser.submit(page, confirm[0], {})

    def _log_in(self) -> None:
        page = self._browser.get("/login")
        form = page.form("email", "password")
        self._browser.submit(page, form, {"email": EMAIL, "password": self._password})
        self._expect("e-mail of the session", self._browser.api("GET", "/self")["email"], EMAIL)

    def _create_org(self) -> None:
        page = self._browser.get("/orgs/create")
        name = self.scenario["org"]["name"]
        self._browser.submit(page, page.form("name"), {"name": name})
        privileges = self._browser.api("GET", "/self")["privileges"]
        found = [one["org_id"] for one in privileges if one["scope"] == "org" and one["name"] == name]
        self._expect("organizations of that name", len(found), 1)
        self._org = f"/orgs/{found[0]}"
        self._expect("sites of a new organization", list(self._names("sites").values()), ["Primary Site"])

    def _create_objects(self) -> None:
        for kind in ("sites", "deviceprofiles"):
            for body in self.scenario[kind]:
                created = self._browser.api("POST", f"{self._org}/{kind}", body)
                self._expect(f"name of the new entry in {kind}", created["name"], body["name"])
        self._site_names = self._names("sites")
        self._profile_names = self._names("deviceprofiles")

    def _save_rules(self) -> None:
        rules = self.scenario["setting"]
        self._browser.api("PUT", f"{self._org}/setting", rules)
        stored = self._browser.api("GET", f"{self._org}/setting")
        for key, value in rules.items():
            self._expect(key, stored.get(key), value)

    def _make_units(self) -> None:
        units: list[dict[str, str]] = []
        for model, count in count_models(self.scenario["devices"]).items():
            part = self._instance.home / f"units-{model}.csv"
            self._instance.run("units", "make", "--model", model, "--count", str(count), "--csv", str(part))
            with part.open(encoding="utf-8", newline="") as file:
                units += csv.DictReader(file)
        with self._secrets.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, units[0].keys())
            writer.writeheader()
            writer.writerows(units)
        self._bound = bind(self.scenario["devices"], units)

    def _claim(self) -> None:
        codes = [one.unit["claim_code"] for one in self._bound]
        answer = self._browser.api("POST", f"{self._org}/inventory", codes)
        self._expect("errors", answer.get("error", []), [])
        self._expect("claimed codes", len(answer["added"]), len(codes))
        self._expect("devices in the inventory", len(self._inventory()), len(codes))

    def _prepare(self) -> None:
        for name, site_id in _ids(self._site_names).items():
            macs = [one.mac for one in self._bound if one.before.get("site") == name]
            if macs:
                body = {"op": "assign", "site_id": site_id, "macs": macs}
                answer = self._browser.api("PUT", f"{self._org}/inventory", body)
                self._expect(f"devices assigned to {name}", sorted(answer["success"]), sorted(macs))
        for name, profile_id in _ids(self._profile_names).items():
            macs = [one.mac for one in self._bound if one.before.get("profile") == name]
            if macs:
                path = f"{self._org}/deviceprofiles/{profile_id}/assign"
                answer = self._browser.api("POST", path, {"macs": macs})
                self._expect(f"devices given {name}", sorted(answer["success"]), sorted(macs))
        for one in self._bound:
            if "name" in one.before:
                self._rename(one, one.before["name"])

    def _rename(self, one: Bound, name: str) -> None:
        """Name a device on its portal page: the API has no operation for one without a site."""
        page = self._browser.get(f"{self._org}/devices/{_device_id(one.mac)}")
        self._browser.submit(page, page.form("name"), {"name": name})

    def _check_in(self) -> None:
        binding = self._instance.home / "fleet.json"
        binding.write_text(json.dumps(reports(self._bound), ensure_ascii=False, indent=1), "utf-8")
        where = ("--org", self._org.rsplit("/", 1)[-1], "--url", self._instance.base)
        fleet = ("--secrets", str(self._secrets), "--scenario", str(binding))
        self._instance.run("simulate", *where, *fleet, "--once")
        silent = [item["mac"] for item in self._inventory() if not item["connected"]]
        self._expect("devices that did not check in", silent, [])

    def _wait(self) -> None:
        self.lines = compare(self._bound, self._settled())

    def _compare_sites(self) -> None:
        listed: dict[str, Placement] = {}
        for site_id, site in self._site_names.items():
            for device in self._browser.api("GET", f"/sites/{site_id}/devices?limit=1000"):
                profile = self._profile_names.get(device.get("deviceprofile_id") or "", "")
                listed[device["mac"]] = Placement(site, profile, device.get("name") or "")
        sited = {mac: placement for mac, placement in self._placements().items() if placement.site}
        self._expect("devices of the sites", listed, sited)

    def _reevaluate(self) -> None:
        before = self._placements()
        canary = next(one.mac for one in self._bound if one.ref == CANARY)
        answer = self._browser.api("PUT", f"{self._org}/inventory", {"op": "unassign", "macs": [canary]})
        self._expect("unassigned devices", answer["success"], [canary])
        self._browser.api("POST", f"{self._org}/inventory/reevaluate_auto_assignment")
        deadline = time.monotonic() + PATIENCE
        while self._placements()[canary] != before[canary] and time.monotonic() < deadline:
            time.sleep(0.5)
        changed = {mac: now for mac, now in self._placements().items() if now != before[mac]}
        self._expect("devices placed otherwise", changed, {})

    def _read_audit_log(self) -> None:
        sited = sum(1 for line in self.lines if line.expected.site)
        named = sum(1 for line in self.lines if line.expected.name)
        profiled = sum(1 for line in self.lines if line.expected.profile)
        least = {
            'Add Site "': len(self.scenario["sites"]),
            "Add Device Profile": len(self.scenario["deviceprofiles"]),
            "Update Org Settings": 1,
            "Claim ": len(self._bound),
            " to Site": sited,
            "Assign Device Profile to": profiled,
            "Rename ": named,
            "Unassign ": 1,
            "Re-evaluate Auto-Provisioning": 1,
        }
        for message, count in least.items():
            query = f"duration=1d&limit=1&message={quote(message)}"
            total = self._browser.api("GET", f"{self._org}/logs?{query}")["total"]
            if total < count:
                raise Unexpected(f"{total} entries say {message!r}, at least {count} must")

    def _settled(self) -> dict[str, Placement]:
        """The placements once they are as expected, or once nothing has changed for a while."""
        start = changed = time.monotonic()
        last: dict[str, Placement] = {}
        while True:
            now, came = time.monotonic(), self._placements()
            if came != last:
                last, changed = came, now
                right = sum(line.right for line in compare(self._bound, came))
                self._say(f"{right} of {len(self._bound)} in place")
            over = now - changed > PATIENCE or now - start > LONGEST
            if over or all(line.right for line in compare(self._bound, came)):
                return came
            time.sleep(1)

    def _placements(self) -> dict[str, Placement]:
        return {
            item["mac"]: Placement(
                self._site_names.get(item.get("site_id") or "", ""),
                self._profile_names.get(item.get("deviceprofile_id") or "", ""),
                item.get("name") or "",
            )
            for item in self._inventory()
        }

    def _inventory(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self._browser.api("GET", f"{self._org}/inventory?limit=1000")
        return rows

    def _names(self, kind: str) -> dict[str, str]:
        return {row["id"]: row["name"] for row in self._browser.api("GET", f"{self._org}/{kind}?limit=1000")}

    @staticmethod
    def _expect(what: str, came: Any, expected: Any) -> None:
        if came != expected:
            raise Unexpected(f"{what}: expected {_short(expected)}, came {_short(came)}")


def _ids(names: dict[str, str]) -> dict[str, str]:
    return {name: key for key, name in names.items()}


def _device_id(mac: str) -> str:
    return f"00000000-0000-0000-1000-{mac}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 400 else f"{text[:400]}…"
