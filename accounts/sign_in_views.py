"""Portal: the second step of a log-in, forgotten passwords, and the link that proves a new e-mail address."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts import entering, gate
from accounts.actions.email import use_new_email
from accounts.actions.recovery import ask_recovery
from mistadmin.core.errors import Invalid, NotVisible, Refusal, Unauthenticated
from mistadmin.core.portal import PortalView, form_problem, form_status

_LINK_PROBLEMS: Final = {
    "expired": "This link has expired or was used already.",
    "invalid token": "This link has expired, was used already, or is for another account.",
    "email already existed": "Another account has this address by now.",
}


class Code(PortalView):
    """Asks for the code of the authenticator app, or a recovery code; nothing else opens before it."""

    public = True

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page() if gate.half_of(request) else redirect(settings.LOGIN_URL)

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            _, half = entering.finish(request, code=request.POST.get("two_factor", ""))
        except Unauthenticated:
            messages.warning(request, "The log-in took too long. Begin again.")
            return redirect(settings.LOGIN_URL)
        except Refusal as refusal:
            return self._page(status=form_status(refusal), **form_problem(refusal))
        return redirect(half.next_path or "/")

    def _page(self, **more: Any) -> HttpResponse:
        return self.render("accounts/login_code.html", values={}, **more)


class Recover(PortalView):
    """Forgot password: what follows is the same whether the address is known or not."""

    public = True

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.render("accounts/recover.html", values={})

    def post(self, request: HttpRequest) -> HttpResponse:
        values = {"email": request.POST.get("email", "")}
        try:
            ask_recovery(self.actor, values=values)
        except Refusal as refusal:
            problem = form_problem(refusal)
            return self.render("accounts/recover.html", status=form_status(refusal), values=values, **problem)
        request.session["recovering"] = values["email"]
        return redirect("/recover/sent")


class RecoverSent(PortalView):
    """Says that a message is on its way, if there is anybody to get it."""

    public = True

    def get(self, request: HttpRequest) -> HttpResponse:
        email, mail = request.session.get("recovering"), settings.MAILBOX_DIR is not None
        return self.render("accounts/recover_sent.html", email=email, mailbox=mail)


class VerifyRecovery(PortalView):
    """The mailed link. Opening it only asks: scanners of mail servers open links before people do."""

    public = True

    def get(self, request: HttpRequest) -> HttpResponse:
        token = request.GET.get("token", "")
        error = "" if token else "This link is not complete."
        return self._page(token=token, error=error, status=422 if error else 200)

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            admin = entering.enter_by_link(request, token=request.POST.get("token", ""))
        except (Invalid, NotVisible) as refusal:
            return self._page(error=_problem(refusal), status=422)
        return redirect("/account/password" if admin else "/login/code")

    def _page(self, **more: Any) -> HttpResponse:
        return self.render("accounts/verify_recover.html", **more)


class VerifyNewEmail(PortalView):
    """The link mailed to a new address; its owner has to be logged in, and confirms it with a click."""

    def get(self, request: HttpRequest) -> HttpResponse:
        token = request.GET.get("token", "")
        error = "" if token else "This link is not complete."
        return self._page(token=token, error=error, status=422 if error else 200)

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            admin = use_new_email(self.actor, token=request.POST.get("token", ""))
        except Invalid as refusal:
            return self._page(error=_problem(refusal), status=422)
        return self.done(f"Your e-mail address is {admin.email} now.", to="/account")

    def _page(self, **more: Any) -> HttpResponse:
        return self.render("accounts/verify_update.html", **more)


def _problem(refusal: Refusal) -> str:
    return _LINK_PROBLEMS.get(str(refusal), "This link is not valid.")
