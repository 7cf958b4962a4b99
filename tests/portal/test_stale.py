"""Two people edit one thing: the second sees what the first changed, and nothing is lost unseen."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import ApiToken
from audit.models import Entry
from audit.queries import last_change
from mistadmin.core.resources import catalog
from orgs import docs
from orgs.actions import update_setting
from orgs.models import Org, OrgDoc
from sites.actions import update_setting as update_site_setting
from sites.models import Site, SiteGroup
from tests.client import ApiClient
from tests.portal.conftest import HTMX, said, text
from tests.world import (
    SYSTEM,
    World,
    grant_at,
    make_admin,
    make_msp,
    make_orggroup,
    make_site,
    make_sitegroup,
)

WARDS = {"enable": True, "rules": [{"src": "name", "expression": "[0:4]"}]}
NAMES = {"enable": True, "rules": [{"src": "lldp_port_desc"}]}


@pytest.fixture
def wes(browser: Callable[[str], Client]) -> Client:
    """The browser of somebody else who may edit sites and documents."""
    return browser("wes")


@pytest.fixture
def site(acme: str, world: World) -> str:
    return f"{acme}/sites/{world.north.id}"


@pytest.fixture
def template(acme: str, world: World) -> str:
    values = {"name": "Guests", "vlan": 7, "auth": {"psk": "hunter2 hunter2"}}
    doc = docs.create_doc(SYSTEM, world.acme, resource=catalog()["templates"], values=values)
    return f"{acme}/templates/{doc.id}"


def opened(page: Any) -> dict[str, str]:
    """The form of a page as a browser sends it when nothing is typed."""
    hidden = re.findall(r'<input type="hidden" name="(version|opened)"', text(page))
    assert hidden == ["version", "opened"]
    edit, values = page.context["edit"], page.context.get("values") or {}
    form = {key: str(value) for key, value in values.items() if isinstance(value, str)}
    return {**form, "version": edit.version, "opened": edit.text}


def rows(page: Any) -> list[tuple[str, ...]]:
    """What the page shows of both sides: field, as it was opened, now, yours."""
    found = re.search(r'aria-label="Both changes".*?<tbody>(.*?)</tbody>', text(page), re.DOTALL)
    cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", found[1] if found else "", re.DOTALL)
    plain = [" ".join(re.sub(r"<[^>]+>", "", cell).split()) for cell in cells]
    return [tuple(plain[at : at + 4]) for at in range(0, len(plain), 4)]


def test_a_stale_site_is_not_saved_and_shows_both_sides(ada: Client, wes: Client, site: str) -> None:
    form = opened(ada.get(site))
    wes.post(site, {**opened(wes.get(site)), "name": "Cold North", "notes": "a\r\nb"})
    entries = Entry.objects.count()
    page = ada.post(site, {**form, "name": "Far North", "address": "1 Road"})
    assert page.status_code == 409
    assert Entry.objects.count() == entries
    assert Site.objects.filter(name="Cold North", body__notes="a\nb").exists()
    assert rows(page) == [
        ("Site Name", "North", "Cold North", "Far North"),
        ("Notes", "(empty)", "a b", "Not changed by you"),
    ]
    assert re.search(r"Wes Writer wes@example.com changed this since you opened it,\s+<time", text(page))
    for kept in (
        'value="Far North"',
        'value="1 Road"',
        ">\na\nb</textarea>",
        "Take theirs",
        f'href="{site}"',
    ):
        assert kept in text(page)
    again = ada.post(site, {**opened(page)}, follow=True)
    assert said(again) == ["Site saved."]
    stored = Site.objects.get(name="Far North")
    assert (stored.body["address"], stored.body["notes"]) == ("1 Road", "a\nb")


def test_different_fields_are_both_saved(ada: Client, wes: Client, site: str, world: World) -> None:
    form = opened(ada.get(site))
    wes.post(site, {**opened(wes.get(site)), "notes": "cold"})
    update_site_setting(SYSTEM, world.north, changes={"vars": {"a": "b"}})
    assert said(ada.post(site, {**form, "name": "Far North"}, follow=True)) == ["Site saved."]
    assert Site.objects.get(name="Far North").body["notes"] == "cold"
    latest = Entry.objects.filter(event="sites.site.updated").latest("timestamp")
    assert latest.before["notes"] == latest.after["notes"] == "cold"


def test_a_third_person_is_noticed_too(ada: Client, wes: Client, site: str) -> None:
    form = opened(ada.get(site))
    wes.post(site, {"name": "Second"})
    first = ada.post(site, {**form, "name": "Mine"})
    wes.post(site, {"name": "Third"})
    again = ada.post(site, opened(first))
    assert (again.status_code, rows(again)) == (409, [("Site Name", "Second", "Third", "Mine")])


def test_a_form_of_which_nothing_is_known_is_still_not_saved(ada: Client, wes: Client, site: str) -> None:
    form = opened(ada.get(site))
    wes.post(site, {"name": "Second"})
    for version, was in ((form["version"], "{oops"), ("<b>", "[]")):
        page = ada.post(site, {**form, "name": "Mine", "version": version, "opened": was})
        assert page.status_code == 409
        assert rows(page) == [("Site Name", "Not known", "Second", "Mine")]


def test_a_refused_value_keeps_the_version_that_was_opened(ada: Client, wes: Client, site: str) -> None:
    form = opened(ada.get(site))
    refused = ada.post(site, {**form, "name": ""})
    assert (refused.status_code, opened(refused)["version"]) == (422, form["version"])
    wes.post(site, {"name": "Second"})
    assert ada.post(site, {**opened(refused), "name": "Mine"}).status_code == 409


def test_ones_own_other_tab_is_called_so(ada: Client, site: str) -> None:
    form = opened(ada.get(site))
    ada.post(site, {"name": "Second"})
    assert "You changed this yourself" in text(ada.post(site, {**form, "name": "Mine"}))


def test_the_name_of_the_organization(ada: Client, acme: str, world: World) -> None:
    form = opened(ada.get(f"{acme}/settings"))
    update_setting(SYSTEM, world.acme, changes={"tags": ["a"]})
    ada.post(f"{acme}/settings", {"name": "Acme Ltd"})
    page = ada.post(f"{acme}/settings", {**form, "name": "Acme Inc"})
    assert (page.status_code, rows(page)) == (409, [("Organization Name", "Acme", "Acme Ltd", "Acme Inc")])
    assert 'value="Acme Inc"' in text(page)
    assert ada.post(f"{acme}/settings", opened(page)).status_code == 302
    assert Org.objects.filter(name="Acme Inc").exists()


def test_a_document_by_its_keys(ada: Client, wes: Client, template: str) -> None:
    form = opened(ada.get(template))
    theirs = {"vlan": 8, "auth": {"psk": "hunter2 hunter2"}, "added": {"by": "wes"}}
    wes.post(template, {**opened(wes.get(template)), "body": json.dumps(theirs)})
    page = ada.post(template, {**form, "name": "Visitors", "body": json.dumps({"vlan": 9})})
    assert page.status_code == 409
    assert rows(page) == [
        ("vlan", "7", "8", "9"),
        ("added.by", "—", "wes", "Not changed by you"),
    ]
    assert json.loads(page.context["values"]["body"]) == {"vlan": 9, "added": {"by": "wes"}}
    ada.post(template, opened(page))
    doc = OrgDoc.objects.get(name="Visitors")
    assert doc.body == {"vlan": 9, "added": {"by": "wes"}}


def test_a_secret_that_is_hidden_from_both_is_not_lost(
    ada: Client, wes: Client, template: str, world: World
) -> None:
    update_setting(SYSTEM, world.acme, changes={"api_policy": {"no_reveal": True}})
    form = opened(ada.get(template))
    assert "hunter" not in str(form)
    other = json.dumps({"vlan": 7, "auth": {"psk": "hunter3 hunter3"}})
    wes.post(template, {**opened(wes.get(template)), "body": other})
    page = ada.post(template, {**form, "body": other.replace("hunter3", "hunter4")})
    assert (page.status_code, OrgDoc.objects.get().body["auth"]["psk"]) == (409, "hunter3 hunter3")
    assert rows(page) == [("auth.psk", "Not known", "******", "hunter4 hunter4")]
    assert "hunter2" not in text(page)
    assert "hunter3" not in text(page)
    untouched = ada.post(template, {**form, "name": "Visitors"})
    assert (untouched.status_code, OrgDoc.objects.get().body["auth"]["psk"]) == (302, "hunter3 hunter3")


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_the_rules_by_tab(ada: Client, acme: str, world: World, headers: dict[str, str]) -> None:
    url = f"{acme}/settings/autoprovisioning"
    update_setting(SYSTEM, world.acme, changes={"auto_site_assignment": WARDS})
    form = {**_window(ada.get(url, headers=headers)), "site-0-expression": "[0:5]", "action": "save"}
    update_setting(SYSTEM, world.acme, changes={"ui_idle_timeout": 9, "auto_device_naming": NAMES})
    theirs = {"enable": True, "rules": [{"src": "name", "expression": "[0:6]"}]}
    update_setting(world.ada.actor, world.acme, changes={"auto_site_assignment": theirs})
    page = ada.post(url, form, headers=headers)
    assert page.status_code == 409
    assert [row for row in rows(page) if row[0].startswith("Site")] == [
        ("Site Assignment: rules 1 expression", "[0:4]", "[0:6]", "[0:5]")
    ]
    assert page.context["tab"] == "site"
    assert page.context["aspects"][1].enable, "the other tab shows what was saved meanwhile"
    assert ('hx-get="' + url in text(page)) == bool(headers)
    again = ada.post(url, {**_window(page), "action": "save"}, headers=headers)
    assert again.status_code == (200 if headers else 302)
    setting = Org.objects.get(id=world.acme.id).setting
    assert setting["auto_site_assignment"]["rules"] == [{"src": "name", "expression": "[0:5]"}]
    assert setting["auto_device_naming"]["enable"]
    assert setting["ui_idle_timeout"] == 9


def test_rules_are_saved_beside_changes_of_other_tabs_and_settings(
    ada: Client, acme: str, world: World
) -> None:
    url = f"{acme}/settings/autoprovisioning"
    form = {**_window(ada.get(url)), "site-enable": "1", "action": "save"}
    meanwhile = {"password_policy": {"enabled": True}, "auto_device_naming": NAMES}
    update_setting(SYSTEM, world.acme, changes=meanwhile)
    assert ada.post(url, form).status_code == 302
    setting = Org.objects.get(id=world.acme.id).setting
    assert setting["auto_site_assignment"]["enable"]
    assert setting.items() >= meanwhile.items()


def test_a_rule_that_is_added_keeps_the_version_that_was_opened(ada: Client, acme: str) -> None:
    url = f"{acme}/settings/autoprovisioning"
    form = _window(ada.get(url))
    added = ada.post(url, {**form, "add": "site"})
    assert opened(added) == {"version": form["version"], "opened": form["opened"]}


def test_who_changed_it_is_told_to_those_who_see_the_audit_logs(world: World) -> None:
    event = "sites.site.created"
    told = last_change(world.otto.actor, world.north, event)
    assert told is not None
    assert told["admin_name"] == "tests"
    assert last_change(world.rita.actor, world.north, event) is None


def _window(page: Any) -> dict[str, str]:
    """The window's form as it is shown."""
    form = {"tab": page.context["tab"], **opened(page)}
    for aspect in page.context["aspects"]:
        form |= {
            f"{aspect.key}-enable": str(int(aspect.enable)),
            f"{aspect.key}-count": str(len(aspect.rules)),
        }
        for number, card in enumerate(aspect.rules):
            names = ("src", "separator", "prefix", "suffix", "expression", "extra", "first")
            form |= {f"{aspect.key}-{number}-{name}": str(getattr(card, name)) for name in names}
            form |= {
                f"{aspect.key}-{number}-segment": str(card.segment),
                f"{aspect.key}-{number}-rows": str(len(card.rows)),
            }
            if card.divide:
                form |= {f"{aspect.key}-{number}-divide": "1"}
    return form


