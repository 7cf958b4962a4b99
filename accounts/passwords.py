"""What a password must be, on every path that sets one."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from mistadmin.core.errors import Invalid

LEAST: Final = 8
MOST: Final = 128


def check_password(password: str, *, email: str, field: str = "password") -> None:
    """Raise Invalid on `field` unless the password is long enough, not known to everyone, not the address."""
    if not isinstance(password, str) or len(password) < LEAST:
        raise Invalid({field: f"must have at least {LEAST} characters"})
    if len(password) > MOST:
        raise Invalid({field: f"must have at most {MOST} characters"})
    if "\0" in password:
        raise Invalid({field: "must not contain NUL characters"})
    if password.casefold() in {email.casefold(), email.partition("@")[0].casefold()}:
        raise Invalid({field: "must not be your e-mail address"})
    try:
        CommonPasswordValidator().validate(password)
    except ValidationError:
        raise Invalid({field: "is too common; choose another"}) from None
