"""Writes of the second factor: setting it up, its codes at the log-in, taking it away (guide: chapter 7)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.utils import timezone

from accounts import second_factor
from accounts.models import Admin, RecoveryCode, SecondFactor
from accounts.passwords import require_password
from accounts.queries import get_self
from audit.log import record
from mistadmin.core import throttle
from mistadmin.core.access import ANYONE, SIGNED_IN, STAFF, Actor
from mistadmin.core.actions import action
from mistadmin.core.errors import Invalid, NotVisible
from mistadmin.core.secrets import seal

# A seed that nobody confirmed in this time may have been seen by others.
_SET_UP_WITHIN: Final = timedelta(hours=1)


@action(needs=SIGNED_IN)
def begin_two_factor(actor: Actor) -> str:
    """Begin to set up an app, or go on with it; its seed in base32. Raises Invalid once it is on."""
    admin = _locked(actor)
    if admin.two_factor_since:
        raise Invalid("Two-factor authentication is on already.")
    factor = SecondFactor.objects.filter(admin=admin).first()
    if factor and timezone.now() - factor.created_time < _SET_UP_WITHIN:
        return second_factor.seed_of(factor)
    seed, now = second_factor.new_seed(), timezone.now()
    sealed = seal(seed, second_factor.seed_place(admin.id))
    values = {"seed": sealed, "last_step": 0, "created_time": now}
    SecondFactor.objects.update_or_create(admin=admin, defaults=values)
    record(actor, "accounts.two_factor.begun", admin)
    return seed


@action(needs=SIGNED_IN)
def confirm_two_factor(actor: Actor, *, code: str) -> list[str]:
    """Switch the second factor on with a code of the app; the recovery codes, which are shown only now.

    Every other session of the account ends. Once it is on, a right code changes nothing. Raises Invalid.
    """
    admin = _locked(actor)
    factor = SecondFactor.objects.filter(admin=admin).first()
    if factor is None:
        raise Invalid("Two-factor authentication is not being set up.")
    _require_app_code(admin, factor, code)
    if admin.two_factor_since:
        record(actor, "accounts.two_factor.checked", admin)
        return []
    admin.two_factor_since = timezone.now()
    admin.save(update_fields=["two_factor_since"])
    record(actor, "accounts.two_factor.enabled", admin)
    return second_factor.new_recovery_codes(admin)


@action(needs=SIGNED_IN)
def disable_two_factor(actor: Actor, *, password: object, code: str) -> None:
    """Switch the second factor off, or give up setting it up, for which neither is asked.

    Every other session of the account ends. Raises Invalid on the field that is wrong.
    """
    admin = _locked(actor)
    if admin.two_factor_since:
        require_password(admin, password, field="current_password")
        tries = second_factor.reserve(admin)
        if not _use_any_code(admin, code):
            raise Invalid({"two_factor": "is not right"})
        throttle.give_back(tries)
    elif not SecondFactor.objects.filter(admin=admin).exists():
        return
    _take_away(actor, admin)


@action(needs=SIGNED_IN)
def renew_recovery_codes(actor: Actor, *, code: str) -> list[str]:
    """Replace the recovery codes by ten new ones, which are shown only now. Raises Invalid."""
    admin = _locked(actor)
    factor = SecondFactor.objects.filter(admin=admin).first()
    if factor is None or admin.two_factor_since is None:
        raise Invalid("Two-factor authentication is not on.")
    _require_app_code(admin, factor, code)
    record(actor, "accounts.two_factor.recovery_renewed", admin)
    return second_factor.new_recovery_codes(admin)


@action(needs=ANYONE)
def pass_second_factor(actor: Actor, *, admin: Admin, code: str, user_agent: str = "") -> bool:
    """Use up a code of the app or a recovery code at the log-in; False, and an entry, when it is wrong.

    Raises Throttled after too many codes of the account.
    """
    # Before the row is locked: who is over the limit keeps nobody waiting.
    tries = second_factor.reserve(admin)
    admin = Admin.objects.select_for_update().get(pk=admin.pk)
    who = Actor("admin", admin.id, admin.full_name, admin.email, actor.src_ip)
    if not _use_any_code(admin, code):
        record(actor, "accounts.admin.code_failed", admin, after={"user_agent": user_agent})
        return False
    throttle.give_back(tries)
    record(who, "accounts.two_factor.passed", admin)
    return True


@action(needs=STAFF)
def reset_two_factor(actor: Actor, *, email: str) -> None:
    """Take away the second factor of an account whose owner lost both app and codes; raises NotVisible."""
    admin = Admin.objects.of_email(email).select_for_update().first()
    if admin is None:
        raise NotVisible
    _take_away(actor, admin)


def _locked(actor: Actor) -> Admin:
    admin = get_self(actor)
    admin.refresh_from_db(from_queryset=Admin.objects.select_for_update())
    return admin


def _require_app_code(admin: Admin, factor: SecondFactor, code: str) -> None:
    tries = second_factor.reserve(admin)
    if not second_factor.use_app_code(factor, code):
        raise Invalid({"two_factor": "is not right; each code works once, and for half a minute"})
    throttle.give_back(tries)


def _use_any_code(admin: Admin, code: str) -> bool:
    # The caller has counted the try, and locked the account, so that nobody else uses the same code now.
    factor = SecondFactor.objects.filter(admin=admin).first()
    right = factor is not None and second_factor.use_app_code(factor, code)
    return right or second_factor.use_recovery_code(admin, code)


def _take_away(actor: Actor, admin: Admin) -> None:
    SecondFactor.objects.filter(admin=admin).delete()
    RecoveryCode.objects.filter(admin=admin).delete()
    if admin.two_factor_since:
        admin.two_factor_since = None
        admin.save(update_fields=["two_factor_since"])
    record(actor, "accounts.two_factor.disabled", admin)
