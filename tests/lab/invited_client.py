"""An invitation from both ends, as Mist scripts see it: mistapi alone, and a browser's requests for the link.

Usage: invited_client.py MAILBOX, the folder of the instance's mail. Prints `invited: done`; ends with an
AssertionError otherwise.
"""

import os
import re
import sys
import time
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import mistapi
import requests
from mistapi.api.v1.orgs import admins, inventory, invites, orgs, setting, sites
from mistapi.api.v1.self import apitokens
from mistapi.api.v1.self import self as account
from mistapi.api.v1.sites import devices
from mistapi.api.v1.sites import sites as site

from tests.lab.journey_client import done, session

EMAIL = "quinn@example.com"
PASSWORD = "a long pass phrase of Quinn"
WAIT = 60  # seconds


def main(mailbox: Path) -> None:
    boss = session()
    boss.login()
    org_id = done(account.getSelf(boss))["privileges"][0]["org_id"]
    ours, other = done(sites.listOrgSites(boss, org_id, limit=2))
    mine, theirs = (one["mac"] for one in done(inventory.getOrgInventory(boss, org_id, limit=2)))
    for place, mac in ((ours, mine), (other, theirs)):
        body = {"op": "assign", "site_id": place["id"], "macs": [mac], "no_reassign": False}
        done(inventory.updateOrgInventoryAssignment(boss, org_id, body))
    invite(boss, org_id, ours["id"])
    accept(link_in(mailbox))

    os.environ.pop("MIST_APITOKEN")
    quinn = session()
    assert quinn.login_with_return(email=EMAIL, password=PASSWORD)["authenticated"]
    key = done(apitokens.createApiToken(quinn, {"name": "Quinn's script"}))["key"]
    by_key = mistapi.APISession(
        apitoken=key, host=os.environ["MIST_HOST"], console_log_level=50, show_cli_notif=False
    )
    by_key.login()
    inside = [one["mac"] for one in inventory_of(boss, org_id) if one.get("site_id") == ours["id"]]
    assert mine in inside
    assert theirs not in inside
    for caller in (quinn, by_key):
        sees_one_site(caller, org_id, ours["id"], other["id"])
        assert sorted(one["mac"] for one in inventory_of(caller, org_id)) == sorted(inside)

    (member,) = [one for one in done(admins.listOrgAdmins(boss, org_id)) if one["email"] == EMAIL]
    done(admins.revokeOrgAdmin(boss, org_id, member["admin_id"]))
    for caller in (quinn, by_key):
        assert done(account.getSelf(caller))["privileges"] == []
        assert sites.listOrgSites(caller, org_id).status_code == 404
        assert site.getSiteInfo(caller, ours["id"]).status_code == 404
        assert inventory.getOrgInventory(caller, org_id).status_code == 404
    quinn.logout()
    assert not quinn.get_authentication_status()


def invite(boss: mistapi.APISession, org_id: str, site_id: str) -> None:
    place = {"scope": "site", "site_id": site_id, "role": "write"}
    sent = done(invites.inviteOrgAdmin(boss, org_id, {"email": EMAIL, "hours": 2, "privileges": [place]}))
    assert [one["site_id"] for one in sent["privileges"]] == [site_id]


def link_in(mailbox: Path) -> str:
    """The link of the message, once it has come."""
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline:
        for path in mailbox.glob("*.eml"):
            message = message_from_bytes(path.read_bytes(), policy=policy.default)
            found = re.search(r"http\S+/verify/invite\?token=\S+", message.get_content())
            if message["To"] == EMAIL and found:
                return found[0]
        time.sleep(0.2)
    raise AssertionError("no message has come")


def accept(link: str) -> None:
    """Open the link and send its form, as a browser does."""
    browser = requests.Session()
    browser.trust_env = False
    url = link.partition("?")[0]
    page = browser.get(link, timeout=20)
    assert page.status_code == 200, page.text
    form = dict(re.findall(r'name="(csrfmiddlewaretoken|token)"\s+value="([^"]+)"', page.text))
    names = {"first_name": "Quinn", "last_name": "New", "password": PASSWORD}
    sent = browser.post(url, {**form, **names}, timeout=20, allow_redirects=False)
    assert sent.status_code == 302, sent.text
    again = browser.get(link, timeout=20)
    assert again.status_code == 404, "the link works once"


def inventory_of(caller: mistapi.APISession, org_id: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = mistapi.get_all(caller, inventory.getOrgInventory(caller, org_id))
    return rows


def sees_one_site(caller: mistapi.APISession, org_id: str, ours: str, other: str) -> None:
    held: list[dict[str, Any]] = done(account.getSelf(caller))["privileges"]
    assert [(one["scope"], one["site_id"], one["role"]) for one in held] == [("site", ours, "write")]
    assert [one["id"] for one in done(sites.listOrgSites(caller, org_id))] == [ours]
    unknown = "0b5a7a5e-0000-4000-8000-00000000dead"
    for hidden in (other, unknown):
        for answer in (site.getSiteInfo(caller, hidden), devices.listSiteDevices(caller, hidden)):
            assert answer.status_code == 404, answer.url
    for answer in (
        setting.getOrgSettings(caller, org_id),
        admins.listOrgAdmins(caller, org_id),
        orgs.updateOrg(caller, org_id, {"name": "Mine"}),
        sites.createOrgSite(caller, org_id, {"name": "Mine"}),
        invites.inviteOrgAdmin(
            caller, org_id, {"email": "x@example.com", "privileges": [{"scope": "org", "role": "admin"}]}
        ),
    ):
        assert answer.status_code == 403, f"{answer.url}: {answer.status_code}"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
    print("invited: done")
