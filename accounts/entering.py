"""The steps of a log-in, for the portal and the API alike: a password or a mailed link, then a code."""

from __future__ import annotations

from django.http import HttpRequest

from accounts import actions, auth, gate
from accounts.actions.recovery import use_recovery
from accounts.actions.two_factor import pass_second_factor
from accounts.gate import Half
from accounts.models import Admin
from accounts.policies import policy_for
from mistadmin.core.access import Actor
from mistadmin.core.errors import Invalid, Unauthenticated

WRONG_CODE = "The code is not right. Each code works once, and for half a minute."


def enter(
    request: HttpRequest, *, email: object, password: object, code: str = "", next_path: str = ""
) -> Admin | None:
    """Take e-mail and password, and the code at once where it was sent along; None while one is waited for.

    Raises Throttled, and Invalid in one way for everything that may be wrong with the first two.
    """
    auth.require_own_origin(request)
    caller = Actor.anonymous(auth.client_address(request))
    try:
        admin = auth.authenticate(email, password, caller.src_ip)
    except Invalid:
        actions.record_failed_login(caller, email=email, user_agent=gate.user_agent(request))
        raise
    errand = gate.errand_after(admin, str(password), policy_for(admin))
    return _go_on(request, caller, admin, Half.of(admin, errand=errand, next_path=next_path), code)


def enter_first(request: HttpRequest, admin: Admin, *, password: str) -> None:
    """Start the first session of an account that was just made with this password."""
    caller = Actor.anonymous(auth.client_address(request))
    errand = gate.errand_after(admin, password, policy_for(admin))
    _start(request, caller, admin, Half.of(admin, errand=errand))


def enter_by_link(request: HttpRequest, *, token: str) -> Admin | None:
    """Take the mailed link of a forgotten password; None while a code is waited for. Raises Invalid."""
    auth.require_own_origin(request)
    caller = Actor.anonymous(auth.client_address(request))
    admin = use_recovery(caller, token=token)
    return _go_on(request, caller, admin, Half.of(admin, errand=gate.RECOVERY), "")


def enter_from_elsewhere(request: HttpRequest, admin: Admin, *, next_path: str = "") -> Admin | None:
    """Start the session of somebody whom another service vouches for; None while a code is waited for.

    Who has a second factor here is asked for it whatever the first one was.
    """
    if admin.two_factor_since:
        gate.begin_half(request, Half.of(admin, errand="", next_path=next_path))
        return None
    auth.log_in(request, admin)
    return admin


def finish(request: HttpRequest, *, code: str) -> tuple[Admin, Half]:
    """Take the code that was waited for. Raises Unauthenticated when none is, Throttled, and Invalid."""
    found = gate.half_of(request)
    if found is None:
        raise Unauthenticated
    admin, half = found
    caller = Actor.anonymous(auth.client_address(request))
    _take_code(request, caller, admin, code)
    _start(request, caller, admin, half)
    return admin, half


def _go_on(request: HttpRequest, caller: Actor, admin: Admin, half: Half, code: str) -> Admin | None:
    if admin.two_factor_since and not code:
        gate.begin_half(request, half)
        return None
    if admin.two_factor_since:
        _take_code(request, caller, admin, code)
    _start(request, caller, admin, half)
    return admin


def _take_code(request: HttpRequest, caller: Actor, admin: Admin, code: str) -> None:
    if not pass_second_factor(caller, admin=admin, code=code, user_agent=gate.user_agent(request)):
        raise Invalid({"two_factor": WRONG_CODE})


def _start(request: HttpRequest, caller: Actor, admin: Admin, half: Half) -> None:
    auth.log_in(request, admin, by=gate.BY_PASSWORD, errand=half.errand)
    actions.record_login(caller, admin=admin)
