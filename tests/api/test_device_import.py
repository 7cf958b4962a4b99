"""Devices of a site as a file: the export, and the import that takes all rows or none."""

import csv
import io
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from audit.models import Entry
from inventory.models import Device
from tests.client import ApiClient
from tests.world import make_devices, make_map, make_profile, name_devices

MAP = "63eda950-c6da-41e4-a628-60f81dd250cc"
HEAD = "mac,name,map_id,x,y,height,orientation,labels,band_24.power,band_24.channel,band_5.disabled"


@pytest.fixture
def north(world):
    make_map(world.north, map_id=UUID(MAP))
    return f"/sites/{world.north.id}/devices"


@pytest.fixture
def devices(world):
    return sorted(make_devices(world.north, 2), key=lambda device: device.mac)


def upload(client, path, text, name="file"):
    raw = text if isinstance(text, bytes) else text.encode()
    data = encode_multipart(BOUNDARY, {name: SimpleUploadedFile("devices.csv", raw)})
    return client.send("POST", f"{path}/import", data, content_type=MULTIPART_CONTENT)


def exported(client, path):
    return list(csv.DictReader(io.StringIO(client.get(f"{path}/export").ok(), newline="")))


class TestJson:
    def test_devices_come_back_in_the_order_of_the_rows(self, api, north, devices, world):
        first, second = devices
        profile = make_profile(world.acme)
        rows = [
            {"mac": second.mac.upper(), "name": "Two", "deviceprofile_id": str(profile.id)},
            {"mac": first.mac, "name": "One", "x": 3.5, "height": 2, "vars": {"a": "b"}, "type": "ap"},
        ]
        body = api("wes").post(f"{north}/import", rows).ok()
        assert [(row["mac"], row["name"]) for row in body] == [(second.mac, "Two"), (first.mac, "One")]
        assert (body[0]["deviceprofile_id"], body[1]["x"]) == (str(profile.id), 3.5)
        first.refresh_from_db()
        assert first.body == {"x": 3.5, "height": 2.0, "vars": {"a": "b"}}

    def test_each_change_is_in_the_log_and_repeating_it_is_none(self, api, north, devices):
        rows = [{"mac": device.mac, "name": "Ward"} for device in devices]
        api("ada").post(f"{north}/import", rows).ok()
        assert Entry.objects.filter(event="inventory.device.updated").count() == 2
        api("ada").post(f"{north}/import", rows).ok()
        assert Entry.objects.filter(event="inventory.device.updated").count() == 2

    def test_one_bad_row_and_nothing_is_changed(self, api, north, devices, world):
        first, second = devices
        (elsewhere,) = make_devices(world.south)
        (foreign,) = make_devices(world.overseas)
        switches = make_profile(world.acme, type="switch")
        rows = [
            {"mac": first.mac, "name": "Fine"},
            {"mac": "5c5b"},
            {"name": "No address"},
            "text",
            {"mac": elsewhere.mac, "name": "x"},
            {"mac": foreign.mac, "name": "x"},
            {"mac": first.mac, "name": "Again"},
            {"mac": second.mac, "orientation": 360, "x": "far"},
        ]
        fields = api("ada").post(f"{north}/import", rows).expect(400)["fields"]
        assert set(fields) == {f"row {number}" for number in range(2, 9)}
        assert fields["row 5"] == f"mac: {elsewhere.mac} is not at this site"
        assert fields["row 6"] == f"mac: {foreign.mac} is not at this site"
        assert "orientation" in fields["row 8"]
        assert "x:" in fields["row 8"]
        row = {"mac": second.mac, "deviceprofile_id": str(switches.id)}
        fields = api("ada").post(f"{north}/import", [rows[0], row]).expect(400)["fields"]
        assert fields == {"row 2": "deviceprofile_id: is no ap profile of this organization"}
        assert not Device.objects.exclude(name="").exists()
        assert not Entry.objects.filter(event="inventory.device.updated").exists()

    def test_installer_names_and_places_nothing_else(self, api, north, devices):
        mac = devices[0].mac
        api("ivan").post(f"{north}/import", [{"mac": mac, "name": "Lobby"}]).ok()
        api("ivan").post(f"{north}/import", [{"mac": mac, "vars": {"a": "b"}}]).expect(403)
        api("rita").post(f"{north}/import", [{"mac": mac, "name": "Rita"}]).expect(403)
        assert Device.objects.get(mac=mac).name == "Lobby"

    def test_a_thousand_rows_at_once(self, api, north):
        rows = [{"mac": f"{number:012x}"} for number in range(1001)]
        fields = api("ada").post(f"{north}/import", rows).expect(400)["fields"]
        assert fields == {"rows": "are 1,001; 1,000 are allowed at once"}

    @pytest.mark.parametrize("body", [{}, {"mac": "5c5b35000001"}, None, "text"])
    def test_wants_a_list(self, api, north, body):
        assert "list" in api("ada").post(f"{north}/import", body).expect(400)["detail"]

    def test_empty_list_is_fine(self, api, north):
        assert api("ada").post(f"{north}/import", []).ok() == []

    def test_costs_the_same_for_many(self, api, north, world, django_assert_num_queries):
        devices, ada = make_devices(world.north, 22), api("ada")
        rows = [{"mac": device.mac, "name": device.serial} for device in devices]
        ada.get("/self").ok()  # what the organization asks of sessions is looked up once
        for part in (rows[:2], rows[2:]):
            with django_assert_num_queries(9):
                ada.post(f"{north}/import", part).ok()


