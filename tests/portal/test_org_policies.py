"""Password Policy and Session Policy in Organization Settings: one Save, in the API's own shape."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from orgs.actions import update_setting
from orgs.models import Org
from tests.portal.conftest import said, text
from tests.world import SYSTEM, World

FORM = {
    "name": "Acme",
    "enabled": "1",
    "min_length": "12",
    "requires_special_char": "1",
    "expiry_in_days": "",
    "session_expiry": "120",
    "ui_idle_timeout": "10",
}


def opened(client: Client, acme: str) -> dict[str, str]:
    """The hidden fields that the form was opened with."""
    edit = client.get(f"{acme}/settings").context["edit"]
    return {"version": edit.version, "opened": edit.text}


def test_policies_are_saved_with_the_name(ada: Client, acme: str, world: World) -> None:
    update_setting(SYSTEM, world.acme, changes={"password_policy": {"freshness": 7}})
    saved = ada.post(f"{acme}/settings", {**FORM, "name": "Acme Ltd", **opened(ada, acme)}, follow=True)
    assert said(saved) == ["Organization settings saved."]
    org = Org.objects.get(pk=world.acme.pk)
    assert (org.name, org.session_expiry, org.setting["ui_idle_timeout"]) == ("Acme Ltd", 120, 10)
    # What the page does not know stays.
    assert org.setting["password_policy"] == {
        "freshness": 7,
        "enabled": True,
        "min_length": 12,
        "requires_special_char": True,
    }
    values = ada.get(f"{acme}/settings").context["values"]
    assert (values["enabled"], values["requires_two_factor_auth"], values["min_length"]) == (True, False, 12)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("min_length", "7"),
        ("min_length", "129"),
        ("expiry_in_days", "x"),
        ("session_expiry", "9"),
        ("session_expiry", "20161"),
        ("ui_idle_timeout", "481"),
        ("name", ""),
    ],
)
def test_a_bad_value_is_marked_and_nothing_is_saved(
    ada: Client, acme: str, world: World, field: str, value: str
) -> None:
    before = Org.objects.values().get(pk=world.acme.pk)
    page = ada.post(f"{acme}/settings", {**FORM, field: value})
    assert page.status_code == 422
    assert set(page.context["errors"]) == {field}
    assert str(page.context["values"][field]) == value
    assert Org.objects.values().get(pk=world.acme.pk) == before


def test_empty_fields_take_the_defaults(ada: Client, acme: str, world: World) -> None:
    ada.post(f"{acme}/settings", FORM)
    ada.post(f"{acme}/settings", {"name": "Acme", "session_expiry": "", "ui_idle_timeout": ""})
    values = ada.get(f"{acme}/settings").context["values"]
    assert (values["session_expiry"], values["ui_idle_timeout"], values["enabled"]) == (1440, 0, False)


def test_others_see_them_and_do_not_change_them(
    browser: Callable[[str], Client], acme: str, world: World
) -> None:
    browser("ada").post(f"{acme}/settings", FORM)
    page = text(browser("otto").get(f"{acme}/settings"))
    assert "12 characters" in page
    assert "120 minutes" in page
    assert 'name="session_expiry"' not in page
    assert browser("otto").post(f"{acme}/settings", FORM).status_code == 403


def test_two_people_at_different_policies_both_stay(ada: Client, acme: str, world: World) -> None:
    seen = opened(ada, acme)
    update_setting(SYSTEM, world.acme, changes={"ui_idle_timeout": 33})
    mine = {"name": "Acme", "session_expiry": "120", "min_length": "8", "ui_idle_timeout": "0"}
    assert said(ada.post(f"{acme}/settings", {**mine, "expiry_in_days": "0", **seen}, follow=True))
    org = Org.objects.get(pk=world.acme.pk)
    assert (org.session_expiry, org.setting["ui_idle_timeout"]) == (120, 33)


def test_a_clash_shows_what_the_other_one_saved(ada: Client, acme: str, world: World) -> None:
    seen = opened(ada, acme)
    update_setting(SYSTEM, world.acme, changes={"ui_idle_timeout": 33})
    clash = ada.post(f"{acme}/settings", {**FORM, **seen})
    assert clash.status_code == 409
    assert "Inactivity Timeout" in text(clash)
    assert "33" in text(clash)
