"""Sessions in the database (settings.SESSION_ENGINE): whose they are, and when they were last used.

Django's own table does not, and so nobody could be shown their sessions, nor could idle ones be told.
"""

from __future__ import annotations

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
        row: Any = self._get_session_from_db()  # type: ignore[attr-defined]
        if row is None:
            return {}
        self.seen_at = row.seen_at
        return self.decode(row.session_data)

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        # A session is saved as a whole, so that what the columns say stands in it as well.
        began, about = data.setdefault(BEGAN, time.time()), data.get(ABOUT, {})
        row: Any = super().create_model_instance(data)
        row.admin_id = data.get(SESSION_KEY)
        row.began_at = datetime.fromtimestamp(began, UTC)
        row.seen_at = self.seen_at or timezone.now()
        row.src_ip, row.user_agent = about.get("src_ip"), about.get("user_agent", "")
        return row

    def touch(self, now: datetime) -> None:
        """Note that the session is used; nothing else of it changes."""
        self.seen_at = now
        self.get_model_class()._default_manager.filter(session_key=self.session_key).update(seen_at=now)


def reference_of(session_key: str) -> str:
    """What names a session on a page: its key would let in who reads it."""
    return salted_hmac("accounts.session.reference", session_key, algorithm="sha256").hexdigest()[:32]
