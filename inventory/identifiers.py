"""MAC addresses, device ids and claim codes: one spelling inside, several accepted outside."""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

_MAC: Final = re.compile(r"^[0-9a-f]{12}$")
_SEPARATORS: Final = str.maketrans("", "", ":-.")
_CODE: Final = re.compile(r"^[A-Z0-9]{15}$")
CODE_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def mac_of(text: object) -> str | None:
    """Twelve lower-case hex digits out of any usual spelling; None when it is not a MAC address."""
    mac = text.strip().translate(_SEPARATORS).lower() if isinstance(text, str) else ""
    return mac if _MAC.match(mac) else None


def device_id_of(mac: str) -> UUID:
    """The id of a device, which Mist derives from its MAC address."""
    return UUID(f"00000000-0000-0000-1000-{mac}")


def code_of(text: object) -> str | None:
    """Fifteen upper-case letters and digits of a claim code, dashes or not; None when malformed."""
    # ASCII only: upper() makes an S of more letters than one.
    code = text.strip().replace("-", "").upper() if isinstance(text, str) and text.isascii() else ""
    return code if _CODE.match(code) else None


def shown_code(code: str) -> str:
    """A claim code as it is printed: three groups of five."""
    return f"{code[:5]}-{code[5:10]}-{code[10:]}"
