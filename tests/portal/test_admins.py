"""Organization > Administrators: the list, inviting, other roles, revoking; and the link of an invitation."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts import tokens
from accounts.actions import record_login
from accounts.models import Admin, Invite
from audit.models import Entry
from mistadmin.core.access import ROLES, Actor
from tests.portal.conftest import HTMX, said, text
from tests.world import PASSWORD, World, grant, make_admin, make_invite, make_sitegroup

NEWCOMER = {"first_name": "Nora", "last_name": "New", "password": "a long enough password"}


def form(**values: Any) -> dict[str, Any]:
    """The form of an invitation as a browser sends it."""
    person = {"email": "nora@example.com", "first_name": "Nora", "last_name": "New", "hours": "24"}
    return {**person, "role": "observer", "reach": "org", **values}


def link(invite: Invite) -> str:
    return f"/verify/invite?token={tokens.invite_link(invite.id, invite.links)}"


def accept(browser: Client, url: str, **values: str) -> Any:
    return browser.post("/verify/invite", {"token": url.partition("=")[2], **values}, follow=True)


def test_list_says_who_may_what_and_when_they_were_here(ada: Client, world: World, acme: str) -> None:
    record_login(Actor.anonymous("127.0.0.1"), admin=world.wes.admin)
    make_invite(world.acme, "ines@example.com", first_name="Ines")
    page = ada.get(f"{acme}/admins")
    rows = {row["email"]: row for row in page.context["rows"]}
    assert len(rows) == 11
    assert rows["ivan@example.com"]["roles"] == [{"label": "Installer", "reach": "Site North"}]
    assert rows["wes@example.com"]["last_login"] is not None
    assert rows["rita@example.com"]["last_login"] is None
    assert "gus@example.com" not in rows
    for shown in ("Network Admin", "All sites", "ines@example.com", "Resend", "Two-factor", "Never"):
        assert shown in text(page)
    assert f'href="{acme}/admins"' in text(page)


def test_list_is_filtered_by_name_and_address(ada: Client, world: World, acme: str) -> None:
    page = ada.get(f"{acme}/admins", {"q": "READER rita@"})
    assert [row["email"] for row in page.context["rows"]] == ["rita@example.com"]
    assert "No administrator matches" in text(ada.get(f"{acme}/admins", {"q": "nobody"}))
    for name in ("ines", "iris"):
        make_invite(world.acme, f"{name}@example.com", first_name=name.title())
    shown = ada.get(f"{acme}/admins", {"q": "Iris"})
    assert [row["email"] for row in shown.context["invited"].rows] == ["iris@example.com"]
    assert "No administrator matches" not in text(shown)


def test_form_describes_the_eleven_roles(ada: Client, acme: str) -> None:
    page = text(ada.get(f"{acme}/admins/invite"))
    assert page.count('name="role"') == len(ROLES) == 11
    for role in ROLES.values():
        assert role.label in page
        assert role.description in page
    assert "North" in page


@pytest.mark.parametrize("page", ["admins/invite", "settings/ssoroles/create", "settings/sso/create"])
def test_forms_for_the_whole_organization_open_to_no_super_user_of_one_site(
    world: World, acme: str, page: str
) -> None:
    admin, browser = make_admin("nina"), Client()
    grant(admin, world.acme, "super_user", site=world.north)
    browser.force_login(admin)
    assert browser.get(f"{acme}/{page}").status_code == 403
    assert browser.post(f"{acme}/{page}", {"name": ""}).status_code == 403


def test_inviting_by_form_and_accepting_without_an_account(
    ada: Client, world: World, acme: str, pay: Callable[[], int]
) -> None:
    places = {"reach": "site", "site_ids": [str(world.north.id), str(world.south.id)]}
    sent = ada.post(f"{acme}/admins/invite", form(role="switch_port_operator", **places), follow=True)
    assert said(sent) == ["nora@example.com is invited."]
    pay()
    found = re.search(r"/verify/invite\?token=\S+", mail.outbox[0].body)
    assert found
    browser, url = Client(), found[0].replace("%3A", ":")
    page = browser.get(url)
    assert "Switch Port Operator" in text(page)
    assert "2 sites: North, South" in text(page)
    assert 'value="Nora"' in text(page)
    # Opening the link only asks, so that a scanner which follows it accepts nothing.
    assert not Admin.objects.filter(email="nora@example.com").exists()
    bad = accept(browser, url, **{**NEWCOMER, "password": "short", "first_name": "Norah"})
    assert bad.status_code == 422
    assert set(bad.context["errors"]) == {"password"}
    assert 'value="Norah"' in text(bad)
    done = accept(browser, url, **NEWCOMER)
    assert said(done) == ["You are an administrator of Acme now."]
    nora = Admin.objects.get(email="nora@example.com")
    assert nora.email_verified_at is not None
    assert {(one.role, one.site_id) for one in nora.privileges.all()} == {
        ("switch_port_operator", world.north.id),
        ("switch_port_operator", world.south.id),
    }
    again = accept(Client(), url, **{**NEWCOMER, "password": "somebody else's password"})
    assert again.status_code == 404
    assert "does not work" in text(again)
    home = Client().post("/login", {"email": nora.email, "password": NEWCOMER["password"]})
    assert home.status_code == 302
    pay()
    assert mail.outbox[-1].subject == "You are an administrator of Acme"


def test_an_account_logs_in_and_comes_back_to_the_link(world: World) -> None:
    nora = make_admin("Nora")
    url = link(make_invite(world.acme, nora.email, "write"))
    browser = Client()
    page = text(browser.get(url))
    login = re.search(r'href="(/login\?next=[^"]+)"', page)
    assert login
    assert 'name="password"' not in page
    opened = browser.get(login[1].replace("&amp;", "&"))
    wanted = opened.context["next"]
    answer = browser.post("/login", {"email": nora.email, "password": PASSWORD, "next": wanted}, follow=True)
    assert answer.redirect_chain == [(wanted, 302)]
    assert "Accept invitation" in text(answer)
    assert said(accept(browser, url)) == ["You are an administrator of Acme now."]
    assert nora.privileges.get().role == "network_admin"
    # Nobody takes over an account by a link to its address.
    assert nora.check_password(PASSWORD)


def test_an_account_is_not_made_anew_by_an_invitation(world: World) -> None:
    nora = make_admin("Nora")
    url = link(make_invite(world.acme, nora.email))
    answer = accept(Client(), url, **NEWCOMER)
    assert answer.status_code == 409
    assert "Log in as" in text(answer)
    nora.refresh_from_db()
    assert nora.check_password(PASSWORD)
    assert not nora.privileges.exists()


def test_a_registration_that_nobody_proved_gives_way_to_the_link(world: World) -> None:
    """Else whoever registers somebody's address first would keep a password to what is offered later."""
    squatter = make_admin("Nora", email_verified_at=None)
    url = link(make_invite(world.acme, squatter.email))
    accept(Client(), url, **NEWCOMER)
    squatter.refresh_from_db()
    assert squatter.check_password(NEWCOMER["password"])
    assert squatter.last_name == "New"
    assert squatter.privileges.count() == 1


