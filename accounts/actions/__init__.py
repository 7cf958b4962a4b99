"""Writes of accounts, tokens and privileges, and the use cases that join an account with an organization."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.contrib.auth.hashers import check_password as password_matches
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts import tokens
from accounts.actions.org_tokens import create_org_token as create_org_token
from accounts.actions.org_tokens import delete_org_token as delete_org_token
from accounts.actions.org_tokens import discard_unused_tokens as discard_unused_tokens
from accounts.actions.org_tokens import update_org_token as update_org_token
from accounts.login_throttle import NOBODY
from accounts.models import Admin, ApiToken, Privilege, normal_email
from accounts.passwords import check_password, require_password
from accounts.policies import policy_for
from accounts.queries import find_admin, get_self
from accounts.shapes import (
    Registration,
    SelfShape,
    TokenShape,
    as_uuid,
    self_document,
)
from accounts.token_edits import discard_token, lock_token
from accounts.tokens import CreatedToken as CreatedToken
from audit.log import Change, record, record_many
from mistadmin.core import tenancy, throttle
from mistadmin.core.access import (
    ANYONE,
    MANAGE_ORG,
    SIGNED_IN,
    STAFF,
    VIEW_ORG,
    Actor,
)
from mistadmin.core.actions import action
from mistadmin.core.errors import Invalid, NotAllowed, NotVisible
from mistadmin.core.shapes import parse
from mistadmin.core.versions import Seen, require_seen
from orgs import actions as orgs
from orgs.models import Msp, Org
from sites import actions as sites

PRIMARY_SITE: Final = "Primary Site"
# New accounts from one address: each owes a mail to somebody.
_REGISTRATIONS: Final = 30
_REGISTRATION_WINDOW: Final = 3600
# The machine of a lab may have slept; a token that is gone cannot be renewed.
_LEASES_KEPT: Final = timedelta(hours=1)


@action(needs=ANYONE)
def sign_up(actor: Actor, *, values: Mapping[str, Any]) -> None:
    """Register an account and owe its owner a validation link.

    An address that has an account already gets a notice instead, so that the answer tells nobody which
    addresses are known. Raises Invalid, and Throttled after many from one address.
    """
    wish = parse(Registration, values)
    check_password(wish.password, email=wish.email)
    limit = f"register:ip:{actor.src_ip}"
    throttle.require_room(limit, tries=_REGISTRATIONS, seconds=_REGISTRATION_WINDOW)
    throttle.count(limit, seconds=_REGISTRATION_WINDOW)
    admin = Admin(
        email=normal_email(wish.email),
        first_name=wish.first_name,
        last_name=wish.last_name,
        region=wish.region,
        password=make_password(wish.password),
    )
    # The same statements for a known address and a new one, or the time would tell which it is.
    Admin.objects.bulk_create([admin], ignore_conflicts=True)
    known = Admin.objects.of_email(admin.email).select_for_update().get()
    if known.id == admin.id:
        record(actor, "accounts.admin.registered", admin)
    else:
        _repeat_registration(actor, known, admin)


@action(needs=ANYONE)
def verify_registration(actor: Actor, *, token: str) -> Admin:
    """Confirm the address of a new account; raises Invalid for a bad, old or used link."""
    facts = tokens.read_link("register", token, seconds=tokens.REGISTRATION_SECONDS)
    admin_id = as_uuid(facts.get("admin"))
    admin = Admin.objects.select_for_update().filter(id=admin_id).first() if admin_id else None
    if admin is None:
        raise NotVisible
    if admin.email_verified_at:
        raise Invalid("already registered")
    if facts.get("of") != tokens.link_mark(admin.password):
        raise Invalid("expired")
    admin.email_verified_at = timezone.now()
    admin.save(update_fields=["email_verified_at"])
    record(_as(admin, actor), "accounts.admin.verified", admin)
    return admin


@action(needs=ANYONE)
def record_login(actor: Actor, *, admin: Admin) -> None:
    """Write a successful login into the log of each organization and MSP that gave the account a role.

    What is reached through an MSP is told when it is opened. Without any role the account alone is told.
    """
    admin.last_login = timezone.now()
    admin.save(update_fields=["last_login"])
    who = _as(admin, actor)
    told: list[Any] = list(Org.objects.filter(id__in=admin.privileges.filter(msp=None).values("org_id")))
    told += Msp.objects.filter(id__in=admin.privileges.filter(org=None).values("msp_id"))
    record_many(who, "accounts.admin.logged_in", [Change(one) for one in told or [admin]])


@action(needs=ANYONE)
def record_failed_login(actor: Actor, *, email: object, user_agent: str = "") -> None:
    """Write a failed login into the account's log, or into nobody's, so that both take the same time."""
    found = Admin.objects.of_email(email) if isinstance(email, str) else Admin.objects.none()
    admin_id = found.values_list("id", flat=True).first()
    record(
        actor, "accounts.admin.login_failed", Admin(id=admin_id or NOBODY), after={"user_agent": user_agent}
    )


@action(needs=SIGNED_IN)
def record_logout(actor: Actor) -> None:
    """Write a logout into the account's log."""
    admin = find_admin(actor)
    if admin:
        record(actor, "accounts.admin.logged_out", admin)


