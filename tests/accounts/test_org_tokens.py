"""Organization tokens: what they are made with, what changes later, and that nobody climbs by them (S4)."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from django.utils import timezone

from accounts.actions import create_org_token, discard_unused_tokens, update_org_token
from accounts.auth import actor_for_key
from accounts.models import ApiToken, Privilege
from accounts.queries import get_org_token
from audit.models import Entry
from mistadmin.core.access import ROLES, Actor, Grant
from mistadmin.core.errors import NotAllowed, NotVisible
from tests.client import ApiClient
from tests.world import SYSTEM, make_site, make_sitegroup

# Only who may look after tokens gives one, and a Super User has every right that a role may have.
MAKERS = {"super_user"}


def spelled(role: str, **reach: str) -> dict[str, object]:
    """A privilege as the API spells it."""
    known = ROLES[role]
    views = {"views": [known.view]} if known.view else {}
    return {"scope": "org", "role": known.mist_role, **views, **reach}


@pytest.fixture
def tokens(world):
    return f"/orgs/{world.acme.id}/apitokens"


def test_no_role_makes_or_widens_a_token_beyond_its_own(world):
    """Eleven roles times eleven, as a person and as a token, in all of the organization and at one site."""
    token = get_org_token(SYSTEM, world.acme, world.org_token.id)
    for maker, wanted, kind, sites in product(ROLES, ROLES, ("admin", "token"), (None, {world.north.id})):
        grant = Grant(ROLES[maker], world.acme.id, sites and frozenset(sites))
        actor = Actor(kind, world.ada.admin.id, grants=(grant,))
        values = {"name": f"{maker} makes {wanted}", "privileges": [spelled(wanted)]}
        if maker in MAKERS and sites is None:
            made = create_org_token(actor, world.acme, values=values)
            update_org_token(actor, token, values=values)
            assert _roles(made.id) == _roles(token.id) == [wanted]
            continue
        before = _roles(token.id), ApiToken.objects.count()
        with pytest.raises((NotAllowed, NotVisible)):
            create_org_token(actor, world.acme, values=values)
        with pytest.raises((NotAllowed, NotVisible)):
            update_org_token(actor, token, values=values)
        assert (_roles(token.id), ApiToken.objects.count()) == before


def _roles(token_id):
    return list(Privilege.objects.filter(token_id=token_id).values_list("role", flat=True))


def test_privileges_change_and_what_the_token_may_follows_at_once(api, world, tokens):
    script, path = ApiClient(token=world.org_token.key), f"{tokens}/{world.org_token.id}"
    script.get(f"/sites/{world.south.id}").ok()
    north = {"scope": "site", "role": "read", "site_id": str(world.north.id)}
    changed = api("ada").put(path, {"privileges": [north]}).ok()
    assert [(row["role"], row["site_id"]) for row in changed["privileges"]] == [("read", str(world.north.id))]
    script.get(f"/sites/{world.north.id}").ok()
    script.get(f"/sites/{world.south.id}").expect(404)
    entry = Entry.objects.filter(event="accounts.token.updated").latest("timestamp")
    assert [row["role"] for row in entry.before["privileges"]] == ["write"]
    assert [row["role"] for row in entry.after["privileges"]] == ["read"]


def test_what_was_read_can_be_sent_back(api, tokens, world):
    path = f"{tokens}/{world.org_token.id}"
    read = api("ada").get(path)
    sent = api("ada").put(path, read.ok(), **{"If-Match": read.headers["ETag"]})
    assert sent.ok() == read.ok()
    assert not Entry.objects.filter(event="accounts.token.updated").exists()


def test_a_change_that_is_based_on_other_privileges_is_refused(api, tokens, world):
    path = f"{tokens}/{world.org_token.id}"
    old = api("ada").get(path).headers["ETag"]
    api("ada").put(path, {"privileges": [spelled("observer")]}).ok()
    api("ada").put(path, {"name": "late"}, **{"If-Match": old}).expect(412)


def test_a_token_needs_one_privilege_and_takes_ten(api, tokens, world):
    sites = [make_site(world.acme) for _ in range(11)]
    rows = [spelled("observer", scope="site", site_id=str(site.id)) for site in sites]
    path = f"{tokens}/{world.org_token.id}"
    api("ada").put(path, {"privileges": []}).expect(400)
    assert api("ada").put(path, {"privileges": rows}).expect(400)["fields"].keys() == {"privileges"}
    assert len(api("ada").put(path, {"privileges": rows[:10]}).ok()["privileges"]) == 10


def test_a_place_of_another_organization_is_none(api, tokens, world):
    wish = spelled("observer", scope="site", site_id=str(world.overseas.id))
    foreign = api("ada").put(f"{tokens}/{world.org_token.id}", {"privileges": [wish]}).expect(400)
    unknown = {**wish, "site_id": "0b5a7a5e-0000-4000-8000-00000000dead"}
    assert api("ada").put(f"{tokens}/{world.org_token.id}", {"privileges": [unknown]}).expect(400) == foreign


def test_the_reach_of_a_group_follows_its_sites_at_once(api, tokens, world):
    group = make_sitegroup(world.acme, "Coast", world.north)
    reach = spelled("observer", scope="sitegroup", sitegroup_id=str(group.id))
    made = api("ada").post(tokens, {"name": "coast", "privileges": [reach]}).ok()
    script, south = ApiClient(token=made["key"]), f"/sites/{world.south.id}"
    script.get(south).expect(404)
    api("ada").put(south, {"sitegroup_ids": [str(group.id)]}).ok()
    script.get(south).ok()
    api("ada").put(south, {"sitegroup_ids": []}).ok()
    script.get(south).expect(404)


def test_tokens_unused_for_ninety_days_are_removed_and_the_log_tells(world, api):
    now = timezone.now()
    old, fresh = now - timedelta(days=90, minutes=1), now - timedelta(days=89, hours=23)
    kept = api("ada").post("/self/apitokens", {"name": "used lately"}).ok()
    ApiToken.objects.filter(id=kept["id"]).update(created_time=old, last_used=fresh)
    ApiToken.objects.filter(id=world.user_token.id).update(created_time=old)
    ApiToken.objects.filter(id=world.org_token.id).update(created_time=old, last_used=old)
    assert discard_unused_tokens(SYSTEM) == 2
    assert [str(one) for one in ApiToken.objects.values_list("id", flat=True)] == [kept["id"]]
    ApiClient(token=world.org_token.key).get("/self").expect(401)
    told = Entry.objects.filter(event="accounts.token.lapsed", org_id=world.acme.id).get()
    assert told.message == 'Remove API Token "Acme\'s script", unused for 90 days'
    assert discard_unused_tokens(SYSTEM) == 0


def test_an_old_token_that_is_in_use_stays(world):
    actor_for_key(world.org_token.key, None)
    ApiToken.objects.filter(id=world.org_token.id).update(created_time=timezone.now() - timedelta(days=400))
    assert discard_unused_tokens(SYSTEM) == 0