def test_a_link_of_somebody_else_changes_nothing(world: World, browser: Callable[[str], Client]) -> None:
    invite = make_invite(world.acme, "nora@example.com", "admin")
    for answer in (browser("gus").get(link(invite)), accept(browser("gus"), link(invite), **NEWCOMER)):
        assert answer.status_code == 409
        assert "another e-mail address" in text(answer)
        assert "gus@example.com" in text(answer)
        assert "nora@example.com" not in text(answer)
        assert "Log out" in text(answer)
    assert Invite.objects.filter(id=invite.id).exists()
    assert not Admin.objects.filter(email="nora@example.com").exists()


@pytest.mark.parametrize("who", ["", "nora"])
def test_expired_cancelled_forged_and_replaced_links_are_refused_plainly(
    ada: Client, world: World, acme: str, who: str
) -> None:
    nora, browser = make_admin("Nora"), Client()
    if who:
        browser.force_login(nora)
    invite = make_invite(world.acme, nora.email)
    first = link(invite)
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        late = Client()
        if who:
            late.force_login(nora)
        for answer in (late.get(first), accept(late, first, **NEWCOMER)):
            assert answer.status_code == 409
            assert "has expired" in text(answer)
    resent = ada.post(f"{acme}/admins/invites/{invite.id}/resend", follow=True)
    assert said(resent) == ["A new link is on its way to nora@example.com; the old one is dead."]
    invite.refresh_from_db()
    second = link(invite)
    assert browser.get(second).status_code == 200
    ada.post(f"{acme}/admins/invites/{invite.id}/cancel")
    for dead in (first, second, "/verify/invite?token=", "/verify/invite?token=nonsense", f"{first}x"):
        for answer in (browser.get(dead), accept(browser, dead, **NEWCOMER)):
            assert answer.status_code == 404
            assert "does not work" in text(answer)
    assert not nora.privileges.exists()


def test_ones_own_invitation_is_refused(ada: Client, world: World, acme: str) -> None:
    ada.post(f"{acme}/admins/invite", form())
    answer = ada.get(link(Invite.objects.get()))
    assert answer.status_code == 409
    assert "sent this invitation yourself" in text(answer)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": "rita@example.com"}, "email"),
        ({"first_name": "x" * 65}, "first_name"),
        ({"hours": "0"}, "hours"),
        ({"hours": ""}, "hours"),
        ({"role": ""}, "role"),
        ({"role": "owner"}, "role"),
        ({"reach": ""}, "reach"),
        ({"reach": "site"}, "reach"),
        ({"reach": "sitegroup"}, "reach"),
        ({"reach": "site", "site_ids": ["nonsense"]}, "reach"),
        ({"reach": "site", "site_ids": ["0b5a7a5e-0000-4000-8000-00000000dead"]}, "reach"),
        ({"role": "super_user", "reach": "site", "site_ids": ["{north}"]}, "reach"),
    ],
)
def test_a_bad_field_is_named_and_the_rest_is_kept(
    ada: Client, world: World, acme: str, changes: dict[str, Any], field: str
) -> None:
    if changes.get("site_ids") == ["{north}"]:
        changes = {**changes, "site_ids": [str(world.north.id)]}
    page = ada.post(f"{acme}/admins/invite", form(**changes))
    assert page.status_code == 422
    assert set(page.context["errors"]) == {field}
    assert 'value="New"' in text(page)
    assert not Invite.objects.exists()


