"""Writes of the own e-mail address: it changes once the new one is proved (guide: chapter 7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db import IntegrityError, transaction

from accounts import tokens
from accounts.models import Admin, normal_email
from accounts.passwords import require_password
from accounts.queries import get_self
from accounts.shapes import EmailShape
from audit.log import record
from mistadmin.core import throttle
from mistadmin.core.access import SIGNED_IN, Actor
from mistadmin.core.actions import action
from mistadmin.core.errors import Invalid, NotAllowed
from mistadmin.core.shapes import parse

# Each is a mail to an address that may be anybody's.
_TRIES: Final = 10
_SECONDS: Final = 3600


@action(needs=SIGNED_IN)
def ask_new_email(actor: Actor, *, values: Mapping[str, Any], password: object = None) -> None:
    """Owe a link to a new address, and a notice to the present one. Raises Invalid and Throttled.

    The portal asks for the `password`; the operation of the API has none.
    """
    email = normal_email(parse(EmailShape, values).email)
    admin = get_self(actor)
    if admin.via_sso:
        raise NotAllowed("You log in by single sign-on: your address is kept by your identity provider.")
    if password is not None:
        require_password(admin, password, field="password")
    if email == admin.email:
        raise Invalid({"email": "is your address already"})
    throttle.reserve({f"email:{admin.id}": _TRIES}, seconds=_SECONDS)
    before, admin.new_email = admin.new_email, email
    admin.save(update_fields=["new_email"])
    after = {"new_email": email, "old_email": admin.email}
    record(actor, "accounts.admin.email_asked", admin, before={"new_email": before}, after=after)


@action(needs=SIGNED_IN)
def use_new_email(actor: Actor, *, token: str) -> Admin:
    """Change the own address to the one that the mailed link proves.

    Raises Invalid: "invalid token", or "email already existed" when another account has it by now.
    """
    admin = get_self(actor)
    admin.refresh_from_db(from_queryset=Admin.objects.select_for_update())
    facts = tokens.read_link("email", token, seconds=tokens.EMAIL_SECONDS, problem="invalid token")
    wanted = (str(admin.id), admin.new_email, tokens.link_mark(admin.password + admin.email))
    if not admin.new_email or (facts.get("admin"), facts.get("email"), facts.get("of")) != wanted:
        raise Invalid("invalid token")
    before, admin.email, admin.new_email = admin.email, admin.new_email, ""
    try:
        with transaction.atomic():
            admin.save(update_fields=["email", "new_email"])
    except IntegrityError:
        raise Invalid("email already existed") from None
    change = {"before": {"email": before}, "after": {"email": admin.email}}
    record(actor, "accounts.admin.email_changed", admin, **change)
    return admin
