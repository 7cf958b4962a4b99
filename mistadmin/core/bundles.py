"""Files that pages load together: each stays a file of its own, and is served as part of one.

A file costs the headers of a request, and small files compress badly.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

# What every page has, what the pages of the console have beside it, and in which order.
BUNDLES: Final[dict[str, tuple[str, ...]]] = {
    "css/app.css": tuple(
        f"css/{name}.css" for name in ("tokens", "base", "shell", "controls", "feedback", "table", "dialog")
    ),
    "js/app.js": tuple(f"js/{name}.js" for name in ("toast", "copy", "dialog", "guard", "background")),
    "js/shell.js": tuple(f"js/{name}.js" for name in ("menu", "theme", "keys", "times", "shellmenu")),
}


def joined(name: str, texts: Iterable[str]) -> str:
    """The parts of a bundle as one file; names of a module stay its own in a block (they import nothing)."""
    if name.endswith(".js"):
        return "\n".join(f"{{\n{text}\n}}" for text in texts)
    return "\n".join(texts)
