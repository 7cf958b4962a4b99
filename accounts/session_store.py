"""Sessions in the database (settings.SESSION_ENGINE): whose they are, and when they were last used.

Django's own table says neither, so nobody could be shown their sessions, nor could idle ones be told. It has
the keys, too; here the database has a digest of each, and a copy of it lets nobody in.
"""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime
from typing import Any, Final

from django.apps import apps
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.utils import timezone
from django.utils.crypto import salted_hmac

# Keys of a session: when its person logged in (epoch seconds), and from where.
BEGAN: Final = "began"
ABOUT: Final = "about"


class SessionStore(db.SessionStore):
    """Django's store over accounts.models.AdminSession."""

    seen_at: datetime | None = None

    @classmethod
    def get_model_class(cls) -> Any:
        return apps.get_model("accounts.AdminSession")

    @property
    def began_at(self) -> datetime:
        """When the person logged in."""
        return datetime.fromtimestamp(self[BEGAN], UTC)

    def load(self) -> dict[str, Any]:
        row = self._rows(self.session_key).filter(expire_date__gt=timezone.now()).first()
        if row is None:
            self._session_key = None
            return {}
        self.seen_at = row.seen_at
        return self.decode(row.session_data)

    def exists(self, session_key: str) -> bool:
        return bool(self._rows(session_key).exists())

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            self._rows(key).delete()

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        # A session is saved as a whole, so that what the columns say stands in it as well.
        began, about = data.setdefault(BEGAN, time.time()), data.get(ABOUT, {})
        row: Any = super().create_model_instance(data)
        row.session_key = stored_key(row.session_key)
        row.admin_id = data.get(SESSION_KEY)
        row.began_at = datetime.fromtimestamp(began, UTC)
        row.seen_at = self.seen_at or timezone.now()
        row.src_ip, row.user_agent = about.get("src_ip"), about.get("user_agent", "")
        return row

    def touch(self, now: datetime) -> None:
        """Note that the session is used; nothing else of it changes."""
        self.seen_at = now
        self._rows(self.session_key).update(seen_at=now)

    def _rows(self, session_key: str | None) -> Any:
        return self.get_model_class()._default_manager.filter(session_key=stored_key(session_key or ""))


def stored_key(session_key: str) -> str:
    """What the database keeps of a session's key: 160 bits of its digest."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:40]


def reference_of(stored: str) -> str:
    """What names a session on a page, by its stored key."""
    return salted_hmac("accounts.session.reference", stored, algorithm="sha256").hexdigest()[:32]
