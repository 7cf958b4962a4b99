"""Writes of single sign-on: providers, roles, and the log-in that an assertion opens."""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.actions import record_login
from accounts.models import Admin, Privilege, normal_email
from accounts.shapes import PrivilegeShape
from accounts.sso.guard import Refused
from accounts.sso.models import Sso, SsoFailure, SsoGrant, SsoIdentity, SsoRole, SsoUse
from accounts.sso.roles import role_names
from accounts.sso.saml import Asserted
from accounts.sso.shapes import SsoRoleShape, SsoShape, role_document, sso_document
from audit.log import record
from mistadmin.core import tenancy
from mistadmin.core.access import ANYONE, MANAGE_ADMINS, Actor, role_spelled
from mistadmin.core.actions import action
from mistadmin.core.errors import Invalid, NotAllowed
from mistadmin.core.shapes import merge, parse
from mistadmin.core.versions import Seen, require_seen
from orgs.models import Org
from sites.models import Site, SiteGroup

MOST_PROVIDERS: Final = 20
MOST_ROLES: Final = 500
MOST_FAILURES: Final = 100
_SHOWN_BYTES: Final = 20_000
_SIGNATURE_VALUE: Final = re.compile(r"(<(?:\w+:)?SignatureValue[^>]{0,200}>)[^<]*")
# Keys of providers for network access, which share the API object.
_OTHERS: Final = ("ldap_", "oauth_", "scim_", "mxedge_", "openroaming")
_DOMAIN: Final = string.ascii_lowercase + string.digits
_DOMAIN_LENGTH: Final = 12
_GIVEN: Final = (
    "FirstName",
    "first_name",
    "firstName",
    "givenName",
    "urn:oid:2.5.4.42",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname",
)
_FAMILY: Final = (
    "LastName",
    "last_name",
    "lastName",
    "sn",
    "surname",
    "urn:oid:2.5.4.4",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname",
)
_MAIL: Final = (
    "email",
    "Email",
    "mail",
    "emailAddress",
    "urn:oid:0.9.2342.19200300.100.1.3",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
)


@action(needs=MANAGE_ADMINS)
def create_sso(actor: Actor, org: Org, *, values: Mapping[str, Any]) -> Sso:
    """Add an identity provider; its addresses are made up now and stay (createOrgSso)."""
    Org.objects.select_for_update().only("id").get(pk=org.pk)
    if Sso.objects.filter(org=org).count() >= MOST_PROVIDERS:
        raise Invalid(f"{MOST_PROVIDERS} identity providers are there, and no more are allowed")
    document = _merged({}, values)
    domain = "".join(secrets.choice(_DOMAIN) for _ in range(_DOMAIN_LENGTH))
    sso = Sso.objects.create(org=org, name=document.pop("name"), domain=domain, document=document)
    record(actor, "accounts.sso.created", sso, after=sso_document(sso))
    return sso


@action(needs=MANAGE_ADMINS)
def update_sso(actor: Actor, sso: Sso, *, changes: Mapping[str, Any], seen: Seen = None) -> Sso:
    """Change keys of a provider; absent ones stay. Raises Stale for another version than was seen."""
    sso.refresh_from_db(from_queryset=Sso.objects.select_for_update())
    before = sso_document(sso)
    require_seen(seen, sso, before)
    after = _merged(before, changes)
    if after == before:
        return sso
    sso.name, sso.modified_time = after["name"], timezone.now()
    sso.document = {key: value for key, value in after.items() if key != "name"}
    sso.save(update_fields=["name", "document", "modified_time"])
    record(actor, "accounts.sso.updated", sso, before=before, after=after)
    return sso