@action(needs=VIEW_ORG)
def open_org(actor: Actor, org: Org) -> None:
    """Write into the organization's log that a person opened it in the portal."""
    record(actor, "accounts.org.opened", org)


@action(needs=SIGNED_IN)
def create_org(actor: Actor, *, values: Mapping[str, Any]) -> Org:
    """Create an organization with its Primary Site; its creator becomes Super User (guide: chapter 2)."""
    admin = get_self(actor)
    if admin.via_sso:
        raise NotAllowed("You log in by single sign-on, which opens the organization of your provider alone.")
    org = orgs.create_org(actor, values=values)
    Privilege.objects.create(admin=admin, org=org, role="super_user")
    sites.create_site(Actor.system("create organization"), org, values={"name": PRIMARY_SITE})
    return org


@action(needs=MANAGE_ORG)
def delete_org(actor: Actor, org: Org, *, seen: Seen = None) -> None:
    """Delete an organization with its sites, privileges and tokens, for inventory.actions.delete_org."""
    ApiToken.objects.filter(org=org).delete()
    guests = Admin.objects.filter(sso_identity__sso__org=org)
    with tenancy.across():
        guests.delete()
    Privilege.objects.filter(org=org).delete()
    sites.delete_sites(actor, org)
    orgs.delete_org(actor, org, seen=seen)


@action(needs=SIGNED_IN)
def update_self(actor: Actor, *, changes: Mapping[str, Any], seen: Seen = None) -> Admin:
    """Change names, phones and preferences of the actor's own account; absent keys stay.

    Raises Stale for another account than was seen.
    """
    admin = get_self(actor)
    admin.refresh_from_db(from_queryset=Admin.objects.select_for_update())
    before = self_document(admin)
    require_seen(seen, admin, before)
    # null clears: what is missing then gets its default, and a name is required.
    shape = parse(SelfShape, {k: v for k, v in {**before, **changes}.items() if v is not None})
    after = {key: getattr(shape, key) for key in before}
    if after == before:
        return admin
    for key, value in after.items():
        setattr(admin, key, value)
    admin.save(update_fields=list(before))
    record(actor, "accounts.admin.updated", admin, before=before, after=after)
    return admin


@action(needs=STAFF)
def set_staff(actor: Actor, *, email: str, is_staff: bool) -> None:
    """Count an account among the people who run the instance, or no longer; raises NotVisible."""
    admin = Admin.objects.of_email(email).select_for_update().first()
    if admin is None:
        raise NotVisible
    before, admin.is_staff = admin.is_staff, is_staff
    admin.save(update_fields=["is_staff"])
    record(actor, "accounts.admin.staffed", admin, before={"is_staff": before}, after={"is_staff": is_staff})


