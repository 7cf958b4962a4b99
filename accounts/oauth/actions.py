"""Linking an account elsewhere, and coming in with it."""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.actions import record_login
from accounts.models import Admin
from accounts.oauth.client import SECONDS, Person
from accounts.oauth.models import OauthIdentity, OauthState
from accounts.queries import get_self
from audit.log import record
from mistadmin.core.access import ANYONE, SIGNED_IN, Actor
from mistadmin.core.actions import action
from mistadmin.core.errors import Invalid, NotAllowed, NotVisible

_USED = "This sign-in has been used already. Begin again."
_UNKNOWN = (
    "This Google account is not linked to an account here. Log in with your password, "
    "then enable Google under My Account."
)


@action(needs=ANYONE)
def accept(actor: Actor, *, person: Person) -> Admin:
    """The account that this very person has linked; raises Invalid. An attempt lets in once."""
    _use_up(person)
    found = OauthIdentity.objects.select_related("admin").filter(
        issuer=person.issuer, subject=person.subject, admin__is_active=True
    )
    identity = found.first()
    if identity is None or identity.admin.email_verified_at is None:
        raise Invalid(_UNKNOWN)
    record_login(actor, admin=identity.admin)
    return identity.admin


@action(needs=SIGNED_IN)
def link(actor: Actor, *, person: Person) -> OauthIdentity:
    """Link the actor's account with this person elsewhere; raises Invalid where either is linked already."""
    admin = get_self(actor)
    if admin.via_sso:
        raise NotAllowed("You log in by single sign-on: your identity provider says how.")
    _use_up(person)
    try:
        with transaction.atomic():
            identity = OauthIdentity.objects.create(
                admin=admin, issuer=person.issuer, subject=person.subject, email=person.email
            )
    except IntegrityError:
        raise Invalid("This Google account or yours here is linked already.") from None
    record(actor, "accounts.oauth.linked", admin, after={"email": person.email})
    return identity


@action(needs=SIGNED_IN)
def unlink(actor: Actor) -> None:
    """Forget the account elsewhere; the password works on. Raises NotVisible when none is linked."""
    admin = get_self(actor)
    identity = OauthIdentity.objects.select_for_update().filter(admin=admin).first()
    if identity is None:
        raise NotVisible
    record(actor, "accounts.oauth.unlinked", admin, before={"email": identity.email})
    identity.delete()


def _use_up(person: Person) -> None:
    try:
        with transaction.atomic():
            until = timezone.now() + timedelta(seconds=SECONDS)
            OauthState.objects.create(digest=person.state, until=until)
    except IntegrityError:
        raise Invalid(_USED) from None
