"""How often passwords may be tried: pauses that end by themselves, never a lock (RELIABILITY S9).

Ten passwords of an account are looked at in 15 minutes, wherever they come from. Four of the ten are kept for
addresses from which the account was logged in to lately, so that guesses made elsewhere use up six and do not
keep its owner out. Ten failures pause an address too, but not for those four: a whole office shares one.
Unknown accounts are counted alike: pauses tell nobody which accounts exist.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.utils import timezone

from audit.models import Entry
from mistadmin.core import throttle
from mistadmin.core.errors import Throttled

SECONDS: Final = 15 * 60
PER_ADDRESS: Final = 10
FROM_ANYWHERE: Final = 6
FROM_KNOWN: Final = 4
_KNOWN_FOR: Final = timedelta(days=30)
# Stands for the account that an unknown address does not have.
NOBODY: Final = uuid.UUID(int=0)


def reserve(email: str, address: str | None, *, admin_id: UUID | None) -> list[str]:
    """Count a try before it is made; what to give back when it was no failure. Raises Throttled."""
    caller, known, anywhere = f"login:ip:{address}", f"login:known:{email}", f"login:email:{email}"
    if _is_known(admin_id, address):
        try:
            throttle.reserve({known: FROM_KNOWN}, seconds=SECONDS)
            return [known]
        except Throttled:
            throttle.give_back([known])
    # Alone: an address that is paused uses up no tries of anybody.
    throttle.reserve({caller: PER_ADDRESS}, seconds=SECONDS)
    throttle.reserve({anywhere: FROM_ANYWHERE}, seconds=SECONDS)
    return [caller, anywhere]


def _is_known(admin_id: UUID | None, address: str | None) -> bool:
    """Whether somebody logged in to the account from there lately; unknown accounts are asked for in vain."""
    logins = Entry.objects.filter(admin_id=admin_id or NOBODY, event="accounts.admin.logged_in")
    since = timezone.now() - _KNOWN_FOR
    return logins.filter(src_ip=address, timestamp__gt=since).exists()
