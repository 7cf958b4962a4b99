"""From a request to an Actor: session cookies, API tokens, and the log-in itself."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.contrib import auth as django_auth
from django.contrib.auth.hashers import check_password, make_password
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from accounts import gate, login_throttle, looks, tokens
from accounts.models import Admin, ApiToken, Privilege, SsoIdentity, normal_email
from accounts.policies import Version, strictest, versions_of
from accounts.reach import Through, grants_of, reached_through
from accounts.token_sql import Held, Holder, holder_of
from accounts.usage import count_request
from mistadmin.core import tenancy, throttle
from mistadmin.core.access import MANAGE_ADMINS, Actor, Grant, Place, shared
from mistadmin.core.errors import Invalid, NotAllowed, Unauthenticated

_USED_EVERY: Final = timedelta(minutes=1)
_LOG_OUT: Final = ("POST", "/api/v1/logout")
# What an API session may do while its person has an errand, beside logging out.
_DOORS: Final = {
    gate.PASSWORD: {("PUT", "/api/v1/self")},
    gate.RECOVERY: {("PUT", "/api/v1/self")},
    gate.TWO_FACTOR: {
        ("GET", "/api/v1/self/two_factor/token"),
        ("POST", "/api/v1/self/two_factor/verify"),
    },
}
_ERRANDS: Final = {
    gate.PASSWORD: "Replace your password first.",
    gate.RECOVERY: "Set a new password first.",
    gate.TWO_FACTOR: "Your organization requires two-factor authentication. Set it up first.",
}
_PREVIEW: Final = "preview"


class ApiAuthentication(BaseAuthentication):
    """`Authorization: Token <key>`, else the session cookie with its CSRF header."""

    def authenticate(self, request: Request) -> tuple[Actor, Any] | None:
        scheme, _, key = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() == "token":
            key = key.strip()
            actor = actor_for_key(key, client_address(request))
            count_request(actor, key)
            return actor, key
        actor = actor_of(request._request)
        over = ended(request._request)
        if over and not request.parser_context["view"].public:
            raise Unauthenticated(over)
        if actor.is_signed_in:
            _enforce_csrf(request._request)
            _enforce_errand(request._request)
        count_request(actor, None)
        return actor, None

    def authenticate_header(self, request: Request) -> str:
        return "Token"


@tenancy.across()
def actor_of(request: HttpRequest) -> Actor:
    """The actor of a browser or API session; anonymous when nobody is signed in, or the session is over.

    In a session that previews the portal as somebody else it may look at what both may see, and no more; in
    a support look at what the organization lets support see.
    """
    if not hasattr(request, "_actor"):
        own = own_actor_of(request)
        request._actor = looks.actor_in(request, own) or _previewing(request, own)  # type: ignore[attr-defined]
    actor: Actor = request._actor  # type: ignore[attr-defined]
    return actor


def ended(request: HttpRequest) -> str:
    """Why the session of this request was over when it came, as a sentence; "" when it was not."""
    return getattr(request, "_ended", "")


@tenancy.across()
def own_actor_of(request: HttpRequest) -> Actor:
    """The actor of a session whatever it previews."""
    # Kept, because the API framework puts the actor of the request in the place of the account.
    if not hasattr(request, "_own_actor"):
        request._own_actor = _session_actor(request)  # type: ignore[attr-defined]
    own: Actor = request._own_actor  # type: ignore[attr-defined]
    return own


def begin_preview(request: HttpRequest, org_id: UUID, admin_id: UUID) -> None:
    """Let a session see one organization as somebody else sees it, from the next request on."""
    request.session[_PREVIEW] = {"org_id": str(org_id), "admin_id": str(admin_id)}


def forget_preview(request: HttpRequest) -> tuple[UUID, UUID] | None:
    """Let a session see what its owner sees; the organization and the person of the preview that ended."""
    told = request.session.pop(_PREVIEW, None)
    return (UUID(told["org_id"]), UUID(told["admin_id"])) if told else None


def begin_look(request: HttpRequest, org_id: UUID) -> None:
    """Let staff of the instance look into an organization, from the next request on; raises NotVisible."""
    looks.begin(request, own_actor_of(request), org_id)


def end_look(request: HttpRequest) -> None:
    """End the support look of a session, if there is one, and tell the log."""
    looks.end(request, own_actor_of(request))
    request.__dict__.pop("_actor", None)


def looks_for_support(request: HttpRequest) -> bool:
    """Whether a request was answered with what a support look sees, or asked in one for nothing there is."""
    actor = actor_of(request) if request.resolver_match is None else getattr(request, "_actor", None)
    return actor is not None and actor.kind == looks.KIND


def actor_of_privileges(rows: Iterable[Privilege]) -> Actor:
    """What these privileges alone allow, for whoever explains them."""
    return Actor("explained", grants=_grants([Held.of(row) for row in rows]))


@tenancy.across()
def actor_for_key(key: str, address: str | None) -> Actor:
    """The actor of an API token; raises Unauthenticated for an unknown key or a refused source."""
    now = timezone.now()
    holder = holder_of(tokens.digest(key), used_since=now - _USED_EVERY, modified_since=now - tokens.LEASE)
    if holder is None or not _may_enter(holder, address):
        raise Unauthenticated("Invalid token.")
    if tokens.is_leased(key) and not holder.modified_lately:
        raise Unauthenticated("Invalid token.")
    if not holder.used_lately:
        ApiToken.objects.filter(pk=holder.token_id).update(last_used=now)
    grants = _grants(holder.privileges)
    if holder.admin_id:
        return Actor("admin", holder.admin_id, holder.admin_name, holder.admin_email, address, grants)
    return Actor("token", holder.token_id, f"token {holder.token_name}", "", address, grants)


@tenancy.across()
def actor_for(admin: Admin) -> Actor:
    """The actor of an account, outside of a request: commands and mailed links."""
    return _actor(admin, None)


@tenancy.across()
def actor_by_id(admin_id: UUID, src_ip: str | None) -> Actor:
    """The actor of an account as its grants are now, for work it asked for earlier; none if it is gone."""
    admin = Admin.objects.filter(id=admin_id, is_active=True).first()
    return _actor(admin, src_ip) if admin else Actor("admin", admin_id, src_ip=src_ip)


@tenancy.across()
def refreshed(actor: Actor) -> Actor:
    """The actor with its grants as they are stored now, for work that a change of grants may overtake."""
    if actor.kind == "admin" and actor.id:
        return actor_by_id(actor.id, actor.src_ip)
    if actor.kind == "token":
        held = Privilege.objects.filter(token_id=actor.id)
        return replace(actor, grants=_grants([Held(*row) for row in held.values_list(*Held._fields)]))
    return actor


def authenticate(email: object, password: object, address: str | None) -> Admin:
    """Find the account for an e-mail and password.

    Raises Throttled after too many failures and Invalid otherwise, with one text for a wrong password, an
    unknown, unverified or switched-off account; every case costs one hash.
    """
    wanted = normal_email(str(email))[:254]
    admin = Admin.objects.of_email(wanted).first() if isinstance(email, str) else None
    # Counted before the hash, so that guesses sent at once do not all pass; a success is taken back.
    reserved = login_throttle.reserve(wanted, address, admin_id=admin.id if admin else None)
    known = admin is not None and admin.is_active and admin.email_verified_at is not None
    if not isinstance(password, str) or not _matches(password, admin) or not known or admin is None:
        raise Invalid("Invalid email or password.")
    throttle.give_back(reserved)
    return admin


def log_in(request: HttpRequest, admin: Admin, *, by: str = gate.ELSEWHERE, errand: str = "") -> None:
    """Start a session under a new key; the CSRF secret rotates with it.

    `by` says how the person proved who they are: elsewhere, as with an identity provider, which then answers
    for the second factor too, or here with a password. An `errand` of the gate is due before anything else.
    """
    django_auth.login(request, admin, backend="django.contrib.auth.backends.ModelBackend")
    gate.begin(request, by=by, errand=errand, src_ip=client_address(request))
    _forget_actors(request)


def log_out(request: HttpRequest) -> None:
    """End the session."""
    django_auth.logout(request)
    _forget_actors(request)


def _forget_actors(request: HttpRequest) -> None:
    for name in ("_actor", "_own_actor"):
        request.__dict__.pop(name, None)


def require_own_origin(request: HttpRequest) -> None:
    """Refuse a form of a page elsewhere, which would log its visitor in as somebody else.

    A session that is only about to begin has no CSRF secret of its own. Programs send no Origin.
    """
    own = (settings.BASE_URL, f"{request.scheme}://{request.get_host()}")
    if request.headers.get("Origin", settings.BASE_URL) not in own:
        raise NotAllowed("CSRF Failed: Origin checking failed.")


def client_address(request: HttpRequest | Request) -> str | None:
    """The address of the caller; X-Forwarded-For counts only as many proxies as are configured."""
    remote = request.META.get("REMOTE_ADDR") or None
    if settings.TRUSTED_PROXIES:
        hops = [
            part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()
        ]
        if len(hops) >= settings.TRUSTED_PROXIES:
            remote = hops[-settings.TRUSTED_PROXIES]
    try:
        return str(ipaddress.ip_address(remote)) if remote else None
    except ValueError:
        return None


class _Csrf(CsrfViewMiddleware):
    """Cookie against header. Programs send no Referer (mist-api: client.md), so its absence is no offence."""

    def _check_referer(self, request: HttpRequest) -> None:
        return None

    def _reject(self, request: HttpRequest, reason: str) -> str:
        return reason


def _enforce_csrf(request: HttpRequest) -> None:
    check = _Csrf(lambda _: HttpResponse())
    check.process_request(request)
    reason = check.process_view(request, lambda _: HttpResponse(), (), {})
    if reason:
        raise NotAllowed(f"CSRF Failed: {reason}")


def _enforce_errand(request: HttpRequest) -> None:
    errand = gate.errand_of(request)
    if errand and (request.method, request.path) not in {*_DOORS[errand], _LOG_OUT}:
        raise NotAllowed(_ERRANDS[errand])


def _session_actor(request: HttpRequest) -> Actor:
    admin, address = request.user, client_address(request)
    if not isinstance(admin, Admin):
        return Actor.anonymous(address)
    rows = list(admin.privileges.values_list(*Held._fields, "org__modified_time", "org__session_expiry"))
    held = [Held(*row[:-2]) for row in rows]
    through = reached_through(held)
    own = [Version(one.org_id, *row[-2:]) for one, row in zip(held, rows, strict=True) if one.org_id]
    policy = strictest([*own, *versions_of(through)])
    over = gate.judge(request, admin, policy)
    if over:
        log_out(request)
        request._ended = over  # type: ignore[attr-defined]
        return Actor.anonymous(address)
    return _actor_of(admin, held, through, address)


def _previewing(request: HttpRequest, own: Actor) -> Actor:
    told = request.session.get(_PREVIEW) if own.is_signed_in else None
    if told is None:
        return own
    org_id = UUID(told["org_id"])
    admin = Admin.objects.filter(id=told["admin_id"], is_active=True).first()
    theirs = actor_for(admin).grants if admin and own.can(MANAGE_ADMINS, Place(org_id)) else ()
    grants = shared(own.grants, (grant for grant in theirs if grant.org_id == org_id))
    name = admin.full_name if admin else ""
    # Without an id: the preview is of an organization, and opens nobody's account.
    return Actor("preview", name=name, src_ip=own.src_ip, grants=grants, reads_only=True)


def _actor(admin: Admin, address: str | None) -> Actor:
    held = [Held(*row) for row in admin.privileges.values_list(*Held._fields)]
    return _actor_of(admin, held, reached_through(held), address)


def _actor_of(admin: Admin, held: Sequence[Held], through: Sequence[Through], address: str | None) -> Actor:
    if admin.via_sso:
        # A second wall: whatever was granted, an identity provider opens its own organization only.
        own = set(SsoIdentity.objects.filter(admin=admin).values_list("sso__org_id", flat=True))
        held = [row for row in held if row.org_id in own]
    name, staff = admin.full_name, admin.is_staff
    grants = grants_of(held, through)
    return Actor("admin", admin.id, name, admin.email, address, grants, is_staff=staff)


def _grants(held: Sequence[Held]) -> tuple[Grant, ...]:
    return grants_of(held, reached_through(held))


def _may_enter(holder: Holder, address: str | None) -> bool:
    if holder.admin_id and not holder.admin_is_active:
        return False
    if not holder.src_ips:
        return True
    if address is None:
        return False
    caller = ipaddress.ip_address(address)
    return any(caller in ipaddress.ip_network(allowed, strict=False) for allowed in holder.src_ips)


def _matches(password: str, admin: Admin | None) -> bool:
    if admin is None:
        make_password(password)  # an unknown address must cost as much as a known one
        return False
    return check_password(password, admin.password)
