"""REST: sign-up, sessions, the own account and API tokens."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from accounts import actions, auth, entering, gate, queries
from accounts.actions.account import update_account
from accounts.actions.invites import register_invited
from accounts.explorer_views import close_preview
from accounts.shapes import (
    AccountShape,
    Credentials,
    OrgTokenChange,
    OrgTokenShape,
    Registration,
    TokenShape,
    self_document,
    token_document,
    token_row,
)
from accounts.sign_in_api import CREDENTIALS, SESSION_ONLY, half_told
from accounts.sso.queries import logout_address
from accounts.usage import usage_of
from mistadmin.core.errors import Invalid, NotAllowed, Unauthenticated
from mistadmin.core.http import ApiView
from mistadmin.core.openapi import LIST, PAGE, PAGED_LIST
from mistadmin.core.paging import Page
from mistadmin.core.versions import version_of
from orgs.queries import get_org
from orgs.shapes import OrgShape, org_row, org_version


class Register(ApiView):
    """registerNewAdmin: always the same answer, whether the address is known or not.

    Only what `referer_invite_token` says is told: it was mailed to the address.
    """

    bodies = {"post": Registration}
    public = True

    def post(self, request: Request) -> Response:
        body = self.body_object()
        register = register_invited if body.get("referer_invite_token") else actions.sign_up
        register(self.actor, values=body)
        return Response({})


class RegistrationInfo(ApiView):
    """getAdminRegistrationInfo: this instance asks nobody for a captcha."""

    query = {"get": ("recaptcha_flavor",)}
    public = True

    def get(self, request: Request) -> Response:
        flavor = request.query_params.get("recaptcha_flavor", "google")
        if flavor not in ("google", "hcaptcha"):
            raise Invalid({"recaptcha_flavor": "must be google or hcaptcha"})
        return Response({"flavor": flavor, "required": False, "sitekey": ""})


class VerifyRegistration(ApiView):
    """verifyRegistration."""

    public = True

    def post(self, request: Request, token: str) -> Response:
        actions.verify_registration(self.actor, token=token)
        return Response({"return_to": "/login"})


class Login(ApiView):
    """login: starts a session; the reply sets the session and CSRF cookies."""

    bodies = {"post": Credentials}
    public = True
    # A wrong or stale cookie must not stand in the way of logging in.
    authentication_classes = ()

    def post(self, request: Request) -> Response:
        body = self.body_object()
        code = body.get("two_factor") or ""
        admin = entering.enter(
            request._request,
            email=body.get("email", ""),
            password=body.get("password", ""),
            code=code if isinstance(code, str) else "?",
        )
        return Response({"email": admin.email} if admin else half_told(request._request))


class Logout(ApiView):
    """logout."""

    public = True

    def post(self, request: Request) -> Response:
        # A token is no session: it goes on working, and nothing ended that could be told.
        if self.actor.is_signed_in and request.auth is None:
            onward = logout_address(auth.own_actor_of(request._request))
            close_preview(request._request)
            auth.end_look(request._request)
            actions.record_logout(auth.own_actor_of(request._request))
            auth.log_out(request._request)
            return Response({"forward_url": onward} if onward else {})
        return Response({})


class Self(ApiView):
    """getSelf, updateSelf; `password` and `enable_two_factor` are taken beside what the document lists."""

    bodies = {"put": AccountShape}
    has_tag = True

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        try:
            super().initial(request, *args, **kwargs)
        except Unauthenticated:
            # Who is half logged in asks here what is missing.
            if request.method != "GET" or not half_told(request._request):
                raise

    def get(self, request: Request) -> Response:
        half = half_told(request._request)
        return Response(half) if half else self._answer(queries.find_admin(self.actor))

    def put(self, request: Request) -> Response:
        body = self.body_object()
        if request.auth is not None and not CREDENTIALS.isdisjoint(body):
            raise NotAllowed(SESSION_ONLY)
        django_request = request._request
        recovering, errand = gate.is_recovering(django_request), gate.errand_of(django_request)
        replaces = body.get("password") is not None
        if errand and not replaces:
            raise NotAllowed("Set a new password first.")
        admin = update_account(self.actor, changes=body, seen=self.seen, recovering=recovering)
        if request.auth is None:
            if replaces:
                gate.errand_done(django_request)
            gate.keep_session(django_request, admin)
        return self._answer(admin)

    def _answer(self, admin: Any) -> Response:
        row = queries.me(self.actor)
        # An organization token sees itself here and changes nothing.
        return self.tagged(row, version_of(admin, self_document(admin))) if admin else Response(row)


class SelfUsage(ApiView):
    """getSelfApiUsage: of the token that calls, or of the account's sessions."""

    def get(self, request: Request) -> Response:
        return Response(usage_of(self.actor, request.auth))


