"""Reads of identity providers, their roles and failures, and which provider somebody comes in through."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Prefetch

from accounts.models import Admin
from accounts.sso.models import Sso, SsoFailure, SsoGrant, SsoIdentity, SsoRole
from accounts.sso.saml import addresses, is_complete
from accounts.sso.shapes import failure_row, role_row, sso_row
from mistadmin.core.access import MANAGE_ADMINS, ROLES, Actor, Placed
from mistadmin.core.errors import NotVisible
from mistadmin.core.paging import Page, Slice

_SHOWN: Final = 5


def list_ssos(actor: Actor, org: Placed, *, page: Page | None = None) -> Slice:
    """A page of an organization's identity providers, by name."""
    page = page or Page()
    actor.require(MANAGE_ADMINS, org)
    found = Sso.objects.filter(org_id=org.org_id).order_by("name", "id")
    rows = [sso_row(sso) for sso in found[page.start : page.start + page.limit]]
    return Slice(rows, found.count(), page)


def get_sso(actor: Actor, org: Placed, sso_id: UUID) -> Sso:
    """One identity provider; raises NotVisible."""
    actor.require(MANAGE_ADMINS, org)
    sso: Sso | None = Sso.objects.filter(org_id=org.org_id, id=sso_id).first()
    if sso is None:
        raise NotVisible
    return sso


def list_roles(actor: Actor, org: Placed, *, page: Page | None = None) -> Slice:
    """A page of an organization's roles for single sign-on, by name."""
    page = page or Page()
    actor.require(MANAGE_ADMINS, org)
    found = SsoRole.objects.filter(org_id=org.org_id).order_by("name", "id")
    shown = found.prefetch_related(Prefetch("grants", SsoGrant.objects.order_by("position")))
    rows = [role_row(role) for role in shown[page.start : page.start + page.limit]]
    return Slice(rows, found.count(), page)


def get_role(actor: Actor, org: Placed, role_id: UUID) -> SsoRole:
    """One role; raises NotVisible."""
    actor.require(MANAGE_ADMINS, org)
    role: SsoRole | None = SsoRole.objects.filter(org_id=org.org_id, id=role_id).first()
    if role is None:
        raise NotVisible
    return role


def list_failures(
    actor: Actor, sso: Sso, *, during: tuple[datetime, datetime] | None = None, page: Page | None = None
) -> list[dict[str, Any]]:
    """The latest refused log-ins of a provider, newest first."""
    page = page or Page()
    actor.require(MANAGE_ADMINS, sso)
    found = SsoFailure.objects.filter(sso=sso).order_by("-timestamp", "-id")
    if during:
        found = found.filter(timestamp__gte=during[0], timestamp__lt=during[1])
    return [failure_row(one) for one in found[page.start : page.start + page.limit]]


def overview(actor: Actor, org: Placed) -> dict[str, Any]:
    """What the settings page shows: providers with their people and latest failures, and roles."""
    actor.require(MANAGE_ADMINS, org)
    people = Count("identities", distinct=True)
    found = Sso.objects.filter(org_id=org.org_id).annotate(people=people).order_by("name", "id")
    return {
        "providers": [
            {"sso": sso, "people": sso.people, "complete": is_complete(sso), "login": addresses(sso).login}
            for sso in found
        ],
        "roles": _roles_told(org),
        "failures": list(
            SsoFailure.objects.filter(sso__org_id=org.org_id)
            .select_related("sso")
            .order_by("-timestamp", "-id")[:_SHOWN]
        ),
    }


def _roles_told(org: Placed) -> list[dict[str, Any]]:
    grants = SsoGrant.objects.select_related("site", "sitegroup").order_by("position")
    found = SsoRole.objects.filter(org_id=org.org_id).prefetch_related(Prefetch("grants", grants))
    people = found.annotate(people=Count("identities", distinct=True)).order_by("name", "id")
    return [
        {
            "id": role.id,
            "name": role.name,
            "people": role.people,
            "rights": [_told(grant) for grant in role.grants.all()],
        }
        for role in people
    ]


def _told(grant: SsoGrant) -> str:
    label = ROLES[grant.role].label
    if grant.site:
        return f"{label} at {grant.site.name}"
    return f"{label} at the sites of {grant.sitegroup.name}" if grant.sitegroup else label


def provider_of(domain: str) -> Sso:
    """The provider with these addresses, for whoever comes to them; raises NotVisible."""
    sso: Sso | None = Sso.objects.filter(domain=domain).select_related("org").first()
    if sso is None:
        raise NotVisible
    return sso


def providers_for(email: str) -> list[Sso]:
    """The providers through which somebody with this address came in before, by organization."""
    known = SsoIdentity.objects.filter(admin__in=Admin.objects.told_of(email).filter(is_active=True))
    found = Sso.objects.filter(id__in=known.values("sso")).select_related("org")
    return [sso for sso in found.order_by("org__name", "name", "id") if is_complete(sso)]


def sso_for(email: str) -> str | None:
    """The log-in address of somebody who comes in by single sign-on alone (`sso_url` of lookup).

    None for an address with an account of its own, whatever providers say of that address.
    """
    found = providers_for(email)
    # An account of its own is looked for last: of an address that no provider tells, the time says nothing.
    if not found or Admin.objects.of_email(email).exists():
        return None
    return addresses(found[0]).login


def logout_address(actor: Actor) -> str:
    """Where the actor's provider wants people to go on to after logging out; "" for all others."""
    if actor.kind != "admin" or actor.id is None:
        return ""
    found = Sso.objects.filter(identities__admin=actor.id).first()
    return str(found.document.get("custom_logout_url") or "") if found else ""