@action(needs=MANAGE_ADMINS)
def delete_sso(actor: Actor, sso: Sso, *, seen: Seen = None) -> int:
    """Remove a provider with the accounts that come in through it alone; returns how many those were."""
    sso.refresh_from_db(from_queryset=Sso.objects.select_for_update())
    require_seen(seen, sso, sso_document(sso))
    people = Admin.objects.filter(sso_identity__sso=sso)
    count = people.count()
    record(actor, "accounts.sso.deleted", sso, before={**sso_document(sso), "admins": count})
    people.delete()
    sso.delete()
    return count


@action(needs=MANAGE_ADMINS)
def create_role(actor: Actor, org: Org, *, values: Mapping[str, Any]) -> SsoRole:
    """Say what a role of identity providers grants here, never more than the actor may (createOrgSsoRole)."""
    wish = parse(SsoRoleShape, values)
    grants = _grants(actor, org, wish.privileges)
    Org.objects.select_for_update().only("id").get(pk=org.pk)
    if SsoRole.objects.filter(org=org).count() >= MOST_ROLES:
        raise Invalid(f"{MOST_ROLES} roles are there, and no more are allowed")
    role = SsoRole(org=org, name=wish.name)
    _save_named(role)
    _replace_grants(role, grants)
    record(actor, "accounts.ssorole.created", role, after=role_document(role))
    return role


@action(needs=MANAGE_ADMINS)
def update_role(actor: Actor, role: SsoRole, *, changes: Mapping[str, Any], seen: Seen = None) -> SsoRole:
    """Change a role; whoever came in with it has the new rights at once. Raises Stale."""
    role.refresh_from_db(from_queryset=SsoRole.objects.select_for_update())
    before = role_document(role)
    require_seen(seen, role, before)
    given = {key: value for key, value in changes.items() if value is not None}
    wish = parse(SsoRoleShape, {**before, **given})
    grants = _grants(actor, role.org, wish.privileges)
    if wish.name == role.name and _same(grants, role.grants.order_by("position")):
        return role
    role.name, role.modified_time = wish.name, timezone.now()
    _save_named(role)
    _replace_grants(role, grants)
    role = SsoRole.objects.get(pk=role.pk)
    record(actor, "accounts.ssorole.updated", role, before=before, after=role_document(role))
    _regrant(role.identities.values_list("pk", flat=True))
    return role


@action(needs=MANAGE_ADMINS)
def delete_role(actor: Actor, role: SsoRole, *, seen: Seen = None) -> None:
    """Remove a role; whoever came in with it loses at once what it granted."""
    role.refresh_from_db(from_queryset=SsoRole.objects.select_for_update())
    require_seen(seen, role, role_document(role))
    record(actor, "accounts.ssorole.deleted", role, before=role_document(role))
    holders = list(role.identities.values_list("pk", flat=True))
    role.delete()
    _regrant(holders)


@action(needs=ANYONE)
def accept(actor: Actor, sso: Sso, *, asserted: Asserted) -> Admin:
    """Let in whom a verified assertion names, with what its roles grant now; raises Refused.

    The assertion, and the request that it answers, are used up: the database lets one caller have them.
    """
    # A provider that is deleted at this moment lets nobody in; one that is there stays until the end.
    if not Sso.objects.filter(pk=sso.pk).exists():
        raise Refused("The provider has been removed.")
    _use_up(sso, asserted)
    roles = _roles(sso, asserted)
    identity = _identity(actor, sso, asserted)
    locked = SsoIdentity.objects.select_for_update(of=("self",)).select_related("admin")
    identity = locked.get(pk=identity.pk)
    if not identity.admin.is_active:
        raise Refused(f"The account of {asserted.name_id[:100]} is switched off.")
    _note_person(identity.admin, asserted)
    identity.roles.set(roles)
    identity.last_login = timezone.now()
    identity.save(update_fields=["last_login"])
    _regrant([identity.pk])
    record_login(actor, admin=identity.admin)
    return identity.admin


