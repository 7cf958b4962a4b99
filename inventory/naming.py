"""Names from a pattern with variables (guide: View and Update Your Device Inventory, Rename)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from mistadmin.core.errors import Invalid

VARIABLES: Final = {
    "site": "name of the site",
    "site_id": "id of the site",
    "mac": "MAC address",
    "serial": "serial number",
    "model": "model",
    "ctr": "counter from 1; {ctr:3} pads it to 3 digits",
}
_VARIABLE: Final = re.compile(r"\{([^{}]*)\}")
_COUNTER: Final = re.compile(r"^ctr:([1-9])$")
LONGEST: Final = 255


def naming(pattern: str) -> Callable[[Any, int], str]:
    """What names a device by a pattern, given the device and its number from 1.

    A device has site_name, site_id, mac, serial and model. Raises Invalid on `pattern` for an empty pattern
    and an unknown variable.
    """
    pattern = pattern.strip()
    if not pattern:
        raise Invalid({"pattern": "must not be empty"})
    for variable in _VARIABLE.findall(pattern):
        if variable not in VARIABLES and not _COUNTER.match(variable):
            raise Invalid({"pattern": f"{{{variable}}} is not a variable; use {', '.join(VARIABLES)}"})
    return lambda device, number: _name(device, pattern, number)


def name_problem(name: str) -> str | None:
    """What keeps a text from being a device name; None when it can be one."""
    if len(name) > LONGEST:
        return f"has {len(name)} characters; {LONGEST} are allowed"
    if any(ord(c) < 32 for c in name):
        return "has control characters"
    return None


def _name(device: Any, pattern: str, number: int) -> str:
    def value(match: re.Match[str]) -> str:
        counter = _COUNTER.match(match[1])
        if counter:
            return f"{number:0{int(counter[1])}d}"
        return str(number) if match[1] == "ctr" else _value(device, match[1])

    return _VARIABLE.sub(value, pattern).strip()


def _value(device: Any, variable: str) -> str:
    found = getattr(device, {"site": "site_name"}.get(variable, variable))
    return str(found or "")
