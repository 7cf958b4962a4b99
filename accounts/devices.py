"""What a User-Agent text says of a browser, in words that its owner knows: a guess, good as a label."""

from __future__ import annotations

import re
from typing import Final

# In this order: a browser names those it wants to be taken for as well.
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
_PROGRAM: Final = re.compile(r"[\w.+-]{1,40}(?:/[\w.+-]{1,20})?")


def device_named(user_agent: str) -> str:
    """Such as "Firefox on Linux"; a program is called as it calls itself, and what says nothing "Unknown"."""
    browser = next((name for sign, name in _BROWSERS if sign in user_agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in user_agent), "")
    if browser:
        return f"{browser} on {system}" if system else browser
    program = _PROGRAM.match(user_agent)
    return program[0] if program else "Unknown"
