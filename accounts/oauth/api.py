"""REST: signing in with Google, and linking it to the own account."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import entering, queries
from accounts.oauth import actions, client
from accounts.oauth.shapes import OauthCode
from accounts.sign_in_api import half_told
from mistadmin.core.errors import Invalid, NotVisible, Unauthenticated
from mistadmin.core.http import ApiView
from mistadmin.core.shapes import parse
from mistadmin.core.text import split_address

_PROVIDER = "google"


class OauthLogin(ApiView):
    """getOauth2AuthorizationUrlForLogin, loginOauth2, unlinkOauth2Provider."""

    query = {"get": ("forward",)}
    bodies = {"post": OauthCode}
    public = True

    def get(self, request: Request, provider: str) -> Response:
        _require(provider)
        client.require_room(self.actor.src_ip)
        url = client.begin(request._request.session, purpose="login", callback=_callback(request))
        return Response({"authorization_url": url, "client_id": settings.GOOGLE_CLIENT_ID})

    def post(self, request: Request, provider: str) -> Response:
        _require(provider)
        admin = actions.accept(self.actor, person=_person(request, self.body_object(), "login"))
        entered = entering.enter_from_elsewhere(request._request, admin)
        return Response({"email": admin.email} if entered else half_told(request._request))

    def delete(self, request: Request, provider: str) -> Response:
        if not self.actor.is_signed_in:
            raise Unauthenticated
        _require(provider)
        actions.unlink(self.actor)
        return Response({})


class OauthLink(ApiView):
    """getOauth2UrlForLinking, linkOauth2MistAccount."""

    query = {"get": ("forward",)}
    bodies = {"post": OauthCode}

    def get(self, request: Request, provider: str) -> Response:
        _require(provider)
        client.require_room(self.actor.src_ip)
        admin = queries.get_self(self.actor)
        url = client.begin(request._request.session, purpose=f"link:{admin.id}", callback=_callback(request))
        return Response({"authorization_url": url, "linked": hasattr(admin, "oauth_identity")})

    def post(self, request: Request, provider: str) -> Response:
        _require(provider)
        admin = queries.get_self(self.actor)
        try:
            person = _person(request, self.body_object(), f"link:{admin.id}")
            actions.link(self.actor, person=person)
        except Invalid as refusal:
            told = {"error": "not linked", "error_description": str(refusal)}
            return Response({"detail": str(refusal), **told}, status=refusal.status)
        return Response({"action": "oauth account linked", "id": str(admin.id)})


def _require(provider: str) -> None:
    if provider != _PROVIDER or not client.is_configured():
        raise NotVisible


def _callback(request: Request) -> str:
    """Where the client wants the code: an address of this instance, because codes are secrets."""
    wanted = request.query_params.get("forward", "")
    if not wanted:
        return ""
    url, own = split_address(wanted), urlsplit(settings.BASE_URL)
    if url is None or url[:2] != own[:2] or not wanted.isprintable():
        raise Invalid({"forward": f"must be an address below {settings.BASE_URL}"})
    return wanted


def _person(request: Request, body: dict[str, Any], purpose: str) -> client.Person:
    sent = parse(OauthCode, body)
    return client.finish(request._request.session, purpose=purpose, code=sent.code, state=sent.state)