def test_a_site_group_site_by_site(ada: Client, acme: str, world: World) -> None:
    """Different sites are different changes; of the same thing both sides are shown."""
    east, west = make_site(world.acme, name="East"), make_site(world.acme, name="West")
    group = make_sitegroup(world.acme, "Coast", world.north, world.south)
    url, super_user = f"{acme}/sitegroups/{group.id}", Client()
    super_user.force_login(world.ada.admin)
    form = opened(ada.get(url))
    theirs = [str(world.north.id), str(world.south.id), str(west.id)]
    super_user.post(url, {**opened(super_user.get(url)), "sites": theirs})
    mine = {**form, "sites": [str(world.north.id), str(east.id)]}
    assert ada.post(url, mine).status_code == 302
    assert _names(group) == ["East", "North", "West"]
    page = ada.post(url, {**mine, "name": "Shore"})
    assert (page.status_code, _names(group)) == (302, ["East", "North", "West"])
    form = opened(ada.get(url))
    super_user.post(url, {**opened(super_user.get(url)), "name": "Beach", "sites": [str(east.id)]})
    page = ada.post(url, {**form, "name": "Bay", "sites": [str(one.id) for one in (east, west, world.north)]})
    assert sorted(rows(page)) == [
        ("Name", "Shore", "Beach", "Bay"),
        ("Site North", "In the group", "—", "Not changed by you"),
        ("Site West", "In the group", "—", "Not changed by you"),
    ]
    assert page.status_code == 409
    assert page.context["values"]["sites"] == [str(east.id)]
    again = {**opened(page), "name": "Bay", "sites": [str(east.id)]}
    assert ada.post(url, again).status_code == 302
    group.refresh_from_db()
    assert (group.name, _names(group)) == ("Bay", ["East"])


