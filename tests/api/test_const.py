"""Countries and states, and what signing up asks for."""

import pytest


def test_countries_have_their_iso_codes_and_stand_by_name(api):
    rows = api("rita").get("/const/countries").ok()
    assert {row["alpha2"]: row["numeric"] for row in rows}.items() >= {"FR": 250, "AF": 4, "US": 840}.items()
    assert [row["name"] for row in rows] == sorted(row["name"] for row in rows)
    assert len({row["alpha2"] for row in rows}) == len(rows) > 240
    # No radio was certified anywhere by this instance.
    assert not any(row["certified"] for row in rows)
    assert api("rita").get("/const/countries", extend=True).ok() == rows


def test_states_of_a_country(api):
    rows = api("rita").get("/const/states", country_code="us").ok()
    assert rows[:2] == [{"iso_code": "AK", "name": "Alaska"}, {"iso_code": "AL", "name": "Alabama"}]


def test_states_leave_out_what_lies_within_them(api):
    names = {row["name"] for row in api("rita").get("/const/states", country_code="GB").ok()}
    assert "Scotland" in names
    assert "Aberdeenshire" not in names
    assert api("rita").get("/const/states", country_code="AQ").ok() == []


@pytest.mark.parametrize("path", ["/const/states", "/const/states?country_code=ZZ"])
def test_states_of_no_country(api, path):
    assert set(api("rita").get(path).expect(400)["fields"]) == {"country_code"}


def test_registration_asks_for_no_captcha(anonymous):
    assert anonymous.get("/register/recaptcha").ok() == {"flavor": "google", "required": False, "sitekey": ""}
    assert anonymous.get("/register/recaptcha", recaptcha_flavor="hcaptcha").ok()["flavor"] == "hcaptcha"
    wrong = anonymous.get("/register/recaptcha", recaptcha_flavor="turing").expect(400)
    assert set(wrong["fields"]) == {"recaptcha_flavor"}
