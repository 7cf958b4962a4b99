"""Writes of invitations: sent, changed, sent again, cancelled, accepted.

Each takes the lock of the organization's administrators first, so that of two that meet one comes second.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import tokens
from accounts.admin_shapes import InviteChanges, InviteShape, invite_document
from accounts.auth import refreshed
from accounts.giving import Given, as_document, as_told, given
from accounts.last_super_user import lock_admins
from accounts.models import Admin, Invite, Offer, Privilege, normal_email
from accounts.passwords import check_password
from accounts.policies import policy_of_orgs
from accounts.queries import find_admin, get_self
from accounts.reach import Member, at, orgs_offered
from accounts.shapes import Registration, ShortName
from audit.log import record
from mistadmin.core import tenancy, throttle
from mistadmin.core.access import ANYONE, MANAGE_ADMINS, SIGNED_IN, Actor, Placed
from mistadmin.core.actions import action
from mistadmin.core.errors import Conflict, Invalid, NotVisible
from mistadmin.core.shapes import Request, parse
from mistadmin.core.versions import Seen, require_seen
from orgs.models import Msp, Org

# Messages that one person may have sent in an hour, and that one address may get from an organization.
_PER_PERSON: Final = 1_000
_PER_ADDRESS: Final = 10
_WINDOW: Final = 3600

NOT_VALID: Final = "invalid secret"
OWN: Final = "invite created by self"
EXPIRED: Final = "expired"
NOT_PENDING: Final = "is no pending invitation of this address"
NOWHERE: Final = "The sites of this invitation do not exist any more."
NO_GROUPS: Final = "The organization groups of this invitation do not exist any more."


class NewcomerShape(Request):
    """What somebody without an account says to get one by invitation."""

    first_name: ShortName
    last_name: ShortName
    password: str


@action(needs=MANAGE_ADMINS)
def invite_admin(actor: Actor, tenant: Placed, *, values: Mapping[str, Any]) -> Invite:
    """Invite an address to administer the organization, and owe it the mail with the link (inviteOrgAdmin).

    Nothing tells whether the address has an account here. Raises Invalid for bad fields and for an address
    that administers the organization or is invited already, NotAllowed for more rights than the actor's,
    and Throttled.
    """
    wish = parse(InviteShape, values)
    actor = _alone(actor, tenant)
    wanted, email = given(actor, tenant, wish.privileges), normal_email(wish.email)
    if Privilege.objects.filter(**at(tenant), admin__email=email, admin__via_sso=False).exists():
        raise Invalid({"email": "already exists among the administrators; change their role instead"})
    _count(actor, tenant, email)
    invite = Invite(
        id=uuid.uuid4(),
        **at(tenant),
        email=email,
        first_name=wish.first_name,
        last_name=wish.last_name,
        hours=wish.hours,
        invited_by=find_admin(actor),
    )
    invite.digest = _digest(invite)
    try:
        with transaction.atomic():
            invite.save(force_insert=True)
    except IntegrityError:
        problem = "already exists among the invitations; change, resend or cancel that one"
        raise Invalid({"email": problem}) from None
    _offer(invite, wanted)
    record(actor, "accounts.invite.created", Member.of(invite, tenant), after=_told(invite))
    return invite


@action(needs=MANAGE_ADMINS)
def update_invite(
    actor: Actor, tenant: Placed, *, invite: Invite, changes: Mapping[str, Any], seen: Seen = None
) -> Invite:
    """Change names, hours of life or roles of a pending invitation; its link stays (updateOrgAdminInvite).

    Raises Invalid, also for another address: that takes an invitation of its own; NotAllowed, and Stale.
    """
    actor, invite = _locked(actor, tenant, invite, seen)
    before, told = invite_document(invite), _told(invite)
    wish = parse(InviteChanges, changes)
    if wish.email is not None and normal_email(wish.email) != invite.email:
        raise Invalid({"email": "cannot be changed; cancel this invitation and send another"})
    after = {
        key: value if getattr(wish, key) is None else getattr(wish, key) for key, value in before.items()
    }
    offered = [Given.of(one) for one in invite.privileges.all()]
    wanted = offered if wish.privileges is None else given(actor, tenant, wish.privileges)
    if after == before and set(wanted) == set(offered):
        return invite
    for key, value in after.items():
        setattr(invite, key, value)
    if set(wanted) != set(offered):
        invite.privileges.all().delete()
        _offer(invite, wanted)
    invite.modified_time = timezone.now()
    invite.save(update_fields=[*before, "modified_time"])
    record(actor, "accounts.invite.updated", Member.of(invite, tenant), before=told, after=_told(invite))
    return invite


@action(needs=MANAGE_ADMINS)
def resend_invite(actor: Actor, tenant: Placed, *, invite: Invite) -> Invite:
    """Send a new link, good for as long as the first; the old one is dead from now on. Raises Throttled."""
    actor, invite = _locked(actor, tenant, invite, None)
    _count(actor, tenant, invite.email)
    invite.links += 1
    invite.digest = _digest(invite)
    invite.sent_time = timezone.now()
    invite.save(update_fields=["links", "digest", "sent_time"])
    record(actor, "accounts.invite.resent", Member.of(invite, tenant))
    return invite


@action(needs=MANAGE_ADMINS)
def cancel_invite(actor: Actor, tenant: Placed, *, invite: Invite, seen: Seen = None) -> None:
    """Take an invitation back; its link is dead from now on (uninviteOrgAdmin). Raises Stale."""
    actor, invite = _locked(actor, tenant, invite, seen)
    record(actor, "accounts.invite.cancelled", Member.of(invite, tenant), before=_told(invite))
    invite.delete()


@action(needs=SIGNED_IN)
def accept_invite(actor: Actor, *, token: str) -> Org | Msp:
    """Take the roles that an invitation of the actor's own address offers (verifyAdminInvite).

    Raises NotVisible alike for a link that was changed, used, taken back or meant for somebody else, and
    for one's own invitation; Invalid when it is too old or its sites are gone.
    """
    admin = get_self(actor)
    invite = _pending(token)
    if admin.via_sso:
        # The provider said whose address it is; nobody proved it here.
        raise Invalid("You log in by single sign-on. Log out and open the link again for an account here.")
    if invite.invited_by_id == admin.id:
        raise NotVisible(OWN)
    if invite.email != admin.email:
        raise NotVisible(NOT_VALID)
    return _join(actor, admin, invite)


@action(needs=ANYONE)
def accept_as_newcomer(actor: Actor, *, token: str, values: Mapping[str, Any]) -> tuple[Admin, Org | Msp]:
    """Make the account of an invited address, which the link proves, and take the roles.

    An account whose address nobody has proved yet is this person's from now on. Raises what `accept_invite`
    raises, Invalid for bad names and passwords, Conflict where there is an account to log in to.
    """
    invite = _pending(token)
    if actor.is_signed_in:
        raise NotVisible(NOT_VALID)
    wish = parse(NewcomerShape, values)
    check_password(
        wish.password, email=invite.email, policy=policy_of_orgs(orgs_offered(invite).values("id"))
    )
    admin = Admin.objects.of_email(invite.email).select_for_update().first()
    if admin is None:
        admin = Admin(email=invite.email)
    elif admin.email_verified_at or not admin.is_active:
        raise Conflict("This address has an account. Log in to accept the invitation.")
    admin.first_name, admin.last_name = wish.first_name, wish.last_name
    admin.password, admin.password_modified_time = make_password(wish.password), timezone.now()
    admin.email_verified_at = timezone.now()
    admin.save()
    actor = Actor("admin", admin.id, admin.full_name, admin.email, actor.src_ip)
    record(actor, "accounts.admin.invited", admin)
    return admin, _join(actor, admin, invite)


@action(needs=ANYONE)
def register_invited(actor: Actor, *, values: Mapping[str, Any]) -> None:
    """Register an account and accept the invitation whose token is sent along (registerNewAdmin).

    The token was mailed to the address and proves it. Where there is an account its owner gets the notice of
    every registration, and the invitation stays. Raises Invalid, alike for every token that is no good.
    """
    wish = parse(Registration, values)
    token, nobody = wish.referer_invite_token, Actor.anonymous(actor.src_ip)
    try:
        invite = _pending(token)
    except (NotVisible, Invalid):
        raise Invalid({"referer_invite_token": NOT_PENDING}) from None
    if invite.email != normal_email(wish.email):
        raise Invalid({"referer_invite_token": NOT_PENDING})
    try:
        admin, _ = accept_as_newcomer(nobody, token=token, values=values)
    except Conflict:
        record(nobody, "accounts.admin.register_repeated", Admin.objects.of_email(invite.email).get())
        return
    admin.region = wish.region
    admin.save(update_fields=["region"])


def _join(actor: Actor, admin: Admin, invite: Invite) -> Org | Msp:
    offers = list(invite.privileges.select_related("site", "sitegroup", "orggroup"))
    if not offers:
        raise Invalid(NO_GROUPS if invite.msp_id else NOWHERE)
    tenant: Org | Msp = invite.tenant
    # Who has got one of the roles meanwhile keeps it.
    held = {Given.of(one) for one in admin.privileges.filter(**at(tenant))}
    Privilege.objects.bulk_create(
        Privilege(admin=admin, **at(tenant), **one.columns)
        for one in map(Given.of, offers)
        if one not in held
    )
    invite.delete()
    record(actor, "accounts.invite.accepted", Member.of(admin, tenant), after=as_told(offers))
    return tenant


def _alone(actor: Actor, tenant: Placed) -> Actor:
    """The actor as it is now, with the organization's administrators locked."""
    lock_admins(tenant)
    actor = refreshed(actor)
    actor.require(MANAGE_ADMINS, tenant)
    return actor


