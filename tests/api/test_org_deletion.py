"""An organization is deleted for good, and only when nothing is claimed any more (SPEC B8)."""

from __future__ import annotations

from accounts.models import ApiToken, Privilege
from audit.cli import logs
from audit.models import Entry
from inventory.actions import release_devices
from inventory.models import Device
from orgs.models import DeviceProfile, Org
from sites.models import Site
from tests.client import ApiClient
from tests.world import SYSTEM, make_devices, make_profile, make_site


def test_b8_organization_with_devices_cannot_be_deleted(api, world):
    make_devices(world.north, 4)
    refused = api("ada").send("DELETE", f"/orgs/{world.acme.id}").expect(400)
    assert refused["detail"].startswith("inventory not empty: AP45 ")
    assert "and 1 more must be released first, in Organization > Inventory" in refused["detail"]
    assert Site.objects.filter(org=world.acme).exists()


def test_b8_everything_of_the_organization_goes_and_the_audit_trail_stays(api, world):
    devices = make_devices(world.north, 2)
    make_profile(world.acme, "Ward")
    release_devices(SYSTEM, world.acme, devices=devices)
    ada = api("ada")
    ada.send("DELETE", f"/orgs/{world.acme.id}").ok()
    assert list(Org.objects.values_list("name", flat=True)) == ["Globex"]
    for model in (Site, DeviceProfile, Privilege, ApiToken):
        assert not model.objects.filter(org_id=world.acme.id).exists(), model
    ada.get(f"/orgs/{world.acme.id}").expect(404)
    ApiClient(token=world.org_token.key).get("/self").expect(401)
    last = Entry.objects.filter(event="orgs.org.deleted").get()
    assert (last.org_id, last.message) == (world.acme.id, 'Delete Org "Acme"')
    assert Entry.objects.filter(event="sites.site.deleted", org_id=world.acme.id).count() == 3
    mine = [row["message"] for row in ada.get("/self/logs").ok()["results"]]
    assert mine[0] == 'Delete Org "Acme"'


def test_only_a_super_user_deletes_it(api, world):
    for key, status in (("wes", 403), ("rita", 403), ("gus", 404)):
        api(key).send("DELETE", f"/orgs/{world.acme.id}").expect(status)
    assert Org.objects.filter(id=world.acme.id).exists()


def test_settings_page_asks_for_the_exact_name(client, world):
    client.force_login(world.people["ada"].admin)
    url = f"/orgs/{world.acme.id}/settings"
    assert client.get(f"{url}/delete")["Location"] == f"{url}?delete=1"
    wrong = client.post(f"{url}/delete", {"name": "acme"})
    assert (wrong.status_code, set(wrong.context["errors"])) == (422, {"name"})
    (device,) = make_devices(world.acme)
    claimed = client.post(f"{url}/delete", {"name": "Acme"})
    assert claimed.status_code == 422
    assert "must be released first" in claimed.content.decode()
    release_devices(SYSTEM, world.acme, devices=[device])
    assert client.post(f"{url}/delete", {"name": "Acme"})["Location"] == "/"
    assert not Org.objects.filter(id=world.acme.id).exists()
    assert not Device.objects.filter(org_id=world.acme.id).exists()
    assert client.get("/").status_code == 200


def test_b8_the_operator_reads_the_trail_of_a_deleted_organization(api, world, capsys):
    api("ada").send("DELETE", f"/orgs/{world.acme.id}").ok()
    assert logs(["--org", str(world.acme.id)]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert {line[1] for line in lines} == {str(world.acme.id)}
    assert (lines[-1][2], lines[-1][4]) == ("Ada Admin ada@example.com", 'Delete Org "Acme"')
    assert lines[0][4] == 'Add Org "Acme"'
    assert logs(["--limit", "1"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_operators_terminal_gets_no_control_characters(world, capsys):
    names = {"message": "\x1b[2Jgone", "admin_name": "x\ny"}
    Entry.objects.create(event="orgs.org.updated", actor_kind="admin", **names)
    logs(["--limit", "1"])
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert out.count("\n") == 1


def test_deleting_costs_the_same_with_many_sites(api, world, django_assert_max_num_queries):
    for _ in range(30):
        make_site(world.acme)
    with django_assert_max_num_queries(72):
        api("ada").send("DELETE", f"/orgs/{world.acme.id}").ok()
