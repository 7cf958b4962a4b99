"""REST: the second factor, forgotten passwords, a new e-mail address, failed log-ins."""

from __future__ import annotations

import io
from typing import Any, Final

import segno
from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import auth, entering, gate, queries, second_factor
from accounts.actions.email import ask_new_email, use_new_email
from accounts.actions.recovery import ask_recovery
from accounts.actions.two_factor import begin_two_factor, confirm_two_factor
from accounts.shapes import CodeShape, EmailShape
from accounts.sso.queries import sso_for
from mistadmin.core.errors import Invalid, NotAllowed, NotVisible, Unauthenticated
from mistadmin.core.http import ApiView
from mistadmin.core.openapi import OBJECT
from mistadmin.core.shapes import parse

# What a key alone must not change: whoever finds one would take the account with it.
CREDENTIALS: Final = frozenset({"password", "enable_two_factor"})
SESSION_ONLY: Final = "An API token cannot do this. Log in with e-mail and password."


class SessionView(ApiView):
    """What answers to people who logged in, and to no token."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.auth is not None:
            raise NotAllowed(SESSION_ONLY)


class TwoFactor(ApiView):
    """twoFactor: the second step of a log-in; 401 for a wrong code and for nobody, 404 where none is on."""

    bodies = {"post": CodeShape}
    public = True

    def post(self, request: Request) -> Response:
        code = parse(CodeShape, self.body_object()).two_factor
        if not half_told(request._request):
            return self._not_asked(request._request)
        try:
            entering.finish(request._request, code=code)
        except Invalid as wrong:
            raise Unauthenticated(entering.WRONG_CODE) from wrong
        return Response({})

    def _not_asked(self, request: HttpRequest) -> Response:
        admin = queries.find_admin(auth.actor_of(request))
        if admin is None:
            raise Unauthenticated
        if admin.two_factor_since is None:
            raise NotVisible
        return Response({})


class TwoFactorToken(SessionView):
    """generateSecretFor2faVerification: the seed of an app that is being set up, as JSON or as a QR code."""

    query = {"get": ("by",)}
    answers = {"get": {"application/json": OBJECT, "image/png": {"type": "string", "format": "binary"}}}

    def get(self, request: Request) -> HttpResponse | Response:
        by = request.query_params.get("by", "")
        if by not in ("", "qrcode"):
            raise Invalid({"by": "must be qrcode"})
        seed = begin_two_factor(self.actor)
        if not by:
            return Response({"two_factor_secret": seed})
        drawn = io.BytesIO()
        uri = second_factor.uri_of(queries.get_self(self.actor), seed)
        segno.make(uri, micro=False).save(drawn, kind="png", scale=6)
        return HttpResponse(drawn.getvalue(), content_type="image/png", headers={"Cache-Control": "no-store"})


class VerifyTwoFactor(SessionView):
    """verifyTwoFactor: the first right code switches it on and answers with the recovery codes."""

    bodies = {"post": CodeShape}

    def post(self, request: Request) -> Response:
        codes = confirm_two_factor(self.actor, code=parse(CodeShape, self.body_object()).two_factor)
        gate.keep_session(request._request, queries.get_self(self.actor))
        return Response({"recovery_codes": codes} if codes else {})


class Lookup(ApiView):
    """lookup: where people of an identity provider log in, and one answer for every other address."""

    bodies = {"post": EmailShape}
    public = True
    authentication_classes = ()

    def post(self, request: Request) -> Response:
        address = sso_for(parse(EmailShape, self.body_object()).email)
        return Response({"sso_url": address} if address else {})


class Recover(ApiView):
    """recoverPassword: one answer for every address, as with the registration."""

    bodies = {"post": EmailShape}
    public = True

    def post(self, request: Request) -> Response:
        ask_recovery(self.actor, values=self.body_object())
        return Response({})


class VerifyRecovery(ApiView):
    """verifyRecoverPassword: logs in to set a new password with PUT /self, and to nothing else."""

    public = True
    authentication_classes = ()

    def post(self, request: Request, token: str) -> Response:
        admin = entering.enter_by_link(request._request, token=token)
        return Response({"email": admin.email} if admin else half_told(request._request))


class NewEmail(SessionView):
    """updateSelfEmail."""

    bodies = {"post": EmailShape}

    def post(self, request: Request) -> Response:
        ask_new_email(self.actor, values=self.body_object())
        return Response({})


class VerifyNewEmail(SessionView):
    """verifySelfEmail."""

    def get(self, request: Request, token: str) -> Response:
        use_new_email(self.actor, token=token)
        return Response({})


class LoginFailures(ApiView):
    """getSelfLoginFailures."""

    def get(self, request: Request) -> Response:
        return Response(queries.login_failures(self.actor))


def half_told(request: HttpRequest) -> dict[str, Any]:
    """What is told to who is half logged in; nothing to everybody else."""
    found = gate.half_of(request)
    if found is None:
        return {}
    return {"email": found[0].email, "two_factor_required": True, "two_factor_passed": False}
