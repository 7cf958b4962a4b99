"""The client of the OpenID provider: code flow with PKCE, state and nonce (OpenID Connect Core 1.0, 3.1).

What a browser begins stays in its session, so only that browser can finish it, once.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import structlog
from authlib.common.security import generate_token
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from django.conf import settings
from django.utils.crypto import constant_time_compare
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from mistadmin.core import throttle
from mistadmin.core.errors import Invalid
from mistadmin.core.outgoing import Answer, Outgoing, Unanswered, require_safe

log = structlog.get_logger(__name__)

SECONDS: Final = 10 * 60
_TRIES: Final = 30
_TRIES_SECONDS: Final = 15 * 60
_KEPT: Final = "oauth"
_ALGORITHMS: Final = ["RS256", "ES256"]
_SKEW: Final = 60  # seconds
_LONGEST: Final = 255
_STALE: Final = "This sign-in is not known here any more. Begin again."
_FAILED: Final = "The provider did not confirm who you are. Begin again."


@dataclass(frozen=True, slots=True)
class Person:
    """Whom the provider vouches for; `state` is the digest of the attempt that is used up with it."""

    issuer: str
    subject: str
    email: str
    state: str
    next: str


def is_configured() -> bool:
    """Whether the operator has named a client of the provider."""
    return bool(settings.GOOGLE_CLIENT_ID)


def callback_address() -> str:
    """Where the provider sends people back to; it has to be registered there."""
    return f"{settings.BASE_URL}/login/google/callback"


def require_room(address: str | None) -> None:
    """Raise Throttled for an address that began too often lately: each time the provider is asked."""
    throttle.reserve({f"oauth:begin:{address}": _TRIES}, seconds=_TRIES_SECONDS)


def begin(session: MutableMapping[str, Any], *, purpose: str, callback: str = "", next: str = "/") -> str:
    """Note an attempt in the session and give the address to go to; raises Invalid when nobody answers."""
    redirect = callback or callback_address()
    state, nonce, verifier = generate_token(32), generate_token(32), generate_token(64)
    try:
        client = _client(redirect, _discovered(Outgoing()))
    except Unanswered as problem:
        raise Invalid(f"The provider cannot be asked now. {problem}") from None
    session[_KEPT] = {
        "state": state,
        "nonce": nonce,
        "verifier": verifier,
        "purpose": purpose,
        "callback": redirect,
        "next": next,
        "at": time.time(),
    }
    url, _ = client.create_authorization_url(
        client.metadata["authorization_endpoint"], state=state, code_verifier=verifier, nonce=nonce
    )
    return str(url)


def finish(session: MutableMapping[str, Any], *, purpose: str, code: str, state: str | None) -> Person:
    """Exchange a code for whom it stands for; raises Invalid.

    `state` None is a client of the API, whose contract sends the code alone: the verifier in its session ties
    the code to it all the same.
    """
    attempt = session.pop(_KEPT, None)
    known = isinstance(attempt, dict) and attempt["purpose"] == purpose
    if not known or time.time() - attempt["at"] > SECONDS or not code:
        raise Invalid(_STALE)
    if state is not None and not constant_time_compare(state, attempt["state"]):
        raise Invalid(_STALE)
    try:
        claims = _claims(attempt, code)
    except Unanswered as problem:
        raise Invalid(f"The provider cannot be asked now. {problem}") from None
    except (OAuth2Error, JoseError, ValueError, TypeError, KeyError) as error:
        log.warning("oauth.refused", error=f"{type(error).__name__}: {error}"[:200])
        raise Invalid(_FAILED) from None
    subject, email = claims["sub"], claims.get("email")
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST or not subject.isprintable():
        raise Invalid(_FAILED)
    shown = email if isinstance(email, str) and len(email) < _LONGEST and email.isprintable() else ""
    digest = hashlib.sha256(attempt["state"].encode()).hexdigest()
    return Person(settings.GOOGLE_ISSUER, subject, shown, digest, attempt["next"])


class _Session:
    """What authlib takes for an HTTP library: our bounded one."""

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing

    def post(self, url: str, *, data: Mapping[str, str], headers: dict[str, str], auth: Any) -> Answer:
        uri, sent, body = auth.prepare("POST", url, headers, urlencode(data))
        return self._outgoing.ask("POST", uri, headers=sent, body=body)


def _client(redirect: str, metadata: Mapping[str, Any], outgoing: Outgoing | None = None) -> OAuth2Client:
    return OAuth2Client(
        _Session(outgoing or Outgoing()),
        client_id=settings.GOOGLE_CLIENT_ID,
        client_secret=settings.GOOGLE_CLIENT_SECRET,
        scope="openid email",
        redirect_uri=redirect,
        code_challenge_method="S256",
        authorization_endpoint=metadata["authorization_endpoint"],
        token_endpoint=metadata["token_endpoint"],
    )


def _claims(attempt: Mapping[str, Any], code: str) -> CodeIDToken:
    outgoing = Outgoing()
    metadata = _discovered(outgoing)
    client = _client(attempt["callback"], metadata, outgoing)
    # Headers of our own: authlib would write the client's secret into a dictionary of its module.
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    token = client.fetch_token(
        metadata["token_endpoint"],
        grant_type="authorization_code",
        code=code,
        redirect_uri=attempt["callback"],
        code_verifier=attempt["verifier"],
        headers=headers,
    )
    answer = outgoing.ask("GET", metadata["jwks_uri"])
    answer.raise_for_status()
    keys = KeySet.import_key_set(answer.json())
    read = jwt.decode(token["id_token"], keys, algorithms=_ALGORITHMS)
    claims = CodeIDToken(
        read.claims,
        read.header,
        {
            "iss": {"essential": True, "value": settings.GOOGLE_ISSUER},
            "aud": {"essential": True, "value": settings.GOOGLE_CLIENT_ID},
            "exp": {"essential": True},
        },
        {
            "nonce": attempt["nonce"],
            "client_id": settings.GOOGLE_CLIENT_ID,
            "access_token": token.get("access_token"),
        },
    )
    claims.validate(leeway=_SKEW)
    return claims


def _discovered(outgoing: Outgoing) -> dict[str, str]:
    """The addresses that the issuer publishes, each a safe one; raises Unanswered."""
    answer = outgoing.ask("GET", f"{settings.GOOGLE_ISSUER}/.well-known/openid-configuration")
    answer.raise_for_status()
    try:
        document = answer.json()
        found = {key: str(document[key]) for key in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
        issuer = document["issuer"]
    except (ValueError, TypeError, KeyError):
        raise Unanswered("It publishes no addresses.") from None
    if issuer != settings.GOOGLE_ISSUER:
        raise Unanswered("It calls itself by another name.")
    for url in found.values():
        require_safe(url)
    return found
