"""Managed Service Providers at the API: who reaches what through one, assigning, groups, numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import tokens
from accounts.models import Admin, ApiToken, Privilege
from orgs.models import Org
from tests.api.conftest import Umbrella, messages
from tests.client import ApiClient
from tests.world import (
    UNKNOWN,
    World,
    grant,
    grant_at,
    make_admin,
    make_devices,
    make_msp,
    make_org,
    make_orggroup,
)


def names(rows: Any) -> list[str]:
    return [row["name"] for row in rows]


class TestReach:
    """Roles at the MSP and at a group: in an organization of the group, beside it, and elsewhere."""

    @pytest.mark.parametrize(
        ("role", "whole", "grouped", "beside", "renames"),
        [
            ("super_user", True, True, True, 200),
            ("network_admin", True, True, True, 403),
            ("observer", True, True, True, 403),
            ("observer", False, True, False, 403),
            ("super_user", False, True, False, 200),
        ],
    )
    def test_the_role_holds_in_the_organizations_that_are_reached(
        self,
        umbrella: Umbrella,
        world: World,
        role: str,
        whole: bool,
        grouped: bool,
        beside: bool,
        renames: int,
    ) -> None:
        client = umbrella.person("pat", role, None if whole else umbrella.east)
        seen = [
            client.get(f"/orgs/{org_id}").status == 200
            for org_id in (world.acme.id, umbrella.branch.id, world.globex.id, UNKNOWN)
        ]
        assert seen == [grouped, beside, False, False]
        assert client.put(f"/orgs/{world.acme.id}", {"name": "Acme"}).status == renames
        assert client.get(f"/sites/{world.north.id}").ok()["name"] == "North"
        assert client.get(f"/sites/{world.overseas.id}").status == 404
        listed = ["Acme", "Branch"] if whole else ["Acme"]
        assert names(client.get(f"{umbrella.url}/orgs").ok()) == listed
        assert names(client.get(f"{umbrella.url}/orggroups").ok()) == ["East"]
        assert client.put(umbrella.url, {"name": "X"}).status == (
            200 if (role, whole) == ("super_user", True) else 403
        )

    def test_a_token_of_the_person_reaches_the_same_and_self_tells_it(
        self, umbrella: Umbrella, world: World
    ) -> None:
        admin, key = make_admin("tom"), tokens.new_key()
        grant_at(umbrella.msp, admin, "network_admin")
        grant_at(umbrella.msp, admin, "super_user", umbrella.east)
        ApiToken.objects.create(admin=admin, name="x", hint="x", digest=tokens.digest(key))
        client = ApiClient(token=key)
        assert client.put(f"/orgs/{world.acme.id}", {"name": "Acme 2"}).ok()["msp_name"] == "Umbrella"
        assert client.put(f"/orgs/{umbrella.branch.id}", {"name": "No"}).status == 403
        whole, group = client.get("/self").ok()["privileges"]
        told = {"msp_id": str(umbrella.msp.id), "msp_name": "Umbrella"}
        assert whole == {"scope": "msp", "role": "write", "name": "Umbrella", **told}
        ids = {"orggroup_ids": [str(umbrella.east.id)]}
        assert group == {"scope": "orggroup", "role": "admin", "name": "East", **told, **ids}

    def test_groups_of_others_are_not_seen(self, umbrella: Umbrella) -> None:
        west = make_orggroup(umbrella.msp, "West", umbrella.branch)
        client = umbrella.person("pat", "super_user", umbrella.east)
        assert names(client.get(f"{umbrella.url}/orggroups").ok()) == ["East"]
        hidden = client.get(f"{umbrella.url}/orggroups/{west.id}").expect(404)
        assert hidden == client.get(f"{umbrella.url}/orggroups/{UNKNOWN}").expect(404)
        # A role at a group opens no more organizations, its own hand included.
        ids = {"org_ids": [str(umbrella.branch.id)]}
        assert client.put(f"{umbrella.url}/orggroups/{umbrella.east.id}", ids).status == 403
        assert client.get(f"{umbrella.url}/logs").status == 403

    def test_an_organization_is_not_opened_as_an_msp_nor_the_other_way_round(
        self, umbrella: Umbrella, api: Callable[[str], ApiClient], world: World
    ) -> None:
        for path in ("", "/orgs", "/orggroups", "/admins", "/inventory/5c5b35000001", "/stats/orgs"):
            assert api("ada").get(f"/msps/{world.acme.id}{path}").status == 404
        assert api("ada").get(f"/msps/{world.acme.id}/logs").status == 403
        for path in ("", "/setting", "/admins", "/apitokens"):
            assert umbrella.mia.get(f"/orgs/{umbrella.msp.id}{path}").status == 404
        assert umbrella.mia.get(f"/orgs/{umbrella.msp.id}/logs").status == 403

    def test_who_has_no_role_at_an_msp_costs_no_query_more_and_a_thousand_organizations_one(
        self, umbrella: Umbrella, api: Callable[[str], ApiClient], world: World
    ) -> None:
        def cost(client: ApiClient, path: str) -> int:
            with CaptureQueriesContext(connection) as found:
                client.get(path).ok()
            return len(found)

        path = f"/sites/{world.north.id}"
        for client in (umbrella.mia, api("ada")):
            client.get(path).ok()  # policies are read once in each process
        assert cost(umbrella.mia, path) == cost(api("ada"), path) + 1
        reads = (path, f"{umbrella.url}/orgs", f"{umbrella.url}/orgs/search", f"{umbrella.url}/stats/orgs")
        few = [cost(umbrella.mia, one) for one in reads]
        more = Org.objects.bulk_create(Org(name=f"Org {n}", msp=umbrella.msp) for n in range(1000))
        umbrella.east.orgs.add(*more)
        # The policies of organizations that this process has not met are read together.
        assert cost(umbrella.mia, path) == few[0] + 1
        assert [cost(umbrella.mia, one) for one in reads] == few
        assert umbrella.mia.get(f"{umbrella.url}/orgs", limit=1).headers["X-Page-Total"] == "1002"


class TestAssigning:
    def change(self, umbrella: Umbrella, client: ApiClient, op: str, *org_ids: Any) -> Any:
        return client.put(f"{umbrella.url}/orgs", {"op": op, "org_ids": [str(one) for one in org_ids]})

    def test_both_logs_tell_and_the_organization_says_where_it_is(
        self, umbrella: Umbrella, world: World, api: Callable[[str], ApiClient]
    ) -> None:
        org = make_org("Fourth", by=Admin.objects.get(email="mia@example.com"))
        before = api("ada").get(f"/orgs/{world.globex.id}").status
        self.change(umbrella, umbrella.mia, "assign", org.id).ok()
        self.change(umbrella, umbrella.mia, "assign", org.id).ok()
        row = umbrella.mia.get(f"/orgs/{org.id}").ok()
        told = (row["msp_id"], row["msp_name"], row["orggroup_ids"])
        assert told == (str(umbrella.msp.id), "Umbrella", [])
        assert messages(umbrella.msp)[-1] == 'Assign Org "Fourth"'
        assert messages(org)[-1] == 'Assign Org "Fourth" to MSP "Umbrella"'
        self.change(umbrella, umbrella.mia, "unassign", org.id).ok()
        assert "msp_id" not in umbrella.mia.get(f"/orgs/{org.id}").ok()
        assert messages(org)[-1] == 'Unassign Org "Fourth" from MSP "Umbrella"'
        assert before == 404

    def test_all_or_nothing_with_a_reason_for_each(self, umbrella: Umbrella, world: World) -> None:
        mia = Admin.objects.get(email="mia@example.com")
        own, watched = make_org("Own", by=mia), make_org("Watched", by=make_admin("wanda"))
        grant(mia, watched, "observer")
        taken = make_org("Taken", by=mia)
        make_msp("Secret rival", taken, by=make_admin("rob"))
        wish = (own.id, world.globex.id, UNKNOWN, watched.id, taken.id, umbrella.branch.id)
        refused = self.change(umbrella, umbrella.mia, "assign", *wish).expect(400)
        assert refused["fields"] == {
            "org_ids.1": "does not exist",
            "org_ids.2": "does not exist",
            "org_ids.3": "takes a Super User of the organization",
            "org_ids.4": "belongs to another MSP; it must be unassigned there first",
        }
        assert "rival" not in str(refused)
        own.refresh_from_db()
        assert own.msp_id is None

    def test_unassigning_ends_access_at_once_and_leaves_the_groups(
        self, umbrella: Umbrella, world: World, api: Callable[[str], ApiClient]
    ) -> None:
        reader = umbrella.person("pat", "observer", umbrella.east)
        reader.get(f"/orgs/{world.acme.id}").ok()
        refused = self.change(umbrella, umbrella.mia, "unassign", world.acme.id, world.globex.id).expect(400)
        assert refused["fields"] == {"org_ids.1": "does not exist in this MSP"}
        self.change(umbrella, umbrella.mia, "unassign", world.acme.id).ok()
        for client in (reader, umbrella.mia):
            hidden = client.get(f"/orgs/{world.acme.id}").expect(404)
            assert hidden == client.get(f"/orgs/{UNKNOWN}").expect(404)
        assert umbrella.mia.get(f"{umbrella.url}/orggroups/{umbrella.east.id}").ok()["org_ids"] == []
        assert api("ada").get(f"/orgs/{world.acme.id}").ok()["name"] == "Acme"

    def test_nothing_that_nobody_would_administer_is_unassigned(self, umbrella: Umbrella) -> None:
        created = umbrella.mia.post(f"{umbrella.url}/orgs", {"name": "Fresh"}).ok()
        assert created["msp_id"] == str(umbrella.msp.id)
        assert names(umbrella.mia.get(f"/orgs/{created['id']}/sites").ok()) == ["Primary Site"]
        refused = self.change(umbrella, umbrella.mia, "unassign", created["id"]).expect(400)
        assert "no Super User of its own" in refused["reason"]
        umbrella.mia.delete(f"{umbrella.url}/orgs/{created['id']}").ok()
        assert messages(umbrella.msp)[-2:] == ['Add Org "Fresh"', 'Delete Org "Fresh"']

    @pytest.mark.parametrize("role", ["network_admin", "observer"])
    def test_it_takes_who_administers_the_msp(self, umbrella: Umbrella, world: World, role: str) -> None:
        client = umbrella.person("pat", role)
        for op in ("assign", "unassign"):
            assert self.change(umbrella, client, op, world.acme.id).status == 403
        assert client.post(f"{umbrella.url}/orgs", {"name": "X"}).status == 403

    def test_an_msp_with_organizations_stays(self, umbrella: Umbrella, world: World) -> None:
        assert "2 organizations" in umbrella.mia.delete(umbrella.url).expect(400)["detail"]
        self.change(umbrella, umbrella.mia, "unassign", world.acme.id, umbrella.branch.id).ok()
        umbrella.mia.delete(umbrella.url).ok()
        assert umbrella.mia.get(umbrella.url).status == 404
        assert not Privilege.objects.filter(admin__email="mia@example.com").exists()

    def test_read_only_keys_of_the_organization_are_not_kept(self, umbrella: Umbrella, world: World) -> None:
        url = f"{umbrella.url}/orgs/{world.acme.id}"
        row = umbrella.mia.get(url).ok()
        umbrella.mia.put(url, {**row, "msp_name": "Other", "orggroup_ids": [], "note": "kept"}).ok()
        assert umbrella.mia.get(url).ok() | {"modified_time": 0} == {
            **row,
            "note": "kept",
            "modified_time": 0,
        }
        assert Org.objects.get(id=world.acme.id).body == {"note": "kept"}


class TestReads:
    def test_search_and_numbers(self, umbrella: Umbrella, world: World) -> None:
        (device, _), (free,) = make_devices(world.north, 2), make_devices(world.acme)
        make_devices(umbrella.branch)
        rows = umbrella.mia.get(f"{umbrella.url}/orgs/search", name="ACM").ok()["results"]
        (row,) = rows
        assert (row["num_sites"], row["num_aps"], row["num_unassigned_aps"]) == (3, 3, 1)
        assert names(umbrella.mia.get(f"{umbrella.url}/orgs/search", sort="-name").ok()["results"]) == [
            "Branch",
            "Acme",
        ]
        umbrella.mia.get(f"{umbrella.url}/orgs/search", trial_enabled="true").expect(400)
        acme, branch = umbrella.mia.get(f"{umbrella.url}/stats/orgs").ok()
        assert acme == umbrella.mia.get(f"/orgs/{world.acme.id}/stats").ok()
        assert (branch["num_inventory"], branch["num_devices"]) == (1, 0)
        found = umbrella.mia.get(f"{umbrella.url}/inventory/{device.mac}").ok()
        assert (found["org_id"], found["site_id"]) == (str(world.acme.id), str(world.north.id))
        assert not umbrella.mia.get(f"{umbrella.url}/inventory/{free.mac}").ok()["for_site"]

    def test_a_device_elsewhere_is_not_found(self, umbrella: Umbrella, world: World) -> None:
        (foreign,), (beside,) = make_devices(world.overseas), make_devices(umbrella.branch)
        reader = umbrella.person("pat", "observer", umbrella.east)
        unknown = reader.get(f"{umbrella.url}/inventory/5c5b35ffffff").expect(404)
        for device in (foreign, beside):
            assert reader.get(f"{umbrella.url}/inventory/{device.mac}").expect(404) == unknown

    def test_logs(self, umbrella: Umbrella) -> None:
        umbrella.mia.put(umbrella.url, {"name": "Umbrella 2"}).ok()
        rows = umbrella.mia.get(f"{umbrella.url}/logs", message="update").ok()["results"]
        assert [row["message"] for row in rows] == ['Update MSP "Umbrella 2"']
        counted = umbrella.mia.get(f"{umbrella.url}/logs/count", distinct="message").ok()["results"]
        assert {"message": 'Add MSP "Umbrella"', "count": 1} in counted

    def test_groups(self, umbrella: Umbrella, world: World) -> None:
        url = f"{umbrella.url}/orggroups"
        wish = {"name": "West", "org_ids": [str(umbrella.branch.id)]}
        west = umbrella.mia.post(url, wish).ok()
        umbrella.mia.post(url, {"name": "WEST"}).expect(400)
        refused = umbrella.mia.put(f"{url}/{west['id']}", {"org_ids": [str(world.globex.id)]}).expect(400)
        assert refused["fields"] == {"org_ids.0": "does not exist in this MSP"}
        umbrella.mia.put(f"{url}/{west['id']}", {"org_ids": [str(world.acme.id)]}).ok()
        row = umbrella.mia.get(f"/orgs/{world.acme.id}").ok()
        assert set(row["orggroup_ids"]) == {west["id"], str(umbrella.east.id)}
        umbrella.mia.delete(f"{url}/{west['id']}").ok()
        assert umbrella.mia.get(f"{url}/{west['id']}").status == 404
