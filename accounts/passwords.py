"""What a password must be, on every path that sets one, and whether one that is typed still complies."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.contrib.auth.hashers import check_password as password_matches
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import Admin
from accounts.policies import Policy
from mistadmin.core import throttle
from mistadmin.core.errors import Invalid

MOST: Final = 128
# Passwords of an account that people who are signed in may try within a window (RELIABILITY S9).
_TRIES: Final = 10
_SECONDS: Final = 15 * 60


def check_password(
    password: str, *, email: str, field: str = "password", policy: Policy | None = None
) -> None:
    """Raise Invalid on `field` unless the password is what the policy asks for and hard to guess."""
    policy = policy or Policy()
    if not isinstance(password, str) or len(password) < policy.min_length:
        raise Invalid({field: f"must have at least {policy.min_length} characters"})
    if len(password) > MOST:
        raise Invalid({field: f"must have at most {MOST} characters"})
    if "\0" in password:
        raise Invalid({field: "must not contain NUL characters"})
    if policy.special_char and not any(_is_special(character) for character in password):
        raise Invalid({field: "must have a special character, such as ! or #"})
    if password.casefold() in {email.casefold(), email.partition("@")[0].casefold()}:
        raise Invalid({field: "must not be your e-mail address"})
    try:
        CommonPasswordValidator().validate(password)
    except ValidationError:
        raise Invalid({field: "is too common; choose another"}) from None


def complies(admin: Admin, password: str, policy: Policy) -> bool:
    """Whether a password that opened the account is still what the policy asks for."""
    age = timezone.now() - admin.password_modified_time
    if policy.password_days and age > timedelta(days=policy.password_days):
        return False
    special = not policy.special_char or any(_is_special(character) for character in password)
    return special and len(password) >= policy.min_length


def require_password(admin: Admin, password: object, *, field: str) -> None:
    """Raise Invalid on `field` unless it is the password of the account, Throttled after many tries."""
    tries = f"password:{admin.id}"
    throttle.reserve({tries: _TRIES}, seconds=_SECONDS)
    if not isinstance(password, str) or not password_matches(password, admin.password):
        raise Invalid({field: "is not your current password"})
    throttle.give_back([tries])


def _is_special(character: str) -> bool:
    return not character.isalnum() and not character.isspace()
