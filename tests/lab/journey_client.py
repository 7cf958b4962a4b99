"""A Mist script as anybody writes it: mistapi alone, its settings from the environment.

Usage: journey_client.py CODES, a file with a claim code per line. MIST_USER and MIST_PASSWORD are used for
the second half, the login with a password. Prints `journey: done`; ends with an AssertionError otherwise.
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import mistapi
from mistapi.__api_response import APIResponse
from mistapi.api.v1.const.device_events import listDeviceEventsDefinitions
from mistapi.api.v1.orgs import devices as org_devices
from mistapi.api.v1.orgs import inventory, logs, orgs, setting, sites, stats
from mistapi.api.v1.self import self as account
from mistapi.api.v1.sites import devices
from mistapi.api.v1.sites import stats as site_stats

SETTING = {
    "auto_site_assignment": {
        "enable": True,
        "rules": [{"src": "lldp_system_name", "expression": "split(_)[0]", "prefix": "Site "}],
    },
    "key_of_a_later_version": {"kept": [1, 2]},
}


def session() -> mistapi.APISession:
    return mistapi.APISession(env_file="no-such-file", console_log_level=50, show_cli_notif=False)


def done(answer: APIResponse) -> Any:
    assert answer.status_code == 200, f"{answer.url}: {answer.status_code} {answer.data}"
    return answer.data


def by_token(codes: list[str]) -> str:
    """Organization, sites, claim, assign, setting and logs by API token; returns the organization's id."""
    api = session()
    api.login()
    assert api.get_authentication_status()
    assert done(account.getSelf(api))["email"] == api.email

    org_id = done(orgs.createOrg(api, {"name": "Lab Hospital"}))["id"]
    granted = [
        privilege for privilege in done(account.getSelf(api))["privileges"] if privilege["org_id"] == org_id
    ]
    assert [(one["scope"], one["role"], one["name"]) for one in granted] == [("org", "admin", "Lab Hospital")]

    north, south = (
        done(
            sites.createOrgSite(
                api, org_id, {"name": name, "country_code": "DE", "timezone": "Europe/Berlin"}
            )
        )
        for name in ("North", "South")
    )
    listed = mistapi.get_all(api, sites.listOrgSites(api, org_id, limit=1))
    assert {site["name"] for site in listed} >= {"North", "South"}

    claimed = done(inventory.addOrgInventory(api, org_id, [*codes, "AAAAA-AAAAA-AAAAA"]))
    assert len(claimed["inventory_added"]) == len(codes)
    assert len(claimed["error"]) == len(claimed["reason"]) == 1
    again = done(inventory.addOrgInventory(api, org_id, codes))
    assert (len(again["inventory_added"]), len(again["inventory_duplicated"])) == (0, len(codes))

    macs = [device["mac"] for device in claimed["inventory_added"]]
    assign(api, org_id, north["id"], macs)
    assign(api, org_id, south["id"], macs[:1])
    placed = mistapi.get_all(api, inventory.getOrgInventory(api, org_id, limit=2))
    assert sorted(device["mac"] for device in placed) == sorted(macs)
    assert {device["mac"] for device in placed if device["site_id"] == south["id"]} == set(macs[:1])

    devices_of(api, org_id, north["id"], sorted(macs[1:]))

    saved = done(setting.updateOrgSettings(api, org_id, SETTING))
    kept = done(setting.getOrgSettings(api, org_id))
    for name, value in SETTING.items():
        assert saved[name] == kept[name] == value, name

    found = done(logs.listOrgAuditLogs(api, org_id, limit=1000))
    assert found["total"] >= 6
    assert done(api.mist_get(f"/api/v1/orgs/{org_id}/logs"))["total"] == found["total"]
    assert {entry["org_id"] for entry in found["results"]} == {org_id}
    return org_id


def assign(api: mistapi.APISession, org_id: str, site_id: str, macs: list[str]) -> None:
    body = {"op": "assign", "site_id": site_id, "macs": macs, "no_reassign": False}
    result = done(inventory.updateOrgInventoryAssignment(api, org_id, body))
    assert sorted(result["success"]) == sorted(macs), result