class TokenView(ApiView):
    """What answers with one API token."""

    def answer(self, token: Any, **more: str) -> Response:
        """The token with its tag."""
        return self.tagged({**token_row(token), **more}, version_of(token, token_document(token)))


class UserTokens(TokenView):
    """listApiTokens, createApiToken."""

    answers = {"get": LIST}
    bodies = {"post": TokenShape}

    def get(self, request: Request) -> Response:
        return Response(queries.list_user_tokens(self.actor))

    def post(self, request: Request) -> Response:
        created = actions.create_user_token(self.actor, values=self.body_object())
        token = queries.get_user_token(self.actor, created.id)
        return self.answer(token, key=created.key)


class UserToken(TokenView):
    """getApiToken, updateApiToken, deleteApiToken."""

    bodies = {"put": TokenShape}
    has_tag = True

    def get(self, request: Request, token_id: UUID) -> Response:
        return self.answer(queries.get_user_token(self.actor, token_id))

    def put(self, request: Request, token_id: UUID) -> Response:
        token = queries.get_user_token(self.actor, token_id)
        return self.answer(
            actions.update_user_token(self.actor, token=token, values=self.body_object(), seen=self.seen)
        )

    def delete(self, request: Request, token_id: UUID) -> Response:
        actions.delete_user_token(self.actor, token_id=token_id, seen=self.seen)
        return Response({})


class OrgTokens(TokenView):
    """listOrgApiTokens, createOrgApiToken."""

    query = {"get": (*PAGE,)}
    answers = {"get": PAGED_LIST}
    bodies = {"post": OrgTokenShape}

    def get(self, request: Request, org_id: UUID) -> Response:
        org = get_org(self.actor, org_id)
        found = queries.list_org_tokens(self.actor, org, page=Page.of(request.query_params))
        return self.paged(found, found.rows)

    def post(self, request: Request, org_id: UUID) -> Response:
        org = get_org(self.actor, org_id)
        created = actions.create_org_token(self.actor, org, values=self.body_object())
        token = queries.get_org_token(self.actor, org, created.id)
        return self.answer(token, key=created.key)


class OrgToken(TokenView):
    """getOrgApiToken, updateOrgApiToken, deleteOrgApiToken."""

    bodies = {"put": OrgTokenChange}
    has_tag = True

    def get(self, request: Request, org_id: UUID, token_id: UUID) -> Response:
        org = get_org(self.actor, org_id)
        return self.answer(queries.get_org_token(self.actor, org, token_id))

    def put(self, request: Request, org_id: UUID, token_id: UUID) -> Response:
        org = get_org(self.actor, org_id)
        token = queries.get_org_token(self.actor, org, token_id)
        return self.answer(
            actions.update_org_token(self.actor, token, values=self.body_object(), seen=self.seen)
        )

    def delete(self, request: Request, org_id: UUID, token_id: UUID) -> Response:
        org = get_org(self.actor, org_id)
        actions.delete_org_token(self.actor, queries.get_org_token(self.actor, org, token_id), seen=self.seen)
        return Response({})


class Orgs(ApiView):
    """createOrg: the caller becomes Super User and sees it at once in GET /self."""

    bodies = {"post": OrgShape}

    def post(self, request: Request) -> Response:
        org = actions.create_org(self.actor, values=self.body_object())
        return self.tagged(org_row(org), org_version(org))
