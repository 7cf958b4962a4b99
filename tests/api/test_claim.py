"""Inventory: claiming by codes, each with a result of its own."""

import pytest

from inventory.models import Device, Unit
from tests.world import UNKNOWN, claim, make_units


@pytest.fixture
def inventory(world):
    return f"/orgs/{world.acme.id}/inventory"


def codes(units):
    return [unit.claim_code for unit in units]


def test_new_codes_are_added_with_what_they_stand_for(api, inventory, world):
    ap, switch = [*make_units("AP45"), *make_units("EX4400-48P")]
    result = api("ada").post(inventory, [ap.claim_code, switch.claim_code.replace("-", "").lower()]).ok()
    assert [(row["mac"], row["model"], row["type"]) for row in result["inventory_added"]] == [
        (ap.mac, "AP45", "ap"),
        (switch.mac, "EX4400-48P", "switch"),
    ]
    assert result["inventory_added"][0]["magic"] == ap.claim_code.replace("-", "")
    assert result["added"] == [ap.claim_code, switch.claim_code]
    assert (result["duplicated"], result["error"], result["reason"]) == ([], [], [])
    listed = api("ada").get(inventory).ok()
    assert {row["id"] for row in listed} == {f"00000000-0000-0000-1000-{unit.mac}" for unit in (ap, switch)}
    assert {row["site_id"] for row in listed} == {None}


def test_own_codes_are_duplicated(api, inventory, world):
    units = make_units(count=2)
    api("ada").post(inventory, codes(units[:1])).ok()
    result = api("ada").post(inventory, codes(units)).ok()
    assert (result["added"], result["duplicated"]) == ([units[1].claim_code], [units[0].claim_code])
    assert [row["mac"] for row in result["inventory_duplicated"]] == [units[0].mac]


def test_code_of_another_organization_is_refused_without_a_name(api, inventory, world):
    (unit,) = make_units()
    claim(world.globex, [unit])
    refused = api("ada").post(inventory, codes([unit])).expect(400)
    assert refused["error"] == [unit.claim_code]
    assert refused["reason"] == ["belongs to another org"]
    assert "lobex" not in str(refused)
    assert str(world.globex.id) not in str(refused)
    assert Device.objects.get().org_id == world.globex.id


def test_each_bad_code_has_its_own_reason_in_order(api, inventory):
    (unit,) = make_units()
    sent = [
        unit.claim_code,
        "AAAAA-BBBBB-CCCCC",
        "short",
        unit.claim_code,
        unit.claim_code.lower().replace("-", ""),
        7,
        None,
        {"a": 1},
        "",
        "ÄÄÄÄÄ-BBBBB-CCCCC",
    ]
    result = api("ada").post(inventory, sent).ok()
    assert len(result["added"]) == 1
    told = dict(zip(result["error"], result["reason"], strict=True))
    assert told["AAAAA-BBBBB-CCCCC"] == "is not a known claim code"
    assert told["short"].startswith("is not a claim code")
    assert told[unit.claim_code] == "is in the list more than once"
    assert len(result["error"]) == len(sent) - 1


def test_only_bad_codes_are_400_with_the_same_body(api, inventory):
    refused = api("ada").post(inventory, ["AAAAA-BBBBB-CCCCC"]).expect(400)
    assert set(refused) == {
        "added",
        "duplicated",
        "error",
        "reason",
        "inventory_added",
        "inventory_duplicated",
    }


@pytest.mark.parametrize("body", [{}, {"codes": []}, "AAAAA-BBBBB-CCCCC", 7])
def test_anything_but_a_list_is_refused(api, inventory, body):
    assert "list" in api("ada").post(inventory, body).expect(400)["detail"]


def test_ten_thousand_codes_are_the_most(api, inventory, django_assert_max_num_queries):
    units = make_units(count=200)
    filler = [f"ZZZZZ-ZZZZZ-{number:05d}" for number in range(10_000 - len(units))]
    ada = api("ada")
    with django_assert_max_num_queries(30):
        result = ada.post(inventory, [*codes(units), *filler]).ok()
    assert (len(result["added"]), len(result["error"])) == (200, 9_800)
    refused = ada.post(inventory, [*codes(units), *filler, "ZZZZZ-ZZZZZ-99999"]).expect(400)
    assert "10,001" in refused["reason"]


def test_claim_is_recorded_and_owes_placement(api, inventory, world, owed):
    (unit,) = make_units()
    api("wes").post(inventory, codes([unit])).ok()
    entry = api("ada").get(f"/orgs/{world.acme.id}/logs", message="Claim").ok()["results"][0]
    assert entry["message"] == f"Claim AP45 {unit.mac}"
    assert entry["admin_name"] == "Wes Writer wes@example.com"
    assert ("inventory.device.claimed", "autoprovision.tasks.place_devices") in owed()


@pytest.mark.parametrize("who", ["rita", "hana", "ivan", "otto", "max", "pia"])
def test_who_may_not_claim_takes_nothing(api, inventory, who):
    units = make_units()
    api(who).post(inventory, codes(units)).expect(403)
    assert not Unit.objects.exclude(org=None).exists()


def test_foreign_organization_does_not_exist(api, world):
    units = make_units()
    here = api("gus").post(f"/orgs/{world.acme.id}/inventory", codes(units)).expect(404)
    assert here == api("gus").post(f"/orgs/{UNKNOWN}/inventory", codes(units)).expect(404)