def devices_of(api: mistapi.APISession, org_id: str, site_id: str, macs: list[str]) -> None:
    """Name the devices of a site by file and by list, and read them in every way."""
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        file.write("mac,name,x\n" + "\n".join(f"{mac},AP {mac[-4:]},1.5" for mac in macs))
        file.flush()
        named = done(devices.importSiteDevicesFile(api, site_id, file.name))
    assert [(one["mac"], one["name"], one["x"]) for one in named] == [(m, f"AP {m[-4:]}", 1.5) for m in macs]
    done(devices.importSiteDevices(api, site_id, [{"mac": macs[0], "name": "Lobby"}]))
    assert "Lobby" in devices.exportSiteDevices(api, site_id).raw_data
    refused = devices.importSiteDevices(api, site_id, [{"mac": "x"}])
    assert (refused.status_code, list(refused.data["fields"])) == (400, ["row 1"])

    assert "Lobby" in {one["name"] for one in mistapi.get_all(api, org_devices.listOrgDevices(api, org_id))}
    assert done(org_devices.listOrgDevicesSummary(api, org_id))["num_aps"] == len(macs) + 1
    assert len(mistapi.get_all(api, org_devices.listOrgApsMacs(api, org_id, limit=2))) == len(macs) + 1
    seen = mistapi.get_all(api, stats.listOrgDevicesStats(api, org_id, type="all", fields="*", limit=2))
    assert {one["mac"] for one in seen if one["site_id"] == site_id} == set(macs)
    assert done(stats.getOrgStats(api, org_id))["num_devices"] == len(macs) + 1
    counted = {one["id"]: one["num_ap"] for one in done(stats.listOrgSiteStats(api, org_id))}
    assert counted[site_id] == done(site_stats.getSiteStats(api, site_id))["num_ap"] == len(macs)
    device_id = named[0]["id"]
    assert done(site_stats.getSiteDeviceStats(api, site_id, device_id))["status"] == "disconnected"

    # Nobody has called in: the searches know it and have nothing to show.
    for search in (
        org_devices.searchOrgDevices(api, org_id, duration="365d", limit=1000),
        org_devices.searchOrgDeviceEvents(api, org_id, device_type="all"),
        devices.searchSiteDevices(api, site_id, power_constrained=True),
        devices.searchSiteDeviceEvents(api, site_id, type="AP_CONNECTED"),
        org_devices.countOrgDevices(api, org_id, distinct="version"),
        org_devices.countOrgDeviceEvents(api, org_id),
        devices.countSiteDevices(api, site_id),
        devices.countSiteDeviceEvents(api, site_id, distinct="type"),
    ):
        assert (done(search)["results"], search.data["total"]) == ([], 0)
    assert "AP_CONNECTED" in {one["key"] for one in done(listDeviceEventsDefinitions(api))}


def by_password(org_id: str) -> None:
    """Log in, write with the CSRF header, be refused without it, log out."""
    os.environ.pop("MIST_APITOKEN", None)
    api = session()
    assert api.login_with_return() == {"authenticated": True, "error": ""}
    assert api._csrftoken
    written = done(sites.createOrgSite(api, org_id, {"name": "West", "country_code": "DE"}))
    assert written["name"] == "West"

    header = api._session.headers.pop("X-CSRFToken")
    refused = sites.createOrgSite(api, org_id, {"name": "East", "country_code": "DE"})
    assert refused.status_code == 403, refused.data
    assert "CSRF" in refused.data["detail"]
    api._session.headers["X-CSRFToken"] = header
    names = {site["name"] for site in done(sites.listOrgSites(api, org_id))}
    assert "East" not in names
    api.logout()
    assert not api.get_authentication_status()

    wrong = session().login_with_return(email=os.environ["MIST_USER"], password="wrong")
    assert not wrong["authenticated"]
    assert wrong["error"]


if __name__ == "__main__":
    by_password(by_token(Path(sys.argv[1]).read_text().split()))
    print("journey: done")
