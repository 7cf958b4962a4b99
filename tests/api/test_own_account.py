"""The own account: its address by a mailed link, failed log-ins, and deleting it."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from accounts.models import Admin, ApiToken
from audit.models import Entry
from orgs.models import Org
from tests.client import ApiClient
from tests.world import PASSWORD, grant, make_admin, make_devices, make_org

NEW = "new@example.com"


@pytest.fixture
def link(api, pay):
    """`link()`: the parts of a link mailed to Ada's new address."""

    def ask(email=NEW):
        api("ada").post("/self/update", {"email": email}).ok()
        pay()
        found = re.search(r"\S+/verify/update\?\S+", mail.outbox[-2].body)
        assert found
        return {key: values[0] for key, values in parse_qs(urlsplit(found[0]).query).items()}

    return ask


class TestEmail:
    def test_changes_once_the_link_is_opened(self, api, link, world):
        parts = link()
        assert [message.to for message in mail.outbox] == [[NEW], ["ada@example.com"]]
        assert parts["email"] == "ada@example.com"
        assert int(parts["expire"]) > timezone.now().timestamp()
        assert api("ada").get("/self").ok()["email"] == "ada@example.com"
        api("ada").get(f"/self/update/verify/{parts['token']}").ok()
        assert api("ada").get("/self").ok()["email"] == NEW
        ApiClient().post("/login", {"email": NEW, "password": PASSWORD}).ok()
        again = api("ada").get(f"/self/update/verify/{parts['token']}")
        assert again.expect(400) == {"detail": "invalid token"}

    def test_the_latest_wish_stands(self, api, link):
        first = link()
        link("other@example.com")
        api("ada").get(f"/self/update/verify/{first['token']}").expect(400)

    def test_link_is_for_its_account_and_ends_with_time_and_password(self, api, link, world):
        token = link()["token"]
        assert api("wes").get(f"/self/update/verify/{token}").expect(400) == {"detail": "invalid token"}
        Admin.objects.filter(pk=world.wes.admin.pk).update(new_email=NEW)
        api("wes").get(f"/self/update/verify/{token}").expect(400)
        api("ada").get("/self/update/verify/nonsense").expect(400)
        fresh = ApiClient(world.ada.admin)
        with time_machine.travel(timezone.now() + timedelta(hours=25)):
            ApiClient(world.ada.admin).get(f"/self/update/verify/{token}").expect(400)
        fresh.put("/self", {"password": "a new passphrase", "current_password": PASSWORD}).ok()
        fresh.get(f"/self/update/verify/{token}").expect(400)

    def test_an_address_that_is_taken_meanwhile(self, api, link, world):
        token = link("wes@example.com")["token"]
        refused = api("ada").get(f"/self/update/verify/{token}").expect(400)
        assert refused == {"detail": "email already existed"}
        assert Admin.objects.get(pk=world.ada.admin.pk).email == "ada@example.com"

    @pytest.mark.parametrize("email", ["x", "", None, "ada@example.com", "ADA@example.com"])
    def test_bad_addresses_are_named(self, api, email):
        assert api("ada").post("/self/update", {"email": email}).expect(400)["fields"].keys() == {"email"}


def test_failed_log_ins_are_told_with_where_from(api, world):
    assert api("ada").get("/self/login_failures").ok() == {
        "email": "ada@example.com",
        "num_attempts": 0,
        "src_ips": [],
        "user_agents": [],
    }
    for address in ("198.51.100.7", "198.51.100.8", "198.51.100.7"):
        guess = ApiClient(address=address)
        guess.headers["User-Agent"] = "curl/8.0"
        guess.post("/login", {"email": "ada@example.com", "password": "wrong"}).expect(400)
    told = api("ada").get("/self/login_failures").ok()
    assert told["num_attempts"] == 3
    assert told["src_ips"] == ["198.51.100.7", "198.51.100.8"]
    assert told["user_agents"] == ["curl/8.0"]
    assert timezone.now().timestamp() - told["last_failure_at"] < 60
    assert api("wes").get("/self/login_failures").ok()["num_attempts"] == 0


class TestDelete:
    def test_an_organization_of_nobody_else_goes_along(self, world):
        nora = make_admin("Nora")
        alone = make_org("Alone", by=nora)
        client = ApiClient(nora)
        key = client.post("/self/apitokens", {"name": "mine"}).ok()["key"]
        client.delete("/self").ok()
        client.get("/self").expect(401)
        ApiClient(token=key).get("/self").expect(401)
        assert not Admin.objects.filter(pk=nora.pk).exists()
        assert not Org.objects.filter(pk=alone.pk).exists()
        assert not ApiToken.objects.filter(name="mine").exists()
        told = Entry.objects.filter(event="accounts.admin.deleted", admin_id=nora.id)
        assert [entry.message for entry in told] == ["Delete Account of Nora Person"]

    def test_not_while_it_has_devices(self, world):
        nora = make_admin("Nora")
        alone = make_org("Alone", by=nora)
        make_devices(alone)
        refused = ApiClient(nora).delete("/self").expect(400)
        assert refused == {"detail": "inventory not empty", "org_id": str(alone.id)}
        assert Admin.objects.filter(pk=nora.pk).exists()

    def test_the_last_super_user_stays_while_there_are_others(self, api, world):
        assert "Acme" in api("ada").delete("/self").expect(400)["detail"]
        grant(world.wes.admin, world.acme, "super_user", site=world.north)
        api("ada").delete("/self").expect(400)
        grant(world.rita.admin, world.acme, "super_user")
        Admin.objects.filter(pk=world.rita.admin.pk).update(is_active=False)
        api("ada").delete("/self").expect(400)
        Admin.objects.filter(pk=world.rita.admin.pk).update(is_active=True)
        api("ada").delete("/self").ok()
        assert Org.objects.filter(pk=world.acme.pk).exists()

    def test_others_leave_when_they_like_and_the_organization_is_told(self, api, world):
        api("wes").delete("/self").ok()
        told = api("ada").get(f"/orgs/{world.acme.id}/logs", message="Delete Account").ok()["results"]
        assert [entry["message"] for entry in told] == ["Delete Account of Wes Writer"]

    def test_only_the_version_that_was_read(self, api, world):
        wes = api("wes")
        read = wes.get("/self").headers["ETag"]
        wes.put("/self", {"phone": "1"}).ok()
        wes.delete("/self", **{"If-Match": read}).expect(412)
        wes.delete("/self", **{"If-Match": wes.get("/self").headers["ETag"]}).ok()
