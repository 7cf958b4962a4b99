"""An authenticator app, as tests have one in their pocket."""

from __future__ import annotations

import time
from base64 import b32decode

from django.utils import timezone
from django_otp.oath import TOTP

from accounts import second_factor
from accounts.models import Admin, SecondFactor
from mistadmin.core.secrets import seal


def code_of(seed: str, *, steps: int = 0) -> str:
    """What the app shows now, or so many half minutes later."""
    totp = TOTP(b32decode(seed), drift=steps)
    totp.time = time.time()
    return f"{totp.token():06}"


def enrol(admin: Admin) -> tuple[str, list[str]]:
    """Give somebody an app, with no code used yet: its seed and the recovery codes."""
    seed = second_factor.new_seed()
    SecondFactor.objects.create(admin=admin, seed=seal(seed, second_factor.seed_place(admin.id)))
    admin.two_factor_since = timezone.now()
    admin.save(update_fields=["two_factor_since"])
    return seed, second_factor.new_recovery_codes(admin)