class TestCsv:
    def test_cells_become_keys(self, api, north, devices):
        first, second = devices
        lines = [
            HEAD,
            f'{first.mac},"AP 1",{MAP},30,10.5,2.3,45,"guest, vip",8,6,false',
            f"{second.mac},AP 2",
        ]
        body = upload(api("ada"), north, "\n".join(lines)).ok()
        assert [row["name"] for row in body] == ["AP 1", "AP 2"]
        first.refresh_from_db()
        assert first.body == {
            "map_id": MAP,
            "x": 30.0,
            "y": 10.5,
            "height": 2.3,
            "orientation": 45,
            "labels": ["guest", "vip"],
            "radio_config": {"band_24": {"power": 8, "channel": 6}, "band_5": {"disabled": False}},
        }

    def test_token_and_byte_order_mark_and_line_ends_of_windows(self, world, north, devices):
        client = ApiClient(token=world.user_token.key)
        upload(client, north, f"\ufeffMAC,Name\r\n{devices[0].mac.upper()},Lobby\r\n\r\n").ok()
        assert Device.objects.get(mac=devices[0].mac).name == "Lobby"

    def test_empty_cells_and_columns_that_are_not_there_lose_nothing(self, api, north, devices):
        mac = devices[0].mac
        kept = {"radio_config": {"band_24": {"power": 8, "ant_gain": 2}, "ant_mode": "internal"}, "y": 1.0}
        api("ada").post(f"{north}/import", [{"mac": mac, "name": "Lobby", "notes": "kept", **kept}]).ok()
        upload(api("ada"), north, f"mac,name,y,band_24.power,band_24.channel\n{mac},,,,6").ok()
        device = Device.objects.get(mac=mac)
        assert (device.name, device.body["notes"], device.body["y"]) == ("Lobby", "kept", 1.0)
        assert device.body["radio_config"] == {
            "band_24": {"power": 8, "ant_gain": 2, "channel": 6},
            "ant_mode": "internal",
        }

    def test_bad_rows_are_named_as_a_spreadsheet_counts(self, api, north, devices):
        first, second = devices
        lines = [
            "mac,name,x,orientation,band_5.disabled,map_id",
            f"{first.mac},Fine,,,,",
            "",
            f"{second.mac},,far,,,",
            f"{second.mac},,nan,,,",
            f"{second.mac},,,{10**30},,",
            f"{second.mac},,,,perhaps,",
            f"{second.mac},,,,,no-map",
            f"{second.mac},a,1,1,true,{MAP},more",
            "nonsense,,,,,",
        ]
        fields = upload(api("ada"), north, "\n".join(lines)).expect(400)["fields"]
        assert {name: told.partition(" ")[0] for name, told in fields.items()} == {
            "row 4": "x:",
            "row 5": "x:",
            "row 6": "orientation:",
            "row 7": "band_5.disabled:",
            "row 8": "map_id:",
            "row 9": "has",
            "row 10": "mac:",
        }
        assert not Device.objects.exclude(name="").exists()

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("", "mac"),
            ("name\nLobby", "mac"),
            ("mac,mac\n", "once"),
            ("mac,colour\n5c5b35000001,red", "colour"),
            (b"mac,name\n\xff\xfe", "UTF-8"),
            ('mac,name\n"5c5b', "CSV"),
            ("mac,name\n5c5b35000001,a\0b", "NUL"),
        ],
    )
    def test_what_is_no_such_file_is_refused(self, api, north, text, told):
        assert told in upload(api("ada"), north, text).expect(400)["fields"]["file"]

    def test_file_is_required(self, api, north):
        assert upload(api("ada"), north, "mac\n", name="csv").expect(400)["fields"]["file"] == "is required"

    def test_broken_multipart_and_other_types_are_refused(self, api, north):
        ada = api("ada")
        ada.send("POST", f"{north}/import", b"x", content_type="multipart/form-data; boundary=x").expect(400)
        ada.send("POST", f"{north}/import", b"mac", content_type="text/csv").expect(415)


