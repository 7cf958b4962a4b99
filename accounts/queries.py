"""Reads of accounts, tokens and the local mailbox."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final, Literal
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.auth import actor_for
from accounts.devices import device_named
from accounts.models import (
    Admin,
    AdminSession,
    ApiToken,
    ListPreference,
    Privilege,
    SavedView,
    SecondFactor,
)
from accounts.policies import Version, policy_for, strictest, versions_of
from accounts.reach import reached_through
from accounts.session_store import reference_of, stored_key
from accounts.shapes import admin_row, privilege_row, token_row
from accounts.token_sql import Held
from audit.models import Entry
from mistadmin.core.access import (
    MANAGE_ADMINS,
    SHARE_VIEWS,
    SIGNED_IN,
    VIEW_ORG,
    VIEW_TOKENS,
    Actor,
    Placed,
)
from mistadmin.core.errors import NotAllowed, NotVisible
from mistadmin.core.paging import Page, Part, Slice
from mistadmin.core.tables import Memory, Table

# As far back as the audit log of the portal goes, and how much of it is told.
_FAILURES_OF: Final = timedelta(days=60)
_FAILURES: Final = 1000
_TOLD: Final = 32
_SESSIONS: Final = 100
_PLACES = ("privileges__org", "privileges__site", "privileges__sitegroup")


def me(actor: Actor) -> dict[str, Any]:
    """GET /self: the account with its privileges, or an organization token with its own."""
    actor.require(SIGNED_IN)
    if actor.kind == "token" and actor.id:
        token = ApiToken.objects.get(id=actor.id)
        rows = _privileges(token=token)
        return {"name": token.name, "privileges": [privilege_row(row) for row in rows]}
    admin = get_self(actor)
    rows = _privileges(admin=admin)
    own = [Version(row.org.id, row.org.modified_time, row.org.session_expiry) for row in rows if row.org]
    policy = strictest([*own, *versions_of(reached_through(map(Held.of, rows)))])
    return admin_row(
        admin,
        [privilege_row(row) for row in rows],
        two_factor=two_factor_state(actor, admin),
        session_minutes=policy.session_minutes,
    )


def two_factor_state(actor: Actor, admin: Admin) -> Literal["on", "begun", "off"]:
    """Whether a log-in of the account takes a code, or somebody is setting that up."""
    if admin.two_factor_since:
        return "on"
    return "begun" if SecondFactor.objects.filter(admin=admin).exists() else "off"


def login_failures(actor: Actor) -> dict[str, Any]:
    """Failed log-ins of the actor's account in the past 60 days, 1,000 at most (getSelfLoginFailures)."""
    admin = get_self(actor)
    failed = Entry.objects.filter(
        object_id=admin.id,
        event__in=("accounts.admin.login_failed", "accounts.admin.code_failed"),
        timestamp__gt=timezone.now() - _FAILURES_OF,
    )
    rows = list(failed.order_by("-timestamp").values_list("timestamp", "src_ip", "after")[:_FAILURES])
    addresses = (address for _, address, _ in rows if address)
    agents = (after["user_agent"] for _, _, after in rows if after and after.get("user_agent"))
    told = {"email": admin.email, "num_attempts": len(rows)}
    if rows:
        told["last_failure_at"] = int(rows[0][0].timestamp())
    return {
        **told,
        "src_ips": list(dict.fromkeys(addresses))[:_TOLD],
        "user_agents": list(dict.fromkeys(agents))[:_TOLD],
    }


def list_sessions(actor: Actor, *, current: str | None) -> list[dict[str, Any]]:
    """The actor's own sessions that are not over: the one with the key `current` first, then by last use."""
    admin = get_self(actor)
    policy, now = policy_for(admin), timezone.now()
    found = AdminSession.objects.filter(
        admin=admin, expire_date__gt=now, began_at__gt=now - timedelta(minutes=policy.session_minutes)
    )
    if policy.idle_minutes:
        found = found.filter(seen_at__gt=now - timedelta(minutes=policy.idle_minutes))
    rows = found.order_by("-seen_at").values("session_key", "began_at", "seen_at", "src_ip", "user_agent")
    told = [
        {
            "reference": reference_of(row["session_key"]),
            "current": row["session_key"] == stored_key(current or ""),
            "device": device_named(row["user_agent"]),
            **{key: row[key] for key in ("began_at", "seen_at", "src_ip")},
        }
        for row in rows[:_SESSIONS]
    ]
    return sorted(told, key=lambda row: not row["current"])


def get_self(actor: Actor) -> Admin:
    """The account of the actor; raises NotVisible for an organization token."""
    actor.require(SIGNED_IN)
    if actor.reads_only:
        raise NotAllowed("A preview opens nobody's account.")
    admin = find_admin(actor)
    if admin is None:
        raise NotVisible
    return admin