@action(needs=ANYONE)
def record_failure(actor: Actor, sso: Sso, *, detail: str, raw: bytes) -> None:
    """Keep why a log-in was refused, and the message; the latest hundred of each provider stay."""
    SsoFailure.objects.create(sso=sso, detail=detail[:500], xml=_harmless(raw))
    kept = SsoFailure.objects.filter(sso=sso).order_by("-timestamp", "-id").values_list("pk", flat=True)
    old = list(kept[MOST_FAILURES : MOST_FAILURES * 2])
    SsoFailure.objects.filter(pk__in=old).delete()
    record(actor, "accounts.sso.refused", sso, after={"reason": detail[:500]})


@action(needs=ANYONE)
def end_sessions(actor: Actor, sso: Sso, *, name_id: str) -> None:
    """Log somebody out everywhere, because their provider says so."""
    identity = SsoIdentity.objects.filter(sso=sso, name_id=name_id).select_related("admin").first()
    if identity is None:
        return
    # Sessions are bound to this column; nobody can log in with it.
    identity.admin.password = make_password(None)
    identity.admin.save(update_fields=["password"])
    record(actor, "accounts.sso.logged_out", sso, after={"name_id": name_id})


def _harmless(raw: bytes) -> str:
    """A message as administrators may see it: without its signature nobody can send it once more."""
    text = raw[:_SHOWN_BYTES].decode("utf-8", "replace").replace("\0", "")
    return _SIGNATURE_VALUE.sub(r"\1…", text)