def test_an_organization_group_org_by_org(wes: Client, world: World) -> None:
    """As a site group: others' changes of other organizations stay."""
    founder, mia = make_admin("mia"), Client()
    mia.force_login(founder)
    msp = make_msp("Umbrella", world.acme, world.globex, by=founder)
    grant_at(msp, world.wes.admin, "super_user")
    group = make_orggroup(msp, "East", world.acme)
    url, acme, globex = f"/msps/{msp.id}/orggroups/{group.id}", str(world.acme.id), str(world.globex.id)
    form = opened(mia.get(url))
    wes.post(url, {**opened(wes.get(url)), "orgs": [acme, globex]})
    assert mia.post(url, {**form, "name": "West", "orgs": [acme]}).status_code == 302
    group.refresh_from_db()
    assert (group.name, group.orgs.count()) == ("West", 2)
    form = opened(mia.get(url))
    wes.post(url, {**opened(wes.get(url)), "name": "North", "orgs": [globex]})
    page = mia.post(url, {**form, "name": "South", "orgs": [acme, globex]})
    assert (page.status_code, sorted(rows(page))) == (
        409,
        [
            ("Name", "West", "North", "South"),
            (f"Organization {world.acme.name}", "In the group", "—", "Not changed by you"),
        ],
    )
    assert "wes@example.com changed this since you opened it" in text(page)
    assert mia.post(url, {**opened(page), "orgs": [globex]}).status_code == 302
    group.refresh_from_db()
    assert (group.name, [org.id for org in group.orgs.all()]) == ("South", [world.globex.id])


