"""Mail that accounts owe, each function with the list of what is owed, and what beat takes away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from celery import shared_task

from accounts import actions, invite_mails, leftovers, mails, sessions
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


def send_invitations(owed: Owed) -> None:
    """Mail each invited address its link."""
    for one in owed:
        for invite_id in one["ids"]:
            invite_mails.send_invitation(invite_id, one["event_id"])


def send_welcomes(owed: Owed) -> None:
    """Confirm to each new administrator what was accepted."""
    for one in owed:
        for admin_id in one["ids"]:
            invite_mails.send_welcome(admin_id, one["org_id"], one["event_id"])


def send_recovery_links(owed: Owed) -> None:
    """Mail links to those who forgot their passwords."""
    for one in owed:
        for recovery_id in one["ids"]:
            mails.send_recovery_link(recovery_id, one["event_id"])


def send_email_links(owed: Owed) -> None:
    """Mail each new address the link that proves it."""
    for one in owed:
        for admin_id in one["ids"]:
            mails.send_email_link(admin_id, one["event_id"])


@shared_task(name="accounts.tasks.discard_sessions")
def discard_sessions() -> None:
    """Drop sessions that have expired, and what is left of forgotten passwords."""
    sessions.discard_expired()
    sessions.discard_recoveries()


@shared_task(name="accounts.tasks.discard_login_leftovers")
def discard_login_leftovers() -> None:
    """Drop refused log-ins of long ago, and marks of what cannot come a second time any more."""
    leftovers.discard()


@shared_task(name="accounts.tasks.discard_unused_tokens")
def discard_unused_tokens() -> None:
    """Remove API tokens that nobody has used for 90 days."""
    actions.discard_unused_tokens(Actor.system("unused token"))


@shared_task(name="accounts.tasks.discard_dead_leases")
def discard_dead_leases() -> None:
    """Drop leased tokens that nobody renews any more."""
    actions.discard_dead_leases(Actor.system("lapsed lease"))
