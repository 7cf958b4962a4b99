"""Files that rows name: kept below MEDIA_ROOT under names nobody guesses, and dropped with their rows."""

from __future__ import annotations

import time
from collections.abc import Container, Iterable
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import transaction

# A file younger than this may belong to an upload that is not committed yet.
_UNSURE_SECONDS: Final = 24 * 3600


class Folder:
    """One kind of files. No address serves the folder itself: views do, to who may see the row."""

    def __init__(self, name: str) -> None:
        self._name = name

    def path(self, name: str) -> Path:
        """Where the file of this name is."""
        return Path(settings.MEDIA_ROOT) / self._name / name

    def keep(self, name: str, content: bytes) -> None:
        """Write a file; the row that names it is saved after that, so that no row ever names nothing."""
        path = self.path(name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(content)

    def drop_later(self, names: Iterable[str]) -> None:
        """Drop files once the rows that named them are committed without them."""
        paths = [self.path(name) for name in names]

        def drop() -> None:
            for path in paths:
                path.unlink(missing_ok=True)

        if paths:
            transaction.on_commit(drop)

    def discard_strays(self, known: Container[str]) -> None:
        """Drop files that no row names: of uploads that failed, and of removals that a crash cut short."""
        old = time.time() - _UNSURE_SECONDS
        for path in self.path("").glob("*.jpg"):
            if path.name not in known and path.stat().st_mtime < old:
                path.unlink(missing_ok=True)