@action(needs=SIGNED_IN)
def change_password(
    actor: Actor, *, current: object, new: str, recovering: bool = False, field: str = "new"
) -> Admin:
    """Replace the password; every other session of the account ends, because its hash is bound to it.

    Who is `recovering` came by a mailed link and has no current one. Raises Invalid and Throttled.
    """
    admin = get_self(actor)
    if admin.via_sso:
        raise NotAllowed("You log in by single sign-on: your password is kept by your identity provider.")
    admin.refresh_from_db(from_queryset=Admin.objects.select_for_update())
    if not recovering:
        require_password(admin, current, field="current" if field == "new" else "current_password")
    check_password(new, email=admin.email, field=field, policy=policy_for(admin))
    if password_matches(new, admin.password):
        raise Invalid({field: "must differ from the current password"})
    admin.password, admin.password_change_due = make_password(new), False
    admin.password_modified_time = timezone.now()
    admin.save(update_fields=["password", "password_change_due", "password_modified_time"])
    record(actor, "accounts.admin.password_changed", admin)
    return admin


@action(needs=SIGNED_IN)
def create_user_token(actor: Actor, *, values: Mapping[str, Any], leased: bool = False) -> CreatedToken:
    """Create an API token that acts as the actor; its key is in the answer and nowhere else.

    A leased one works only while accounts.leases.renew is called for it again and again.
    """
    admin = get_self(actor)
    if admin.via_sso:
        raise NotAllowed("You log in by single sign-on, and such accounts have no API tokens of their own.")
    key = tokens.new_leased_key() if leased else tokens.new_key()
    token = ApiToken.objects.create(
        admin=admin, name=parse(TokenShape, values).name, digest=tokens.digest(key), hint=tokens.hint(key)
    )
    record(actor, "accounts.token.created", token, after={"name": token.name})
    return CreatedToken(token.id, token.name, key)


@action(needs=SIGNED_IN)
def update_user_token(
    actor: Actor, *, token: ApiToken, values: Mapping[str, Any], seen: Seen = None
) -> ApiToken:
    """Rename one of the actor's own tokens. Raises Stale for another name than was seen."""
    if token.admin_id != actor.id:
        raise NotVisible
    return _rename_token(actor, token, values, seen)


@action(needs=SIGNED_IN)
def delete_user_token(actor: Actor, *, token_id: UUID, seen: Seen = None) -> None:
    """Revoke one of the actor's own tokens; it stops working at once."""
    token = get_self(actor).tokens.filter(id=token_id).first()
    if token is None:
        raise NotVisible
    discard_token(actor, token, seen)


@action(needs=SIGNED_IN)
def discard_dead_leases(actor: Actor, *, most: int = 1_000) -> int:
    """Delete leased tokens that nobody has renewed for an hour; their keys stopped working long before."""
    until = timezone.now() - _LEASES_KEPT
    dead = ApiToken.objects.filter(hint__startswith=tokens.LEASED_HINT, modified_time__lt=until)
    found = list(dead.order_by("modified_time")[:most])
    record_many(actor, "accounts.token.deleted", [Change(one, before={"name": one.name}) for one in found])
    ApiToken.objects.filter(id__in=[token.id for token in found]).delete()
    return len(found)


def _repeat_registration(actor: Actor, known: Admin, wish: Admin) -> None:
    if known.email_verified_at:
        record(actor, "accounts.admin.register_repeated", known)
        return
    # Nobody has proved the address yet: the latest wish stands, and links of earlier ones are dead. Else
    # whoever registers an address first would keep a password to the account its owner confirms.
    columns = ("password", "first_name", "last_name", "region")
    for column in columns:
        setattr(known, column, getattr(wish, column))
    known.save(update_fields=columns)
    record(actor, "accounts.admin.registered", known)


def _as(admin: Admin, actor: Actor) -> Actor:
    return Actor("admin", admin.id, admin.full_name, admin.email, actor.src_ip)


def _rename_token(actor: Actor, token: ApiToken, values: Mapping[str, Any], seen: Seen) -> ApiToken:
    lock_token(token, seen)
    before, token.name = token.name, parse(TokenShape, {"name": token.name, **values}).name
    if token.name == before:
        return token
    token.modified_time = timezone.now()
    token.save(update_fields=["name", "modified_time"])
    record(actor, "accounts.token.updated", token, before={"name": before}, after={"name": token.name})
    return token
