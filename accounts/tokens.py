"""API keys and mailed links: how they are made and how one is recognised again.

A key is 160 random bits; what is stored is its HMAC under a pepper derived from the secret key, so a copy of
the database lets nobody in. A mailed link is a signed, dated text that names its purpose.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import string
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.core import signing

from mistadmin.core.errors import Invalid

_ALPHABET: Final = string.ascii_letters + string.digits
_LENGTH: Final = 40
# As long as the start of a key that its hint keeps.
_LEASED: Final = "lab_"
LEASED_HINT: Final = f"{_LEASED}..."
# How long a leased key works without being renewed.
LEASE: Final = timedelta(minutes=2)
REGISTRATION_SECONDS: Final = 24 * 3600
RECOVERY_SECONDS: Final = 3600
EMAIL_SECONDS: Final = 24 * 3600


@dataclass(frozen=True, slots=True)
class CreatedToken:
    """A token just made; `key` exists only here."""

    id: UUID
    name: str
    key: str


def new_key() -> str:
    """A new API key; it is shown once and never stored."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def new_leased_key() -> str:
    """A new API key that lives by a lease: it works only while somebody renews its token."""
    return f"{_LEASED}{new_key()}"


def is_leased(key: str) -> bool:
    """Whether a key lives by a lease; no other key has an underscore."""
    return key.startswith(_LEASED)


def digest(key: str) -> str:
    """What the database keeps of a key."""
    pepper = hashlib.sha256(b"api-token:" + settings.SECRET_KEY.encode()).digest()
    return hmac.new(pepper, key.encode(), hashlib.sha256).hexdigest()


def hint(key: str) -> str:
    """The masked form shown in lists, as Mist shows it: 1qkb...QQCL."""
    return f"{key[:4]}...{key[-4:]}"


def link_mark(state: str) -> str:
    """What ties a mailed link to the state it was made for, such as a password hash: another ends it."""
    return hashlib.sha256(state.encode()).hexdigest()[:16]


def sign_link(purpose: str, facts: dict[str, Any]) -> str:
    """A token for a mailed link, good for one purpose only."""
    return signing.dumps(facts, salt=f"link:{purpose}", compress=True)


def invite_link(invite_id: UUID, number: int) -> str:
    """The token of an invitation's link, for the how many-th it is: the same however often it is made."""
    facts = {"invite": str(invite_id), "link": number}
    return signing.Signer(salt="link:invite").sign_object(facts, compress=True)


def read_link(
    purpose: str, token: str, *, seconds: int, problem: str = "This link is not valid."
) -> dict[str, Any]:
    """The facts of a mailed link; raises Invalid when it was changed, is for something else or too old."""
    try:
        facts: dict[str, Any] = signing.loads(token, salt=f"link:{purpose}", max_age=seconds)
    except signing.SignatureExpired:
        raise Invalid("expired") from None
    except signing.BadSignature:
        raise Invalid(problem) from None
    return facts
