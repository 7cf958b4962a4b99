"""From the role attribute of an assertion to names of roles; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_PART: Final = re.compile(r"\s*([^=,]+?)\s*=\s*((?:\\.|[^,\\])*)(?:,|$)")


def role_names(values: Iterable[str], *, extraction: str = "") -> list[str]:
    """The names in order, each once; with extraction `cn` the one CN of each distinguished name.

    An entry without exactly one CN is left out (mist-api: role_attr_extraction).
    """
    named = [_common_name(value) if extraction == "cn" else value.strip() for value in values]
    return list(dict.fromkeys(name for name in named if name))


def _common_name(text: str) -> str:
    parts = _PART.findall(text)
    found = [value for key, value in parts if key.lower() == "cn"]
    return re.sub(r"\\(.)", r"\1", found[0]).strip() if len(found) == 1 else ""
