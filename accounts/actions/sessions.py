"""Writes of the own sessions: ending one, or all but the present one."""

from __future__ import annotations

from accounts.models import AdminSession
from accounts.queries import get_self
from accounts.session_store import reference_of, stored_key
from audit.log import record
from mistadmin.core.access import SIGNED_IN, Actor
from mistadmin.core.actions import action
from mistadmin.core.errors import NotVisible


@action(needs=SIGNED_IN)
def end_session(actor: Actor, *, reference: str) -> None:
    """End one of the actor's own sessions at once, by its reference in the list; raises NotVisible."""
    admin = get_self(actor)
    keys = AdminSession.objects.filter(admin=admin).values_list("session_key", flat=True)
    found = next((key for key in keys if reference_of(key) == reference), None)
    if found is None or not AdminSession.objects.filter(session_key=found).delete()[0]:
        raise NotVisible
    record(actor, "accounts.session.ended", admin)


@action(needs=SIGNED_IN)
def end_other_sessions(actor: Actor, *, keep: str) -> int:
    """End every session of the actor but the one with this key; returns how many."""
    admin = get_self(actor)
    count = AdminSession.objects.filter(admin=admin).exclude(session_key=stored_key(keep)).delete()[0]
    record(actor, "accounts.session.others_ended", admin, after={"sessions": count})
    return count
