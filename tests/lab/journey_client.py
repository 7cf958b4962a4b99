"""A Mist script as anybody writes it: mistapi alone, its settings from the environment.

Usage: journey_client.py CODES, a file with a claim code per line. MIST_USER and MIST_PASSWORD are used for
the second half, the login with a password. Prints `journey: done`; ends with an AssertionError otherwise.
"""

import os
import sys
from pathlib import Path
from typing import Any

import mistapi
from mistapi.__api_response import APIResponse
from mistapi.api.v1.orgs import inventory, logs, orgs, setting, sites
from mistapi.api.v1.self import self as account

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