def _merged(stored: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(changes, Mapping):
        raise Invalid("The body must be a JSON object.")
    # Addresses that providers know never change, and secrets of other types are not kept here.
    kept = {key: value for key, value in changes.items() if key != "domain" and not key.startswith(_OTHERS)}
    return merge(SsoShape, stored, kept)


def _grants(actor: Actor, org: Org, wishes: Iterable[PrivilegeShape]) -> list[SsoGrant]:
    rows = [_grant(actor, org, number, wish) for number, wish in enumerate(wishes)]
    return list({(row.role, row.site_id, row.sitegroup_id): row for row in reversed(rows)}.values())[::-1]


def _grant(actor: Actor, org: Org, number: int, wish: PrivilegeShape) -> SsoGrant:
    path = f"privileges.{number}"
    views = wish.views if isinstance(wish.views, list) else [wish.views] if wish.views else []
    if len(views) > 1:
        raise Invalid({f"{path}.views": "must name one view; give each its own privilege"})
    role = role_spelled(wish.role, views[0] if views else wish.view or None)
    if role is None:
        raise Invalid({f"{path}.role": "no portal role is spelled so"})
    if wish.org_id not in (None, org.id):
        raise Invalid({f"{path}.org_id": "must be this organization"})
    if not all(actor.can(ability, org) for ability in role.abilities):
        raise NotAllowed("A role cannot grant more rights than you have.")
    site = _place(Site, org, wish.site_id, f"{path}.site_id") if wish.scope == "site" else None
    group_path = f"{path}.sitegroup_id"
    group = _place(SiteGroup, org, wish.sitegroup_id, group_path) if wish.scope == "sitegroup" else None
    return SsoGrant(position=number, role=role.key, site=site, sitegroup=group)


def _same(wanted: Iterable[SsoGrant], held: Iterable[SsoGrant]) -> bool:
    first, second = (
        [(one.role, one.site_id, one.sitegroup_id) for one in grants] for grants in (wanted, held)
    )
    return first == second


def _place(model: Any, org: Org, place_id: UUID | None, path: str) -> Any:
    place = model.objects.filter(org=org, id=place_id).first() if place_id else None
    if place is None:
        raise Invalid({path: "does not exist in this organization"})
    return place


def _save_named(role: SsoRole) -> None:
    try:
        with transaction.atomic():
            role.save()
    except IntegrityError:
        raise Invalid({"name": "a role of this name already exists"}) from None


def _replace_grants(role: SsoRole, grants: list[SsoGrant]) -> None:
    role.grants.all().delete()
    for grant in grants:
        grant.sso_role = role
    SsoGrant.objects.bulk_create(grants)


def _regrant(identity_ids: Iterable[UUID]) -> None:
    """Give people what their roles grant by now in the organization of their provider, and nothing else.

    Whoever calls has locked the roles: a log-in and a change of its role follow one another.
    """
    people = SsoIdentity.objects.select_for_update(of=("self",)).select_related("sso").order_by("pk")
    for identity in people.filter(pk__in=list(identity_ids)):
        org_id = identity.sso.org_id
        # Whatever it was, and wherever.
        with tenancy.across():
            Privilege.objects.filter(admin=identity.admin_id).delete()
        grants = SsoGrant.objects.filter(sso_role__identities=identity, sso_role__org=org_id)
        held = {(one.role, one.site_id, one.sitegroup_id) for one in grants}
        Privilege.objects.bulk_create(
            Privilege(admin_id=identity.admin_id, org_id=org_id, role=role, site_id=site, sitegroup_id=group)
            for role, site, group in held
        )


def _use_up(sso: Sso, asserted: Asserted) -> None:
    for value in filter(None, (asserted.assertion_id, asserted.request_id)):
        try:
            with transaction.atomic():
                SsoUse.objects.create(sso=sso, value=value[:255], until=asserted.until)
        except IntegrityError:
            raise Refused("The answer of the identity provider has been used before.") from None


def _roles(sso: Sso, asserted: Asserted) -> list[SsoRole]:
    document = sso.document
    names = role_names(
        asserted.attributes.get(document.get("role_attr_from") or "Role", []),
        extraction=document.get("role_attr_extraction") or "",
    )
    roles = SsoRole.objects.select_for_update().filter(org=sso.org_id).order_by("pk")
    known = {role.name: role for role in roles.filter(name__in=names)}
    unmatched = [name for name in names if name not in known]
    default = document.get("default_role")
    if unmatched and not document.get("ignore_unmatched_roles") and (known or not default):
        raise Refused(f"No role here is called {', '.join(unmatched)[:300]}.")
    if known:
        return list(known.values())
    if not default:
        raise Refused("The assertion has no role, and there is no default role.")
    found = roles.filter(name=default).first()
    if found is None:
        raise Refused(f"The default role {default} is not there.")
    return [found]


def _identity(actor: Actor, sso: Sso, asserted: Asserted) -> SsoIdentity:
    known = SsoIdentity.objects.filter(sso=sso, name_id=asserted.name_id)
    found = known.first()
    if found:
        return found
    first, last, email = _person(asserted)
    try:
        with transaction.atomic():
            admin = Admin.objects.create(
                email=email,
                first_name=first,
                last_name=last,
                password=make_password(None),
                via_sso=True,
                email_verified_at=timezone.now(),
            )
            made = SsoIdentity.objects.create(sso=sso, name_id=asserted.name_id, admin=admin)
    except IntegrityError:  # the same person came in through another door at this moment
        return known.get()
    record(actor, "accounts.sso.person_added", sso, after={"name_id": asserted.name_id, "email": email})
    return made


def _note_person(admin: Admin, asserted: Asserted) -> None:
    first, last, email = _person(asserted)
    admin.first_name, admin.last_name, admin.email = first, last, email
    admin.save(update_fields=["first_name", "last_name", "email"])


def _person(asserted: Asserted) -> tuple[str, str, str]:
    """First name, last name and e-mail address, for people to read: they prove nothing."""
    email = asserted.first(*_MAIL) or asserted.name_id
    first = _shown(asserted.first(*_GIVEN)) or _shown(asserted.name_id.partition("@")[0])
    last = _shown(asserted.first(*_FAMILY))
    try:
        validate_email(email)
    except ValidationError:
        email = ""
    return first, last, normal_email(email)[:254]


def _shown(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable()).strip()[:64]
