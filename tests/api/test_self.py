"""The own account and its API tokens."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import leases
from accounts.actions import create_user_token
from accounts.models import ApiToken
from accounts.tasks import discard_dead_leases
from audit.models import Entry
from tests.client import ApiClient
from tests.world import UNKNOWN, make_site, make_sitegroup


def test_self_tells_account_and_privileges_with_names(api, world):
    me = api("ada").get("/self").ok()
    assert (me["email"], me["first_name"], me["last_name"]) == ("ada@example.com", "Ada", "Admin")
    assert me["privileges"] == [
        {
            "scope": "org",
            "org_id": str(world.acme.id),
            "org_name": "Acme",
            "name": "Acme",
            "role": "admin",
        }
    ]
    assert me["tags"] == []


def test_site_privilege_names_its_site(api, world):
    (privilege,) = api("ivan").get("/self").ok()["privileges"]
    assert privilege["scope"] == "site"
    assert privilege["site_id"] == str(world.north.id)
    assert privilege["name"] == "North"
    assert privilege["role"] == "installer"


@pytest.mark.parametrize(
    ("who", "role", "view"),
    [
        ("rosa", "read", "reporting"),
        ("leo", "write", "location"),
        ("mara", "read", "marketing"),
        ("max", "admin", "mxedge_admin"),
        ("pia", "helpdesk", "switch_admin"),
        ("otto", "read", "super_observer"),
    ],
)
def test_restricted_roles_are_spelled_with_their_view(api, who, role, view):
    (privilege,) = api(who).get("/self").ok()["privileges"]
    assert (privilege["role"], privilege["views"]) == (role, [view])


def test_put_self_changes_what_is_sent_and_keeps_the_rest(api, world):
    ada = api("ada")
    assert ada.put("/self", {"phone": "4930123"}).ok()["phone"] == "4930123"
    me = ada.put("/self", {"first_name": " Adah ", "email": "x@example.com", "via_sso": True}).ok()
    assert (me["first_name"], me["phone"], me["email"], me["via_sso"]) == (
        "Adah",
        "4930123",
        "ada@example.com",
        False,
    )


def test_null_clears_a_phone_and_a_name_is_required(api):
    ada = api("ada")
    ada.put("/self", {"phone": "4930123"}).ok()
    assert ada.put("/self", {"phone": None}).ok()["phone"] == ""
    assert set(ada.put("/self", {"first_name": None}).expect(400)["fields"]) == {"first_name"}


def test_every_bad_field_is_named_at_once(api):
    refused = api("ada").put("/self", {"first_name": "", "last_name": "x" * 65, "phone": 7}).expect(400)
    assert set(refused["fields"]) == {"first_name", "last_name", "phone"}
    assert refused["detail"] == "invalid field: first_name, last_name, phone"


def test_put_self_without_a_change_is_no_entry(api, world):
    ada = api("ada")
    ada.put("/self", {"first_name": "Ada"}).ok()
    messages = [entry["message"] for entry in ada.get("/self/logs").ok()["results"]]
    assert "Update Account" not in messages


class TestUserTokens:
    def test_key_is_shown_once_and_masked_afterwards(self, api):
        ada = api("ada")
        created = ada.post("/self/apitokens", {"name": "backup"}).ok()
        key = created["key"]
        assert len(key) >= 32
        listed = {token["id"]: token for token in ada.get("/self/apitokens").ok()}
        assert listed[created["id"]]["key"] == f"{key[:4]}...{key[-4:]}"
        assert ada.get(f"/self/apitokens/{created['id']}").ok()["key"] == f"{key[:4]}...{key[-4:]}"

    def test_key_is_not_in_the_database(self, api, world):
        from accounts.models import ApiToken
        from audit.models import Entry

        key = world.user_token.key
        for row in [*ApiToken.objects.values(), *Entry.objects.values()]:
            assert key not in str(row)

    def test_token_acts_as_its_owner(self, world):
        script = ApiClient(token=world.user_token.key)
        assert script.get("/self").ok()["email"] == "ada@example.com"

    def test_use_is_noted(self, api, world):
        ApiClient(token=world.user_token.key).get("/self").ok()
        (token,) = api("ada").get("/self/apitokens").ok()
        assert isinstance(token["last_used"], int)

    def test_token_needs_no_csrf_header(self, world):
        script = ApiClient(token=world.user_token.key)
        assert script.put("/self", {"phone": "1"}).ok()["phone"] == "1"

    def test_revoked_token_stops_at_once(self, api, world):
        script = ApiClient(token=world.user_token.key)
        script.get("/self").ok()
        api("ada").delete(f"/self/apitokens/{world.user_token.id}").ok()
        assert script.get("/self").expect(401)["detail"] == "Invalid token."

    def test_token_of_a_switched_off_account_stops(self, world):
        world.ada.admin.is_active = False
        world.ada.admin.save(update_fields=["is_active"])
        ApiClient(token=world.user_token.key).get("/self").expect(401)

    def test_rename(self, api, world):
        path = f"/self/apitokens/{world.user_token.id}"
        assert api("ada").put(path, {"name": "nightly"}).ok()["name"] == "nightly"
        api("ada").put(path, {"name": "x" * 65}).expect(400)

    def test_tokens_of_others_do_not_exist(self, api, world):
        path = f"/self/apitokens/{world.user_token.id}"
        for reply in (api("gus").get(path), api("gus").put(path, {"name": "x"}), api("gus").delete(path)):
            assert reply.expect(404) == api("gus").get(f"/self/apitokens/{UNKNOWN}").expect(404)

    @pytest.mark.parametrize("value", ["", "Token", "Token ", "Token nonsense", "Token \xe9", "Bearer x"])
    def test_bad_credentials_are_401_with_a_detail(self, anonymous, value):
        anonymous.headers["Authorization"] = value
        assert anonymous.get("/self").expect(401)["detail"]


class TestOrgTokens:
    def path(self, world):
        return f"/orgs/{world.acme.id}/apitokens"

    def test_self_of_a_token_has_name_and_privileges_but_no_email(self, world):
        me = ApiClient(token=world.org_token.key).get("/self").ok()
        assert me["name"] == "Acme's script"
        assert "email" not in me
        assert [p["role"] for p in me["privileges"]] == ["write"]

    def test_listed_with_creator_and_masked_key(self, api, world):
        (token,) = api("ada").get(self.path(world)).ok()
        assert token["created_by"] == "ada@example.com"
        assert token["org_id"] == str(world.acme.id)
        assert token["key"] == f"{world.org_token.key[:4]}...{world.org_token.key[-4:]}"

    def test_key_is_in_the_reply_of_the_creation_only(self, api, world):
        wish = {"name": "reader", "privileges": [{"scope": "org", "role": "read"}]}
        created = api("ada").post(self.path(world), wish).ok()
        assert ApiClient(token=created["key"]).get(f"/orgs/{world.acme.id}").ok()["name"] == "Acme"
        assert api("ada").get(f"{self.path(world)}/{created['id']}").ok()["key"] != created["key"]

    def test_site_token_reaches_its_site_only(self, api, world):
        wish = {
            "name": "north",
            "privileges": [{"scope": "site", "role": "write", "site_id": str(world.north.id)}],
        }
        script = ApiClient(token=api("ada").post(self.path(world), wish).ok()["key"])
        script.get(f"/sites/{world.north.id}").ok()
        script.get(f"/sites/{world.south.id}").expect(404)
        names = [site["name"] for site in script.get(f"/orgs/{world.acme.id}/sites").ok()]
        assert names == ["North"]

    def test_sitegroup_token_reaches_the_sites_of_its_group(self, api, world):
        group = make_sitegroup(world.acme, "Coast", world.south)
        wish = {
            "name": "coast",
            "privileges": [{"scope": "sitegroup", "role": "read", "sitegroup_id": str(group.id)}],
        }
        created = api("ada").post(self.path(world), wish).ok()
        assert created["privileges"][0]["sitegroup_id"] == str(group.id)
        script = ApiClient(token=created["key"])
        script.get(f"/sites/{world.south.id}").ok()
        script.get(f"/sites/{world.north.id}").expect(404)

    def test_source_addresses_are_enforced(self, api, world):
        wish = {
            "name": "office",
            "privileges": [{"scope": "org", "role": "read"}],
            "src_ips": ["192.0.2.0/24", "2001:db8::1"],
        }
        key = api("ada").post(self.path(world), wish).ok()["key"]
        ApiClient(token=key, address="192.0.2.77").get("/self").ok()
        ApiClient(token=key, address="2001:db8::1").get("/self").ok()
        ApiClient(token=key, address="198.51.100.1").get("/self").expect(401)

    def test_source_addresses_are_fixed(self, api, world):
        path = f"{self.path(world)}/{world.org_token.id}"
        renamed = api("ada").put(path, {"name": "renamed", "src_ips": ["192.0.2.1"]}).ok()
        assert (renamed["name"], renamed["src_ips"]) == ("renamed", [])

    @pytest.mark.parametrize("who", ["wes", "rita", "hana", "ivan", "max", "otto"])
    def test_only_super_users_make_them_and_super_observers_see_them(self, api, world, who):
        wish = {"name": "mine", "privileges": [{"scope": "org", "role": "admin"}]}
        api(who).get(self.path(world)).expect(200 if who == "otto" else 403)
        api(who).post(self.path(world), wish).expect(403)

    def test_org_token_cannot_widen_itself(self, world):
        script = ApiClient(token=world.org_token.key)
        wish = {"name": "more", "privileges": [{"scope": "org", "role": "admin"}]}
        script.post(self.path(world), wish).expect(403)
        script.post("/self/apitokens", {"name": "more"}).expect(404)

    def test_refused_token_leaves_nothing(self, api, world):
        wish = {"name": "half", "privileges": [{"scope": "site", "role": "read", "site_id": str(UNKNOWN)}]}
        refused = api("ada").post(self.path(world), wish).expect(400)
        assert list(refused["fields"]) == ["privileges.0.site_id"]
        assert len(api("ada").get(self.path(world)).ok()) == 1

    def test_site_of_another_organization_is_refused_like_an_unknown_one(self, api, world):
        def refused(site_id):
            wish = {"name": "x", "privileges": [{"scope": "site", "role": "read", "site_id": str(site_id)}]}
            return api("ada").post(self.path(world), wish).expect(400)

        assert refused(world.overseas.id) == refused(UNKNOWN)

    @pytest.mark.parametrize(
        "wish",
        [
            {},
            {"name": "x", "privileges": []},
            {"name": "x", "privileges": [{"scope": "org", "role": "read"}] * 11},
            {"name": "x", "privileges": [{"scope": "org", "role": "god"}]},
            {"name": "x", "privileges": [{"scope": "org", "role": "admin", "views": "reporting"}]},
            {"name": "x", "privileges": [{"scope": "org", "role": "read"}], "src_ips": ["here"]},
            {"name": "x", "privileges": [{"scope": "org", "role": "read", "org_id": str(UNKNOWN)}]},
            {"name": "x", "privileges": "all"},
        ],
    )
    def test_bad_wishes_are_refused_with_their_fields(self, api, world, wish):
        assert api("ada").post(self.path(world), wish).expect(400)["fields"]

    def test_revoked_token_stops_at_once(self, api, world):
        api("ada").delete(f"{self.path(world)}/{world.org_token.id}").ok()
        ApiClient(token=world.org_token.key).get("/self").expect(401)

    def test_lists_are_paged(self, api, world):
        wish = {"name": "second", "privileges": [{"scope": "org", "role": "read"}]}
        api("ada").post(self.path(world), wish).ok()
        page = api("ada").get(self.path(world), limit=1, page=2)
        assert len(page.ok()) == 1
        assert page.headers["X-Page-Total"] == "2"


def test_org_created_by_token_is_visible_in_its_self(world):
    script = ApiClient(token=world.user_token.key)
    org = script.post("/orgs", {"name": "Initech"}).ok()
    mine = [p for p in script.get("/self").ok()["privileges"] if p["org_id"] == org["id"]]
    assert [p["role"] for p in mine] == ["admin"]


def test_own_log_spans_organizations(api, world):
    make_site(world.acme)
    ada = api("ada")
    ada.post(f"/orgs/{world.acme.id}/sites", {"name": "Logged"}).ok()
    results = ada.get("/self/logs", limit=1000).ok()["results"]
    assert results[0]["message"] == 'Add Site "Logged"'
    assert {entry["admin_id"] for entry in results} == {str(world.ada.admin.id)}


class TestLease:
    """Tokens of `mistadmin lab`, which may be killed before it can revoke them."""

    @pytest.fixture
    def leased(self, world):
        return create_user_token(world.ada.actor, values={"name": "lab"}, leased=True)

    def age(self, token, **age):
        ApiToken.objects.filter(id=token.id).update(modified_time=timezone.now() - timedelta(**age))

    def test_works_only_while_it_is_renewed(self, leased):
        script = ApiClient(token=leased.key)
        script.get("/self").ok()
        self.age(leased, minutes=3)
        assert script.get("/self").expect(401) == {"detail": "Invalid token."}
        assert leases.renew(leased.id)
        script.get("/self").ok()

    def test_other_tokens_need_no_renewal(self, world):
        self.age(world.user_token, days=400)
        ApiToken.objects.update(hint="lab_...0000")
        ApiClient(token=world.user_token.key).get("/self").ok()

    def test_renewal_is_for_leased_tokens_that_are_there(self, world, leased):
        assert not leases.renew(world.user_token.id)
        assert not leases.renew(UNKNOWN)

    def test_dead_ones_are_taken_away_and_told(self, world, leased):
        self.age(world.user_token, days=1)
        self.age(leased, minutes=50)
        discard_dead_leases()
        assert ApiToken.objects.filter(id=leased.id).exists()
        self.age(leased, minutes=61)
        discard_dead_leases()
        assert not ApiToken.objects.filter(id=leased.id).exists()
        assert ApiToken.objects.filter(id=world.user_token.id).exists()
        assert Entry.objects.filter(event="accounts.token.deleted", object_id=leased.id).count() == 1
