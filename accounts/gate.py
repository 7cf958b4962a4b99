"""What a session may not pass yet: half a log-in, an errand before anything else, its own end.

Half a log-in is a session in which nobody is signed in: the password was right and the code is still to come.
An errand is what a person has to do first: replace a password, or set up the second factor that an
organization asks for.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.contrib.auth import HASH_SESSION_KEY
from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import Admin
from accounts.passwords import complies
from accounts.policies import Policy
from accounts.session_store import ABOUT, BEGAN, SessionStore

# Errands.
PASSWORD: Final = "password"  # noqa: S105 - a name
RECOVERY: Final = "recovery"
TWO_FACTOR: Final = "two_factor"

# How a person proved who they are.
BY_PASSWORD: Final = "password"  # noqa: S105 - a name
ELSEWHERE: Final = "elsewhere"

# A request that the page makes by itself says so, and is no sign of anybody's presence.
BACKGROUND: Final = "X-Background"

_ERRAND: Final = "errand"
_BY: Final = "by"
_HALF: Final = "half"
_HALF_SECONDS: Final = 10 * 60
# How exactly last use is known; finer where an inactivity timeout depends on it.
_SEEN_EVERY: Final = timedelta(minutes=1)
_SEEN_EVERY_IF_LIMITED: Final = timedelta(seconds=4)


@dataclass(frozen=True, slots=True)
class Half:
    """Half a log-in: whose, under which password, until when, and what follows the code."""

    admin_id: str
    hash: str
    until: float
    errand: str
    next_path: str

    @classmethod
    def of(cls, admin: Admin, *, errand: str, next_path: str = "") -> Half:
        """The first half of an account's log-in, done now."""
        until = timezone.now().timestamp() + _HALF_SECONDS
        return cls(str(admin.id), admin.get_session_auth_hash(), until, errand, next_path)


def begin(request: HttpRequest, *, by: str, errand: str, src_ip: str | None) -> None:
    """Write down in a new session when, whence and how it began."""
    session, now = request.session, timezone.now()
    session.pop(_HALF, None)
    session.set_expiry(None)
    if isinstance(session, SessionStore):
        # What went before the log-in, such as the page that asks for it, was nobody's inactivity.
        session.seen_at = now
    session[BEGAN] = now.timestamp()
    session[ABOUT] = {"src_ip": src_ip, "user_agent": user_agent(request)}
    session[_BY] = by
    _put(session, _ERRAND, errand)


def begin_half(request: HttpRequest, half: Half) -> None:
    """Note in a fresh session, under a new key, that the password was right."""
    request.session.flush()
    request.session[_HALF] = asdict(half)
    request.session.set_expiry(_HALF_SECONDS)
    rotate_token(request)


def half_of(request: HttpRequest) -> tuple[Admin, Half] | None:
    """Whose code is waited for; None when nobody's is, any more."""
    stated = request.session.get(_HALF)
    if not stated:
        return None
    half = Half(**stated)
    admin = Admin.objects.filter(id=UUID(half.admin_id), is_active=True).first()
    if admin is None or admin.two_factor_since is None or half.until < timezone.now().timestamp():
        return None
    same = constant_time_compare(half.hash, admin.get_session_auth_hash())
    return (admin, half) if same else None


def errand_after(admin: Admin, password: str, policy: Policy) -> str:
    """The errand of a person who has just typed this password."""
    return "" if complies(admin, password, policy) else PASSWORD


def errand_of(request: HttpRequest) -> str:
    """What the signed-in person has to do before anything else; "" when nothing."""
    admin: Admin | None = getattr(request, "_person", None)
    if admin is None:
        return ""
    policy = policy_of(request)
    errand = str(request.session.get(_ERRAND, ""))
    if errand or admin.password_change_due:
        return errand or PASSWORD
    lacks = policy.two_factor and admin.two_factor_since is None
    return TWO_FACTOR if lacks and request.session.get(_BY) != ELSEWHERE else ""


def is_recovering(request: HttpRequest) -> bool:
    """Whether the session began with the link for a forgotten password, so that there is none to ask for."""
    return bool(request.session.get(_ERRAND) == RECOVERY)


def errand_done(request: HttpRequest) -> None:
    """Forget the errand of the session: the password was replaced."""
    _put(request.session, _ERRAND, "")


def keep_session(request: HttpRequest, admin: Admin) -> None:
    """Let this one session outlive a change of the password or the second factor, under a new key."""
    if request.session.get(HASH_SESSION_KEY) != admin.get_session_auth_hash():
        request.session.cycle_key()
        request.session[HASH_SESSION_KEY] = admin.get_session_auth_hash()


def policy_of(request: HttpRequest) -> Policy:
    """The policy that accounts.auth found for the person of this request."""
    policy: Policy = getattr(request, "_policy", Policy())
    return policy


def judge(request: HttpRequest, admin: Admin, policy: Policy) -> str:
    """Why the session of a person is over, as a sentence; "" while it goes on, and then its use is noted."""
    # Kept apart from request.user, in whose place the API puts the actor.
    request._person, request._policy = admin, policy  # type: ignore[attr-defined]
    session, now = request.session, timezone.now()
    if not isinstance(session, SessionStore) or BEGAN not in session:
        return ""
    seen, idle = session.seen_at or now, timedelta(minutes=policy.idle_minutes)
    if now - session.began_at >= timedelta(minutes=policy.session_minutes):
        return f"Your session ended after {_minutes(policy.session_minutes)}. Log in to go on."
    if idle and now - seen >= idle:
        return f"Your session ended after {_minutes(policy.idle_minutes)} without activity. Log in to go on."
    every = _SEEN_EVERY_IF_LIMITED if idle else _SEEN_EVERY
    if BACKGROUND not in request.headers and now - seen >= every:
        session.touch(now)
    return ""


def user_agent(request: HttpRequest) -> str:
    """What the caller says it is, as far as it is kept."""
    return request.headers.get("User-Agent", "").replace("\0", "")[:255]


def _minutes(count: int) -> str:
    return f"{count:,} minute{'' if count == 1 else 's'}"


def _put(session: MutableMapping[str, Any], key: str, value: str) -> None:
    if value:
        session[key] = value
    else:
        session.pop(key, None)
