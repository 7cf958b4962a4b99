"""Countries and their states by ISO 3166, from the lists that pycountry carries."""

from __future__ import annotations

from functools import cache
from typing import Any

import pycountry

from mistadmin.core.errors import Invalid


@cache
def countries() -> list[dict[str, Any]]:
    """Every country by name (listCountryCodes).

    `certified` would say that radios may be operated there. Nobody has told this instance so for any country.
    """
    rows = [
        {"alpha2": one.alpha_2, "name": one.name, "numeric": int(one.numeric), "certified": False}
        for one in pycountry.countries
    ]
    return sorted(rows, key=lambda row: row["name"])


def states(country_code: str) -> list[dict[str, str]]:
    """The states of a country by code, without what lies within them (listStates); raises Invalid."""
    code = country_code.upper()
    if not any(row["alpha2"] == code for row in countries()):
        raise Invalid({"country_code": "must be the two letters of a country, such as US"})
    return _states(code)


@cache
def _states(code: str) -> list[dict[str, str]]:
    found = pycountry.subdivisions.get(country_code=code) or ()
    rows = [
        {"iso_code": one.code.removeprefix(f"{code}-"), "name": one.name}
        for one in found
        if one.parent_code is None
    ]
    return sorted(rows, key=lambda row: row["iso_code"])
