"""Codes of authenticator apps (RFC 6238) and the recovery codes that stand in for one."""

from __future__ import annotations

import secrets
import time
from base64 import b32decode, b32encode
from typing import Final
from urllib.parse import quote, urlencode
from uuid import UUID

from django_otp.oath import TOTP

from accounts import tokens
from accounts.models import Admin, RecoveryCode, SecondFactor
from mistadmin.core import throttle
from mistadmin.core.secrets import unseal

ISSUER: Final = "mistadmin"
CODES: Final = 10
# Codes of an account that are looked at within a window, from wherever they come (RELIABILITY S9).
_TRIES: Final = 5
_SECONDS: Final = 15 * 60
# No letters that are taken for digits.
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_HALF: Final = 5
_STEPS_OFF: Final = 1  # clocks of phones are off by half a minute


def seed_place(admin_id: UUID) -> str:
    """Where the seed of an account is stored, as the seal knows it."""
    return f"accounts_secondfactor:seed:{admin_id}"


def seed_of(factor: SecondFactor) -> str:
    """The seed as apps take it: base32."""
    return unseal(bytes(factor.seed), seed_place(factor.admin_id))


def new_seed() -> str:
    """160 random bits in base32."""
    return b32encode(secrets.token_bytes(20)).decode()


def uri_of(admin: Admin, seed: str) -> str:
    """What the QR code holds: the account and its seed, in the form that authenticator apps read."""
    label = quote(f"{ISSUER}:{admin.email}", safe="")
    return f"otpauth://totp/{label}?{urlencode({'secret': seed, 'issuer': ISSUER})}"


def new_recovery_codes(admin: Admin) -> list[str]:
    """Replace the recovery codes of an account; the codes are in the answer and nowhere else."""
    halves = ["".join(secrets.choice(_ALPHABET) for _ in range(_HALF)) for _ in range(2 * CODES)]
    codes = [f"{left}-{right}" for left, right in zip(halves[::2], halves[1::2], strict=True)]
    RecoveryCode.objects.filter(admin=admin).delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(admin=admin, digest=tokens.digest(_plain(code))) for code in codes
    )
    return codes


def reserve(admin: Admin) -> list[str]:
    """Count a try before it is made; what to give back when it was right. Raises Throttled."""
    tries = f"code:{admin.id}"
    throttle.reserve({tries: _TRIES}, seconds=_SECONDS)
    return [tries]


def use_app_code(factor: SecondFactor, code: str) -> bool:
    """Use up a code of the app, whose row the caller has locked: each is good once, and none before it."""
    totp, text = TOTP(b32decode(seed_of(factor))), _plain(code)
    totp.time = time.time()
    if len(text) != totp.digits or not (text.isascii() and text.isdigit()):
        return False
    if not totp.verify(int(text), tolerance=_STEPS_OFF, min_t=factor.last_step + 1):
        return False
    factor.last_step = totp.t()
    factor.save(update_fields=["last_step"])
    return True


def use_recovery_code(admin: Admin, code: str) -> bool:
    """Use up a recovery code; of many who try the same one at once, one finds it."""
    found = RecoveryCode.objects.filter(admin=admin, digest=tokens.digest(_plain(code)))
    return bool(found.delete()[0])


def _plain(code: str) -> str:
    return code.strip().lower().replace("-", "").replace(" ", "")
