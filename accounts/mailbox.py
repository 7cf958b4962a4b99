"""The local mailbox of an instance without a mail server: messages kept as files in the home folder."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from mistadmin.core.errors import NotVisible

_NAME: Final = re.compile(r"^[0-9a-z-]{1,80}$")
_SHOWN: Final = 100


def messages() -> list[dict[str, Any]]:
    """The newest hundred messages: id, when, to, subject. Raises NotVisible where mail really leaves."""
    folder = _folder()
    files = sorted(folder.glob("[!.]*.eml"), reverse=True)[:_SHOWN] if folder.is_dir() else []
    return [_summary(path, _read(path)) for path in files]


def message(name: str) -> dict[str, Any]:
    """One message with its text; raises NotVisible."""
    path = _folder() / f"{name}.eml"
    if not _NAME.match(name) or not path.is_file():
        raise NotVisible
    parsed = _read(path)
    body = parsed.get_body(("plain",))
    return {**_summary(path, parsed), "body": body.get_content() if body else ""}


def _folder() -> Path:
    if settings.MAILBOX_DIR is None:
        raise NotVisible
    return Path(settings.MAILBOX_DIR)


def _read(path: Path) -> EmailMessage:
    return email.message_from_bytes(path.read_bytes(), policy=email.policy.default)


def _summary(path: Path, parsed: EmailMessage) -> dict[str, Any]:
    sent = int(path.stem.partition("-")[0]) / 1e9
    return {
        "id": path.stem,
        "sent_at": datetime.fromtimestamp(sent, tz=UTC),
        "to": str(parsed["To"]),
        "subject": str(parsed["Subject"]),
    }
