"""Writes of a forgotten password: asking for a link and using it. The new password is accounts.actions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils import timezone

from accounts import tokens
from accounts.models import Admin, Recovery, normal_email
from accounts.shapes import EmailShape, as_uuid
from audit.log import record
from mistadmin.core import throttle
from mistadmin.core.access import ANYONE, Actor
from mistadmin.core.actions import action
from mistadmin.core.errors import Invalid, NotVisible
from mistadmin.core.shapes import parse

# Links asked for from one address, and for one account: each is a mail to somebody.
_FROM: Final = 30
_FOR: Final = 5
_SECONDS: Final = 3600


@action(needs=ANYONE)
def ask_recovery(actor: Actor, *, values: Mapping[str, Any]) -> None:
    """Owe a link to an address; whether it has an account is looked up by the worker, so nobody can tell.

    Raises Invalid for what is no address, and Throttled.
    """
    email = normal_email(parse(EmailShape, values).email)
    throttle.reserve({f"recover:ip:{actor.src_ip}": _FROM}, seconds=_SECONDS)
    throttle.reserve({f"recover:email:{email}": _FOR}, seconds=_SECONDS)
    record(actor, "accounts.recovery.asked", Recovery.objects.create(email=email))


@action(needs=ANYONE)
def use_recovery(actor: Actor, *, token: str) -> Admin:
    """Use up a mailed link, which proves the address; raises Invalid and NotVisible for one that is no good.

    Of many who use it at once one gets in. A change of the password or of the address ends it.
    """
    facts = tokens.read_link("recover", token, seconds=tokens.RECOVERY_SECONDS)
    asked_id = as_uuid(facts.get("asked"))
    asked = Recovery.objects.filter(id=asked_id).first() if asked_id else None
    admin = Admin.objects.of_email(asked.email).select_for_update().first() if asked else None
    if asked is None or admin is None or not admin.is_active:
        raise NotVisible
    unused = Recovery.objects.filter(pk=asked.pk, used_at=None)
    if facts.get("of") != tokens.link_mark(admin.password) or not unused.update(used_at=timezone.now()):
        raise Invalid("expired")
    who = Actor("admin", admin.id, admin.full_name, admin.email, actor.src_ip)
    record(who, "accounts.admin.recovered", admin)
    return admin