def find_admin(actor: Actor) -> Admin | None:
    """The account that acts; None for an organization token, a worker and nobody."""
    if actor.kind != "admin" or not actor.id:
        return None
    return Admin.objects.select_related("oauth_identity").filter(id=actor.id).first()


def list_user_tokens(actor: Actor) -> list[dict[str, Any]]:
    """The actor's own API tokens, newest first."""
    admin = get_self(actor)
    return [token_row(token) for token in admin.tokens.order_by("-created_time")]


def get_user_token(actor: Actor, token_id: UUID) -> ApiToken:
    """One of the actor's own tokens; raises NotVisible."""
    token: ApiToken | None = get_self(actor).tokens.filter(id=token_id).first()
    if token is None:
        raise NotVisible
    return token


def find_admins(actor: Actor, org: Placed, words: Iterable[str], page: Page) -> Part:
    """A page of an organization's administrators with every word in name or e-mail address, by name."""
    actor.require(MANAGE_ADMINS, org)
    held = Privilege.objects.filter(org_id=org.org_id, admin__isnull=False).values("admin_id")
    admins = Admin.objects.filter(id__in=held).order_by("first_name", "last_name", "email")
    for word in words:
        in_name = Q(first_name__icontains=word) | Q(last_name__icontains=word)
        admins = admins.filter(in_name | Q(email__icontains=word))
    part = Part.of(admins.only("id", "first_name", "last_name", "email"), page)
    rows = [{"id": one.id, "name": one.full_name, "email": one.email} for one in part.rows]
    return replace(part, rows=rows)


def list_org_tokens(actor: Actor, org: Placed, *, page: Page | None = None) -> Slice:
    """A page of an organization's API tokens, newest first."""
    page = page or Page()
    actor.require(VIEW_TOKENS, org)
    tokens = ApiToken.objects.filter(org_id=org.org_id).order_by("-created_time", "id")
    found = tokens.select_related("created_by").prefetch_related(*_PLACES)
    rows = [token_row(token) for token in found[page.start : page.start + page.limit]]
    return Slice(rows, tokens.count(), page)


def get_org_token(actor: Actor, org: Placed, token_id: UUID) -> ApiToken:
    """One token of an organization; raises NotVisible."""
    actor.require(VIEW_TOKENS, org)
    tokens = ApiToken.objects.filter(org_id=org.org_id, id=token_id).select_related("created_by")
    token: ApiToken | None = tokens.prefetch_related(*_PLACES).first()
    if token is None:
        raise NotVisible
    return token


def actor_for_email(email: str) -> Actor:
    """The actor of an account, for the operator's commands; raises NotVisible."""
    admin = Admin.objects.of_email(email).filter(is_active=True).first()
    if admin is None:
        raise NotVisible(f"No administrator has the e-mail address {email}.")
    return actor_for(admin)


def list_memory(actor: Actor, table: Table) -> Memory:
    """What the actor has chosen for a list."""
    own = ListPreference.objects.filter(Q(admin_id=actor.id), table=table.key)
    rows = own.values_list("columns", "limit")
    return next((Memory(tuple(columns), limit) for columns, limit in rows), Memory())


def list_views(actor: Actor, org: Placed, table: Table) -> list[dict[str, Any]]:
    """The views of a list that the actor has or is shown by others, own ones first, by name."""
    views = SavedView.objects.in_org(actor, org.org_id, VIEW_ORG).filter(table=table.key)
    chosen = SavedView.default_for.through.objects.filter(Q(admin_id=actor.id), savedview_id=OuterRef("id"))
    rows = views.filter(Q(admin_id=actor.id) | Q(shared=True)).annotate(default=Exists(chosen))
    found = [
        {**row, "mine": row["admin_id"] == actor.id}
        for row in rows.order_by("name", "id").values(
            "id", "name", "query", "shared", "default", "admin_id", "admin__first_name", "admin__last_name"
        )
    ]
    return sorted(found, key=lambda row: not row["mine"])


def get_view(actor: Actor, org: Placed, table: Table, view_id: UUID) -> SavedView:
    """One view that the actor may open; raises NotVisible."""
    views = SavedView.objects.in_org(actor, org.org_id, VIEW_ORG).filter(id=view_id, table=table.key)
    view: SavedView | None = views.filter(Q(admin_id=actor.id) | Q(shared=True)).first()
    if view is None:
        raise NotVisible
    return view


def opens_with(actor: Actor, view: SavedView) -> bool:
    """Whether the actor's list opens with the view."""
    return view.default_for.filter(id=actor.id).exists()


def may_edit_view(actor: Actor, view: SavedView) -> bool:
    """Whether the actor may change and delete the view: its owner may, and who may share such views."""
    return view.admin_id == actor.id or (view.shared and actor.can(SHARE_VIEWS, view))


def _privileges(**holder: Any) -> list[Privilege]:
    rows = Privilege.objects.filter(**holder).select_related("org", "site", "sitegroup", "msp", "orggroup")
    return list(rows.order_by("org__name", "org_id", "msp__name", "msp_id", "created_time"))
