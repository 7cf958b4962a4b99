"""What the installer's page is made of, as the server gives it."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client

from tests.portal.conftest import HTMX, text
from tests.world import World, make_devices, make_map, make_profile


def test_the_state_is_of_the_person_and_says_what_there_is_to_choose(
    browser: Callable[[str], Client], acme: str, world: World
) -> None:
    make_devices(world.north), make_profile(world.acme, "Ward")
    make_map(world.south)
    row = make_map(world.north, width=400, height=300, ppm=20)
    state = browser("ivan").get(f"{acme}/installer/state").json()
    assert state["who"]["id"] == str(world.ivan.admin.id)
    assert len(state["csrf"]) > 30
    assert (state["bound"], state["days"]) == (True, 7)
    assert (state["claims_at_site"], state["makes_sites"]) == (True, False)
    (site,) = state["sites"]
    size = {"width": 400, "height": 300, "ppm": 20.0}
    plan = {"id": str(row.map_id), "name": "Ground floor", **size, "picture": None, "thumbnail": None}
    assert (site["name"], site["maps"]) == ("North", [plan])
    assert state["profiles"] == {"ap": ["Ward"], "switch": [], "gateway": []}
    assert len(state["devices"]) == 1
    assert browser("ada").get(f"{acme}/installer/state").json()["bound"] is False
    assert browser("").get(f"{acme}/installer/state").status_code == 401
    assert browser("gus").get(f"{acme}/installer/state").status_code == 404
    assert browser("rita").get(f"{acme}/installer/state").status_code == 403


def test_what_the_phone_keeps_says_nothing_of_who_looks(
    browser: Callable[[str], Client], acme: str, world: World
) -> None:
    ivan, ada = (browser(key).get(f"{acme}/installer/offline") for key in ("ivan", "ada"))
    assert text(ivan) == text(ada)
    worker = browser("ivan").get(f"{acme}/installer/worker.js")
    assert worker["Service-Worker-Allowed"] == f"{acme}/installer"
    assert worker["Content-Type"].startswith("text/javascript")
    assert "no-cache" in worker["Cache-Control"]
    assert "worker-src 'self'" in worker["Content-Security-Policy"]


def test_an_installer_has_one_page(browser: Callable[[str], Client], acme: str) -> None:
    page = browser("ivan").get(acme, follow=True)
    assert page.redirect_chain[-1][0] == f"{acme}/installer"
    assert [item["label"] for group in page.context["nav"] for item in group["items"]] == ["Installer"]
    assert "Installer" in text(browser("wes").get(f"{acme}/inventory"))
    assert f'{acme}/installer"' not in text(browser("rita").get(f"{acme}/inventory"))


def test_the_parameters_are_set_in_the_settings(
    browser: Callable[[str], Client], acme: str, world: World
) -> None:
    url, ada = f"{acme}/settings/installer", browser("ada")
    form = {"grace_period": "30", "allow_all_devices": "on", "extra_site_ids": [str(world.south.id)]}
    assert ada.post(url, form)["Location"] == f"{acme}/settings#installer"
    # A browser that shows the page already would only scroll to the section.
    shown = {"HX-Current-URL": f"https://testserver{acme}/settings#name"}
    assert "HX-Refresh" in ada.post(url, form, headers={**HTMX, **shown})
    elsewhere = {"HX-Current-URL": f"https://testserver{acme}/inventory"}
    assert ada.post(url, form, headers={**HTMX, **elsewhere})["HX-Redirect"] == f"{acme}/settings#installer"
    assert browser("ivan").get(f"{acme}/installer/state").json()["days"] == 30
    page = " ".join(text(ada.get(url)).split())
    assert f'value="{world.south.id}" checked>' in page
    for bad in ("0", "366", "x", ""):
        refused = ada.post(url, {**form, "grace_period": bad})
        assert refused.status_code == 422, bad
        assert 'aria-invalid="true"' in text(refused)
    foreign = ada.post(url, {**form, "extra_site_ids": [str(world.overseas.id)]})
    assert "names a site that does not exist" in text(foreign).lower()
    assert browser("wes").post(url, form).status_code == 403
