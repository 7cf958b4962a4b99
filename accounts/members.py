"""Reads of the administrators of an organization or an MSP, and of the invitations that are pending."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from accounts import tokens
from accounts.admin_shapes import invite_document, invite_row, member_row
from accounts.giving import as_document
from accounts.models import Admin, Invite, Offer, Privilege
from accounts.reach import at
from mistadmin.core.access import MANAGE_ADMINS, ROLES, Actor, Placed
from mistadmin.core.errors import NotVisible
from mistadmin.core.paging import Page, Part, Slice
from mistadmin.core.text import lowered
from mistadmin.core.versions import version_of

# Settings and bodies of a thousand places are not read to show their names.
_NAMED: Final = (
    *("role", "org__name", "org__session_expiry", "site__name", "sitegroup__name"),
    *("msp__name", "orggroup__name"),
)
_PLACES: Final = ("org", "site", "sitegroup", "msp", "orggroup")


@dataclass(frozen=True, slots=True)
class Invited:
    """What a link offers to whom: nobody but its holder is told."""

    email: str
    tenant: Any
    first_name: str
    last_name: str
    offered: list[dict[str, Any]]
    by_id: UUID | None
    is_expired: bool
    has_account: bool


def list_admins(actor: Actor, tenant: Placed, *, page: Page) -> Slice:
    """A page of administrators, then pending invitations, as the API spells them (listOrgAdmins)."""
    admins, invites = _admins(actor, tenant), _invites(actor, tenant)
    members = admins.count()
    found = [member_row(one, one.held) for one in admins[page.start : page.start + page.limit]]
    start = max(0, page.start - members)
    rows = invites[start : start + page.limit - len(found)] if len(found) < page.limit else []
    return Slice([*found, *(invite_row(one) for one in rows)], members + invites.count(), page)


def table_of_admins(actor: Actor, tenant: Placed, *, text: str, page: Page) -> Slice:
    """A page of administrators for people: the API's row with `id`, `name` and `roles`, by name."""
    admins = _called(_admins(actor, tenant), text)
    found = admins[page.start : page.start + page.limit]
    rows = [
        {**member_row(one, one.held), "id": one.id, "name": one.full_name, "roles": roles_of(one.held)}
        for one in found
    ]
    return Slice(rows, admins.count(), page)


def pending_invites(actor: Actor, tenant: Placed, *, text: str, page: Page) -> Part:
    """Invitations for people that nobody has accepted, expired ones too, those sent first at the top."""
    invites = _called(_invites(actor, tenant), text).order_by("sent_time", "id").select_related("invited_by")
    part = Part.of(invites, page)
    return replace(part, rows=[shown_invite(one) for one in part.rows])


def get_admin(actor: Actor, tenant: Placed, admin_id: UUID) -> Any:
    """One administrator with `held`, what the account may do here; raises NotVisible."""
    admin = _admins(actor, tenant).filter(id=admin_id).first()
    if admin is None:
        raise NotVisible
    return admin


def get_invite(actor: Actor, tenant: Placed, invite_id: UUID) -> Any:
    """One pending invitation; raises NotVisible."""
    invite = _invites(actor, tenant).filter(id=invite_id).first()
    if invite is None:
        raise NotVisible
    return invite


def held_by(admin: Any, tenant: Placed) -> list[Privilege]:
    """What an account holds in an organization, with the names of the places; asked by actions."""
    return list(_held(tenant).filter(admin=admin))


def admin_version(admin: Any) -> str:
    """The version of what an administrator may do in the organization it was read for."""
    return version_of(admin, as_document(admin.held))


def invite_version(invite: Any) -> str:
    """The version of an invitation."""
    return version_of(invite, {**invite_document(invite), **as_document(invite.privileges.all())})


def shown_invite(invite: Any) -> dict[str, Any]:
    """An invitation for people."""
    return {
        "id": invite.id,
        "email": invite.email,
        "name": invite.full_name,
        "roles": roles_of(invite.privileges.all()),
        "expires_at": invite.expires_at,
        "is_expired": invite.is_expired,
        "hours": invite.hours,
        "by": invite.invited_by.full_name if invite.invited_by else "",
    }


def roles_of(rows: Any) -> list[dict[str, Any]]:
    """Privileges or Offers for people: the `label` of each role, and its `reach` in words."""
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row.role, []).append(row)
    return [{"label": ROLES[key].label, "reach": _reach(some)} for key, some in found.items()]


def invited(token: str) -> Invited | None:
    """What the link with this token offers; None when it is not, or no longer, a link of ours.

    The token is the credential: no actor is asked.
    """
    found = Invite.objects.filter(digest=tokens.digest(token)).select_related("org", "msp")
    invite = found.prefetch_related(_offers()).first()
    if invite is None:
        return None
    admin = Admin.objects.of_email(invite.email).first()
    return Invited(
        email=invite.email,
        tenant=invite.tenant,
        first_name=invite.first_name,
        last_name=invite.last_name,
        offered=roles_of(invite.privileges.all()),
        by_id=invite.invited_by_id,
        is_expired=invite.is_expired,
        has_account=admin is not None and (admin.email_verified_at is not None or not admin.is_active),
    )


def _admins(actor: Actor, tenant: Placed) -> QuerySet[Any]:
    actor.require(MANAGE_ADMINS, tenant)
    here = Privilege.objects.filter(**at(tenant), admin__isnull=False)
    admins = Admin.objects.filter(id__in=here.values("admin_id")).select_related("oauth_identity")
    prefetch = Prefetch("privileges", queryset=_held(tenant), to_attr="held")
    return admins.prefetch_related(prefetch).order_by("first_name", "last_name", "email")


def _called(people: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Those with every word of the text in name or e-mail address."""
    for word in text.split():
        part = lowered(word)
        in_name = Q(first_name__lower__contains=part) | Q(last_name__lower__contains=part)
        people = people.filter(in_name | Q(email__lower__contains=part))
    return people


def _held(tenant: Placed) -> QuerySet[Privilege]:
    held = Privilege.objects.filter(**at(tenant)).select_related(*_PLACES)
    return held.only("admin_id", *_NAMED).order_by("created_time", "id")


def _invites(actor: Actor, tenant: Placed) -> QuerySet[Any]:
    actor.require(MANAGE_ADMINS, tenant)
    invites: QuerySet[Any] = Invite.objects.filter(**at(tenant))
    return invites.prefetch_related(_offers()).order_by("email", "id")


def _offers() -> Any:
    offers = Offer.objects.select_related(*_PLACES).only("invite_id", *_NAMED)
    return Prefetch("privileges", queryset=offers)


def _reach(rows: list[Any]) -> str:
    if rows[0].msp_id:
        names = sorted(row.orggroup.name for row in rows if row.orggroup_id)
        return "All organizations" if len(names) < len(rows) else _listed("organization group", names)
    sites = sorted(row.site.name for row in rows if row.site_id)
    groups = sorted(row.sitegroup.name for row in rows if row.sitegroup_id)
    if len(sites) + len(groups) < len(rows):
        return "All sites"
    parts = [_listed("site group", groups)] if groups else []
    return "; ".join([*parts, *([_listed("site", sites)] if sites else [])])


def _listed(noun: str, names: list[str]) -> str:
    if len(names) == 1:
        return f"{noun.capitalize()} {names[0]}"
    shown = ", ".join(names[:3])
    return f"{len(names)} {noun}s: {shown}{'…' if len(names) > 3 else ''}"
