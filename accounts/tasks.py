"""Mail that accounts owe, each function with the list of what is owed, and what beat takes away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from celery import shared_task

from accounts import actions, mails, sessions
from mistadmin.core.access import Actor

Owed = Sequence[dict[str, Any]]


def send_validation_links(owed: Owed) -> None:
    """Mail each new account the link that proves its address."""
    for one in owed:
        for admin_id in one["ids"]:
            mails.send_validation_link(admin_id, one["event_id"])


def send_known_address_notices(owed: Owed) -> None:
    """Tell the owner of an account that somebody tried to register the address again."""
    for one in owed:
        for admin_id in one["ids"]:
            mails.send_known_address_notice(admin_id, one["event_id"])


@shared_task(name="accounts.tasks.discard_sessions")
def discard_sessions() -> None:
    """Drop sessions that have expired."""
    sessions.discard_expired()


@shared_task(name="accounts.tasks.discard_unused_tokens")
def discard_unused_tokens() -> None:
    """Remove API tokens that nobody has used for 90 days."""
    actions.discard_unused_tokens(Actor.system("unused token"))


@shared_task(name="accounts.tasks.discard_dead_leases")
def discard_dead_leases() -> None:
    """Drop leased tokens that nobody renews any more."""
    actions.discard_dead_leases(Actor.system("lapsed lease"))