def test_other_roles_are_saved_with_a_form(ada: Client, world: World, acme: str) -> None:
    coast = make_sitegroup(world.acme, "Coast", world.north)
    url = f"{acme}/admins/{world.rita.admin.id}"
    page = ada.get(url)
    assert page.context["values"]["role"] == "observer"
    sent = {"role": "helpdesk", "reach": "sitegroup", "sitegroup_ids": [str(coast.id)]}
    saved = ada.post(url, {**sent, "version": page.context["version"]}, follow=True)
    assert said(saved) == ["Roles of Rita Reader saved."]
    assert [(one.role, one.sitegroup_id) for one in world.rita.admin.privileges.all()] == [
        ("helpdesk", coast.id)
    ]
    stale = ada.post(url, {"role": "observer", "reach": "org", "version": page.context["version"]})
    assert stale.status_code == 409
    assert "Somebody else changed this" in text(stale)
    assert "Helpdesk · Site group Coast" in text(stale)
    assert stale.context["values"]["role"] == "observer"
    # A form that was refused for something else still notices it.
    wrong = ada.post(url, {"role": "observer", "reach": "site", "version": page.context["version"]})
    assert wrong.status_code == 422
    assert wrong.context["version"] == page.context["version"]
    ada.post(url, {"role": "observer", "reach": "org", "version": stale.context["version"]})
    assert world.rita.admin.privileges.get().role == "observer"


def test_several_roles_are_told_and_not_lost_by_looking(ada: Client, world: World, acme: str) -> None:
    grant(world.rita.admin, world.acme, "installer", site=world.south)
    page = ada.get(f"{acme}/admins/{world.rita.admin.id}")
    assert page.context["values"]["role"] == ""
    assert "Several roles" in text(page)
    assert "Installer · Site South" in text(page)


def test_access_is_revoked_in_a_window(
    ada: Client, browser: Callable[[str], Client], world: World, acme: str
) -> None:
    url = f"{acme}/admins/{world.rita.admin.id}/revoke"
    assert browser("rita").get(f"{acme}/inventory").status_code == 200
    asked = ada.get(url, headers=HTMX)
    assert "Revoke access of Rita Reader?" in text(asked)
    assert "API tokens of the organization" in text(asked)
    done = ada.post(url, headers=HTMX)
    assert done["HX-Redirect"] == f"{acme}/admins"
    assert browser("rita").get(f"{acme}/inventory").status_code == 404
    assert Entry.objects.filter(event="accounts.member.revoked").count() == 1


def test_the_last_super_user_is_told_why_not(ada: Client, world: World, acme: str) -> None:
    own = f"{acme}/admins/{world.ada.admin.id}"
    for answer in (ada.post(f"{own}/revoke"), ada.post(own, {"role": "observer", "reach": "org"})):
        assert answer.status_code == 409
        assert "last Super User" in text(answer)
    assert world.ada.admin.privileges.get(org=world.acme).role == "super_user"
    grant(world.wes.admin, world.acme, "super_user")
    assert ada.post(f"{own}/revoke")["Location"] == "/"
    assert ada.get(acme).status_code == 404


def test_an_invitation_is_changed_with_a_form(ada: Client, world: World, acme: str) -> None:
    invite = make_invite(world.acme, "nora@example.com", first_name="Nora", last_name="Old", hours=5)
    url = f"{acme}/admins/invites/{invite.id}"
    page = ada.get(url)
    assert (page.context["values"]["role"], page.context["values"]["hours"]) == ("observer", 5)
    assert re.search(r'<option value="5"\s+selected>5 hours', text(page))
    sent = {"first_name": "Nora", "last_name": "New", "hours": "72", "role": "helpdesk", "reach": "org"}
    saved = ada.post(url, {**sent, "version": page.context["version"]}, follow=True)
    assert said(saved) == ["Invitation of nora@example.com saved."]
    invite.refresh_from_db()
    assert (invite.last_name, invite.hours, invite.privileges.get().role) == ("New", 72, "helpdesk")
    assert ada.post(url, {**sent, "hours": "24", "version": page.context["version"]}).status_code == 409
    ada.post(f"{url}/cancel", headers=HTMX)
    assert ada.get(url).status_code == 404


def test_administrators_are_found_by_the_search(ada: Client, world: World, acme: str) -> None:
    assert f"{acme}/admins/{world.rita.admin.id}" in text(ada.get(f"{acme}/search", {"q": "rita"}))
    assert f"{acme}/admins/invite" in text(ada.get(f"{acme}/search/found", {"q": "invite"}))
