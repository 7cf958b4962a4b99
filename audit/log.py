"""`record`: one call writes the entry and, by reactions.py, the work that follows from it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from audit.messages import sentence
from audit.models import Entry
from mistadmin.core import outbox
from mistadmin.core.access import Actor
from mistadmin.core.errors import Invalid
from mistadmin.core.models import INSERTED_AT_ONCE
from mistadmin.core.secrets import MASK, is_secret


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one target: JSON values before and after, None where there is none.

    `names` are those of its sentence that the target does not have itself.
    """

    target: Any
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    names: Mapping[str, str] = field(default_factory=dict)


def record(
    actor: Actor,
    event: str,
    target: Any,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Record one fact about `target` in the caller's transaction; nothing where before equals after."""
    record_many(actor, event, [Change(target, before, after)])


def record_many(actor: Actor, event: str, changes: Iterable[Change]) -> None:
    """Record one fact about many targets: one entry each, inserted together, as is what they owe."""
    if not connection.in_atomic_block:
        raise RuntimeError(f"record({event!r}) outside a transaction: call it from an @action")
    real = [change for change in changes if change.before is None or change.before != change.after]
    if not real:
        return
    now = timezone.now()
    entries = [_entry(actor, event, change, now) for change in real]
    Entry.objects.bulk_create(entries, batch_size=INSERTED_AT_ONCE)
    for org_id, ids in _by_org(real).items():
        outbox.owe(event, org_id, ids)


def masked(value: Any) -> Any:
    """A JSON value with every secret in it replaced by a mask."""
    if isinstance(value, Mapping):
        return {key: MASK if is_secret(key, item) else masked(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [masked(item) for item in value]
    return str(value) if isinstance(value, UUID) else value


def unmasked(value: Any, stored: Any) -> Any:
    """A JSON value as a client sent it, with each mask in it replaced by what is stored there.

    Raises Invalid for a mask with nothing behind it: a secret of six stars would be stored otherwise.
    """
    if isinstance(value, Mapping):
        known = stored if isinstance(stored, Mapping) else {}
        bare = [key for key, item in value.items() if item == MASK and key not in known]
        if bare:
            raise Invalid({str(key): "is masked; send the secret itself" for key in bare})
        return {
            key: known[key] if item == MASK else unmasked(item, known.get(key)) for key, item in value.items()
        }
    if isinstance(value, list):
        known_items = (
            stored if isinstance(stored, list) and len(stored) == len(value) else [None] * len(value)
        )
        return [unmasked(item, known) for item, known in zip(value, known_items, strict=True)]
    return value


def _entry(actor: Actor, event: str, change: Change, now: Any) -> Entry:
    target = change.target
    names = getattr(target, "audit_names", None) or {"name": getattr(target, "name", "")}
    return Entry(
        id=uuid.uuid4(),
        timestamp=now,
        org_id=getattr(target, "org_id", None),
        site_id=getattr(target, "site_id", None),
        object_id=target.pk,
        event=event,
        message=sentence(event, {**names, **change.names}),
        actor_kind=actor.kind,
        admin_id=actor.id,
        admin_name=f"{actor.name} {actor.email}".strip()[:255] or actor.kind,
        src_ip=actor.src_ip,
        before=masked(change.before),
        after=masked(change.after),
    )


def _by_org(changes: Sequence[Change]) -> dict[UUID | None, list[UUID]]:
    found: dict[UUID | None, list[UUID]] = {}
    for change in changes:
        found.setdefault(getattr(change.target, "org_id", None), []).append(change.target.pk)
    return found
