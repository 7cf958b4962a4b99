"""The mailbox of an instance without a mail server."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from pathlib import Path

from django.core.mail import EmailMessage
from django.core.mail.backends.filebased import EmailBackend


class LocalMailbox(EmailBackend):
    """Keeps each message as one private `<time>-<id>.eml` file of MAILBOX_DIR."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Store the messages; returns how many."""
        for message in email_messages:
            name = f"{time.time_ns():020d}-{uuid.uuid4().hex}"
            draft = Path(self.file_path) / f".{name}"
            draft.touch(mode=0o600)
            draft.write_bytes(message.message().as_bytes())
            # Readers list the folder: they find whole messages only.
            draft.rename(draft.with_name(f"{name}.eml"))
        return len(email_messages)