class TestExport:
    def test_rows_are_the_devices_of_the_site(self, api, north, devices, world):
        make_devices(world.south)
        name_devices(world.acme, devices, "Ward {ctr}")
        rows = exported(api("rita"), north)
        assert [(row["mac"], row["name"]) for row in rows] == [
            (devices[0].mac, "Ward 1"),
            (devices[1].mac, "Ward 2"),
        ]
        assert (rows[0]["type"], rows[0]["model"], rows[0]["serial"]) == ("ap", "AP45", devices[0].serial)
        assert api("rita").get(f"{north}/export").headers["Content-Disposition"].startswith("attachment")

    def test_no_cell_starts_a_formula(self, api, north, devices):
        rows = [{"mac": devices[0].mac, "name": '=HYPERLINK("x")', "labels": ["@vip", "a"], "x": -3.5}]
        api("ada").post(f"{north}/import", rows).ok()
        row = next(row for row in exported(api("ada"), north) if row["mac"] == devices[0].mac)
        assert (row["name"], row["labels"], row["x"]) == ('\'=HYPERLINK("x")', "'@vip, a", "-3.5")

    def test_import_of_an_export_changes_nothing(self, api, north, devices):
        first, second = devices
        radio = {"band_6": {"power": 8, "disabled": True, "ant_gain": 1}}
        rows = [
            {"mac": first.mac, "name": '=1+"ü"', "labels": ["@vip", "a"], "x": -3.5, "map_id": MAP},
            {"mac": second.mac, "name": " -x;=y ", "orientation": 0, "radio_config": radio, "notes": "n"},
        ]
        api("ada").post(f"{north}/import", rows).ok()
        before = list(Device.objects.order_by("id").values("name", "body", "modified_time"))
        upload(api("ada"), north, api("ada").get(f"{north}/export").ok()).ok()
        after = list(Device.objects.order_by("id").values("name", "body", "modified_time"))
        assert [(row["name"], row["body"]) for row in after] == [(row["name"], row["body"]) for row in before]
        assert Entry.objects.filter(event="inventory.device.updated").count() == 2
