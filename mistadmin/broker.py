"""The embedded message broker: kombu's folder of messages, written so that no reader sees half of one."""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from time import time_ns
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps

LONGEST_WAIT = 0.5


class Channel(filesystem.Channel):
    """A channel whose messages appear whole, in the order in which they were sent."""

    def _put(self, queue: Any, payload: Any, **_options: Any) -> None:  # type: ignore[override]
        folder = Path(self.data_folder_out)
        # The part before the first dot sorts by time; a reader only takes names that end in `.<queue>.msg`.
        draft = folder / f"{time_ns():020d}_{uuid.uuid4().hex}.draft"
        draft.write_text(dumps(payload), encoding="utf-8")
        os.replace(draft, draft.with_suffix(f".{queue}.msg"))


class Transport(filesystem.Transport):
    """The transport behind `folder://`."""

    Channel = Channel

    def drain_events(self, connection: Any, timeout: float | None = None, **options: Any) -> None:
        """Wait for messages half a second at most: between two waits a worker sees that it has to stop."""
        super().drain_events(connection, timeout=min(timeout or LONGEST_WAIT, LONGEST_WAIT), **options)
