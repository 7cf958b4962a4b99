"""Tables of the kernel and the bases that every app builds on."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, Final, Self
from uuid import UUID

from django.db import models
from django.utils import timezone

from mistadmin.core.access import Actor
from mistadmin.core.documents import DocumentField

# Rows of one INSERT: as text they stay small in memory, and each is done well within the statement timeout.
INSERTED_AT_ONCE: Final = 2_000


class TenantQuerySet(models.QuerySet[Any]):
    """Rows of tenants. `org_field` and `site_field` of the model say which columns place a row."""

    def visible_to(self, actor: Actor) -> Self:
        """Rows that one of the actor's grants reaches, whatever it may do there."""
        if actor.is_system:
            return self
        org_field, site_field = self._place_fields()
        reach = models.Q(pk__in=[])
        whole = [g.org_id for g in actor.grants if g.site_ids is None or site_field is None]
        if whole:
            reach |= models.Q(**{f"{org_field}__in": whole})
        if site_field:
            for grant in actor.grants:
                if grant.site_ids:
                    reach |= models.Q(**{org_field: grant.org_id, f"{site_field}__in": grant.site_ids})
        return self.filter(reach)

    def in_org(self, actor: Actor, org_id: UUID, need: str) -> Self:
        """Rows of one organization at the sites where the actor may do `need`.

        Raises NotVisible or NotAllowed when there is no such site at all.
        """
        actor.require_somewhere(need, org_id)
        org_field, site_field = self._place_fields()
        rows = self.filter(**{org_field: org_id})
        sites = actor.sites_for(need, org_id)
        if sites is None or site_field is None:
            return rows
        return rows.filter(**{f"{site_field}__in": sites})

    def _place_fields(self) -> tuple[str, str | None]:
        return getattr(self.model, "org_field", "org_id"), getattr(self.model, "site_field", None)


class Stamped(models.Model):
    """A row with a random UUID, a creation and a modification time."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_time = models.DateTimeField(default=timezone.now, editable=False)
    modified_time = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True


class ConfigDoc(Stamped):
    """A configuration document: a name and a body whose unknown keys survive a round trip."""

    org = models.ForeignKey("orgs.Org", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255, blank=True)
    body = DocumentField(default=dict)

    objects = TenantQuerySet.as_manager()

    class Meta:
        abstract = True


def default_values(model: type[models.Model], columns: Iterable[str]) -> dict[str, Any]:
    """What each of these columns holds when nobody says otherwise."""
    blank = model()
    return {column: getattr(blank, column) for column in columns}


class Outbox(models.Model):
    """Work owed for a recorded fact: written with the fact, leased by a worker, kept until done or dead.

    A leased row is not due again before `next_at`; `lease` is the fencing token of the worker that has it.
    """

    event_id = models.UUIDField(default=uuid.uuid4, editable=False)
    org_id = models.UUIDField(null=True)
    event = models.CharField(max_length=80)
    task = models.CharField(max_length=120)
    payload = models.JSONField()
    created_time = models.DateTimeField(default=timezone.now)
    next_at = models.DateTimeField(default=timezone.now)
    lease = models.UUIDField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    class Meta:
        indexes = (
            models.Index(
                fields=["next_at", "id"],
                condition=models.Q(done_at=None, dead_at=None),
                name="outbox_owed",
            ),
        )

    def __str__(self) -> str:
        return f"{self.task} for {self.event}"


class Job(Stamped):
    """Bulk work that a person asked for: planned row by row, done in steps by a worker, undone as one.

    `kind` names its declaration (core.jobs.JobKind). A step locks the job's row, so that two workers never
    do the same rows, and what a killed worker had not committed is simply done again.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        CANCELLED = "cancelled", "Cancelled"

    org = models.ForeignKey("orgs.Org", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=255)
    admin_id = models.UUIDField()
    admin_name = models.CharField(max_length=255)
    src_ip = models.GenericIPAddressField(null=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.WAITING)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    undo_of = models.OneToOneField("self", on_delete=models.SET_NULL, null=True, related_name="undo")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = TenantQuerySet.as_manager()

    # Whoever has a role in the organization may have asked for it; what is shown of it is decided by row.
    org_wide = True

    class Meta:
        indexes = (models.Index(fields=["org", "-created_time", "-id"], name="job_of_org"),)

    def __str__(self) -> str:
        return self.title

    @property
    def is_finished(self) -> bool:
        return self.status in (self.Status.DONE, self.Status.CANCELLED)

    @property
    def audit_names(self) -> dict[str, str]:
        return {"name": self.title}


class JobRow(models.Model):
    """One target of a job: what it was when it was planned, what it shall be, and what came of it.

    `site_id` is where the target was then: who may not see that site does not see the row.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="rows")
    position = models.PositiveIntegerField()
    target_id = models.UUIDField()
    site_id = models.UUIDField(null=True)
    label = models.CharField(max_length=255)
    before = DocumentField(default=dict)
    after = DocumentField(default=dict)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=255, blank=True)

    objects = TenantQuerySet.as_manager()

    org_field = "job__org_id"
    site_field = "site_id"

    class Meta:
        constraints = (models.UniqueConstraint(fields=["job", "position"], name="jobrow_once"),)
        indexes = (models.Index(fields=["job", "state", "position"], name="jobrow_by_state"),)

    def __str__(self) -> str:
        return f"{self.label}: {self.state}"


class Answer(models.Model):
    """The answer to a call that may be sent again (core.once): `call` is a digest of what was asked."""

    actor_id = models.UUIDField()
    key = models.CharField(max_length=64)
    call = models.BinaryField()
    status = models.PositiveSmallIntegerField(null=True)
    body = DocumentField(null=True)
    created_time = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["actor_id", "key"], name="answer_once"),)

    def __str__(self) -> str:
        return self.key


class Heartbeat(models.Model):
    """When a process of ours was last seen alive; one row per process kind."""

    name = models.CharField(primary_key=True, max_length=40)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
