"""Leased API tokens: those of a command that may be killed before it can revoke its token."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from accounts.models import ApiToken
from accounts.tokens import LEASED_HINT


def renew(token_id: UUID) -> bool:
    """Let a leased token work for another while; False when it is gone.

    No action: as with the time of last use, nothing changes that anybody set.
    """
    leased = ApiToken.objects.filter(id=token_id, hint__startswith=LEASED_HINT)
    return bool(leased.update(modified_time=timezone.now()))
