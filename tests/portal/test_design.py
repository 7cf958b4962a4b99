"""The gallery of the design system: for the staff of the instance, and absent for everybody else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.cli import staff
from accounts.models import Admin
from audit.models import Entry
from tests.portal.conftest import text
from tests.world import World


def test_gallery_shows_every_component_to_staff(browser: Callable[[str], Client], world: World) -> None:
    assert staff([world.ada.email]) == 0
    page = browser("ada").get("/design")
    assert page.status_code == 200
    for shown in ("Never connected", "Is the name of another site", "Done, 3 failed", "Rule 3", "North Wing"):
        assert shown in text(page)


def test_gallery_is_absent_for_everybody_else(browser: Callable[[str], Client], world: World) -> None:
    assert browser("ada").get("/design").status_code == 404
    assert browser("").get("/design")["Location"].startswith("/login")
    staff([world.ada.email])
    assert staff([world.ada.email, "--remove"]) == 0
    assert browser("ada").get("/design").status_code == 404


def test_staff_is_told_in_the_audit_trail_and_only_of_known_accounts(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert staff([world.ada.email.upper()]) == 0
    assert Admin.objects.get(email=world.ada.email).is_staff
    entry = Entry.objects.get(event="accounts.admin.staffed")
    assert (entry.admin_name, entry.after) == ("staff", {"is_staff": True})
    assert staff(["nobody@nowhere.example"]) == 1
    assert "no account has the address" in capsys.readouterr().err