def _locked(actor: Actor, tenant: Placed, invite: Invite, seen: Seen) -> tuple[Actor, Invite]:
    actor = _alone(actor, tenant)
    found = Invite.objects.filter(**at(tenant), id=invite.id).first()
    if found is None:
        raise NotVisible
    require_seen(seen, found, {**invite_document(found), **as_document(found.privileges.all())})
    return actor, found


def _pending(token: str) -> Invite:
    digest = tokens.digest(token)
    invites = Invite.objects.select_related("org", "msp").filter(digest=digest)
    # The token is what opens the tenant.
    with tenancy.across():
        found = invites.first()
    if found is None:
        raise NotVisible(NOT_VALID)
    tenancy.admit(found.tenant.id)
    lock_admins(found.tenant)
    # Accepted, cancelled or sent again while this waited for the lock.
    invite: Invite | None = invites.all().first()
    if invite is None:
        raise NotVisible(NOT_VALID)
    if invite.is_expired:
        raise Invalid(EXPIRED)
    return invite


def _digest(invite: Invite) -> str:
    return tokens.digest(tokens.invite_link(invite.id, invite.links))


def _offer(invite: Invite, wanted: list[Given]) -> None:
    where = {"org_id": invite.org_id, "msp_id": invite.msp_id}
    Offer.objects.bulk_create(Offer(invite=invite, **where, **one.columns) for one in wanted)


def _told(invite: Invite) -> dict[str, Any]:
    offers = invite.privileges.select_related("site", "sitegroup", "orggroup")
    return {"email": invite.email, **invite_document(invite), "roles": as_told(offers)}


def _count(actor: Actor, tenant: Placed, email: str) -> None:
    throttle.reserve({f"invites:by:{actor.id}": _PER_PERSON}, seconds=_WINDOW)
    throttle.reserve({f"invites:to:{tenant.org_id}:{email}": _PER_ADDRESS}, seconds=_WINDOW)