def _names(group: SiteGroup) -> list[str]:
    return sorted(group.sites.values_list("name", flat=True))


def test_a_token_by_name_access_level_and_sites(ada: Client, acme: str, world: World) -> None:
    token = world.org_token
    url, api = f"{acme}/settings/tokens/{token.id}", ApiClient(world.ada.admin)
    path = f"/orgs/{world.acme.id}/apitokens/{token.id}"
    mine = {"name": "Robot", "role": "network_admin", "reach": "all"}
    form = opened(ada.get(url))
    api.put(path, {"privileges": [{"scope": "org", "role": "read"}]}).ok()
    assert ada.post(url, {**form, **mine}).status_code == 302
    assert _held(token.id) == ("Robot", {("observer", None)})
    form = opened(ada.get(url))
    at_north = {"scope": "site", "role": "read", "site_id": str(world.north.id)}
    api.put(path, {"name": "Droid", "privileges": [at_north]}).ok()
    wish = {"name": "Robot", "role": "helpdesk", "reach": "sites", "sites": [str(world.south.id)]}
    page = ada.post(url, {**form, **wish})
    assert page.status_code == 409
    assert rows(page) == [
        ("Name", "Robot", "Droid", "Not changed by you"),
        ("Sites: 1", "All Sites", "Specific Sites", "Specific Sites"),
        ("Sites: 2", "—", "North", "South"),
    ]
    assert _held(token.id) == ("Droid", {("observer", world.north.id)})
    assert 'value="Droid"' in text(page)
    assert ada.post(url, {**opened(page), **wish, "name": "Droid"}).status_code == 302
    assert _held(token.id) == ("Droid", {("helpdesk", world.south.id)})


def _held(token_id: Any) -> tuple[str, set[tuple[str, Any]]]:
    token = ApiToken.objects.get(id=token_id)
    return token.name, {(held.role, held.site_id) for held in token.privileges.all()}
