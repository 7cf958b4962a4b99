"""From the fields of the account pages to the values of actions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.http import url_has_allowed_host_and_scheme

REGISTRATION: Final = ("region", "first_name", "last_name", "email", "password")
PROFILE: Final = ("first_name", "last_name", "phone", "phone2", "timezone", "mac_format")


def registration(form: Mapping[str, str]) -> dict[str, str]:
    """What a registration says; a field left out is empty, the region is Global unless chosen."""
    return {"region": "global", **{name: form.get(name, "") for name in REGISTRATION if name in form}}


def profile(form: Mapping[str, str]) -> dict[str, Any]:
    """Changes of the own account. The clock is a tick box: absent means 12 hours."""
    changes = {name: form[name] for name in PROFILE if name in form}
    return {**changes, "time_format": "24" if form.get("time_format") else "12"}


def local_path(path: str) -> str:
    """Where to go after logging in: a path of this console, else the start page."""
    return path if path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None) else "/"
