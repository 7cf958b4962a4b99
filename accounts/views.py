"""Portal: sign-up, log-in, the own account, creating an organization, and the local mailbox."""

from __future__ import annotations

import ipaddress
from abc import ABC, abstractmethod
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts import actions, auth, entering, forms, gate, mailbox, queries
from accounts.account_view import change_password
from accounts.explorer_views import close_preview
from accounts.sso.queries import logout_address
from mistadmin.core.errors import Invalid, NotVisible, Refusal
from mistadmin.core.portal import PortalView, form_problem, form_status

_LINK_PROBLEMS: Final = {
    "expired": "This link has expired.",
    "already registered": "This account is confirmed already.",
}


class Login(PortalView):
    """The log-in form; `next` is where to go on to."""

    public = True

    def get(self, request: HttpRequest) -> HttpResponse:
        path = forms.local_path(request.GET.get("next", ""))
        return redirect(path) if self.actor.is_signed_in else self._page(path, {})

    def post(self, request: HttpRequest) -> HttpResponse:
        path = forms.local_path(request.POST.get("next", ""))
        email, password = request.POST.get("email", "").strip(), request.POST.get("password", "")
        try:
            admin = entering.enter(request, email=email, password=password, next_path=path)
        except Refusal as refusal:
            return self._page(path, {"email": email}, status=refusal.status, **form_problem(refusal))
        return redirect(path if admin else "/login/code")

    def _page(self, path: str, values: dict[str, str], **more: Any) -> HttpResponse:
        mail = settings.MAILBOX_DIR is not None
        return self.render("accounts/login.html", values=values, next=path, mailbox=mail, **more)


class Logout(PortalView):
    """Ends the session; harmless when it has ended already."""

    public = True

    def post(self, request: HttpRequest) -> HttpResponse:
        onward = logout_address(self.actor)
        if self.actor.is_signed_in:
            close_preview(request)
            auth.end_look(request)
            actions.record_logout(auth.own_actor_of(request))
            auth.log_out(request)
        if onward:
            return self.render("accounts/going.html", url=onward, to="your identity provider")
        return redirect(settings.LOGIN_URL)


class Register(PortalView):
    """Create Account. What follows is the same whether the address is known or not."""

    public = True

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.render("accounts/register.html", values={})

    def post(self, request: HttpRequest) -> HttpResponse:
        values = forms.registration(request.POST)
        try:
            actions.sign_up(self.actor, values=values)
        except Invalid as error:
            return self.render("accounts/register.html", status=422, values=values, **form_problem(error))
        request.session["registered"] = values["email"]
        return redirect("/register/sent")


class RegisterSent(PortalView):
    """Says that a message is on its way."""

    public = True

    def get(self, request: HttpRequest) -> HttpResponse:
        email, mail = request.session.get("registered"), settings.MAILBOX_DIR is not None
        return self.render("accounts/register_sent.html", email=email, mailbox=mail)


class Verify(PortalView):
    """The mailed link. Opening it only asks: scanners of mail servers open links before people do."""

    public = True

    def get(self, request: HttpRequest) -> HttpResponse:
        token = request.GET.get("token", "")
        error = "" if token else "This link is not complete."
        return self.render("accounts/verified.html", token=token, error=error, status=422 if error else 200)

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            admin = actions.verify_registration(self.actor, token=request.POST.get("token", ""))
        except (Invalid, NotVisible) as refusal:
            error = _LINK_PROBLEMS.get(str(refusal), "This link is not valid.")
            return self.render("accounts/verified.html", status=422, error=error)
        return self.render("accounts/verified.html", admin=admin)


class CreateOrg(PortalView):
    """Create Organization: its creator is Super User and finds the Primary Site in it."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.render("accounts/org_create.html", values={})

    def post(self, request: HttpRequest) -> HttpResponse:
        values = {"name": request.POST.get("name", "")}
        try:
            org = actions.create_org(self.actor, values=values)
        except Invalid as error:
            return self.render("accounts/org_create.html", status=422, values=values, **form_problem(error))
        return self.done(f"Organization {org.name} created.", to=f"/orgs/{org.id}/inventory")


class Password(PortalView):
    """Replace a password that opens nothing else: a one-time, a forgotten, one that no longer complies."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page()

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            return change_password(self, to="/")
        except Refusal as error:
            return self._page(status=form_status(error), **form_problem(error))

    def _page(self, **more: Any) -> HttpResponse:
        errand = gate.errand_of(self.request)
        if not errand and not more:
            return redirect("/account#password")
        admin = queries.get_self(self.actor)
        return self.render(
            "accounts/password.html",
            admin=admin,
            recovering=errand == gate.RECOVERY,
            one_time=admin.password_change_due,
            policy=gate.policy_of(self.request),
            **more,
        )


class _LocalPage(PortalView, ABC):
    """A page for the machine's own user only, because mail holds links that open accounts."""

    public = True

    def get(self, request: HttpRequest, **kwargs: str) -> HttpResponse:
        if settings.MAILBOX_DIR is None or not _is_from_this_machine(request):
            raise NotVisible
        return self.show(**kwargs)

    @abstractmethod
    def show(self, **kwargs: str) -> HttpResponse: ...


class Mailbox(_LocalPage):
    """The mail of an instance without a mail server."""

    def show(self, **kwargs: str) -> HttpResponse:
        return self.render("accounts/mailbox.html", mails=mailbox.messages())


class MailboxMessage(_LocalPage):
    """One message."""

    def show(self, **kwargs: str) -> HttpResponse:
        return self.render("accounts/mailbox_message.html", mail=mailbox.message(kwargs["name"]))


def _is_from_this_machine(request: HttpRequest) -> bool:
    """Whether the caller sits at this machine: its address, the host it names, nobody in between."""
    forwarded = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "Via"))
    host = urlsplit(f"//{request.get_host()}").hostname or ""
    # An instance with a public address has a proxy in front, and a proxy calls from this machine too.
    own = urlsplit(settings.BASE_URL).hostname or ""
    near = _is_loopback(host) and _is_loopback(own) and _is_loopback(request.META.get("REMOTE_ADDR", ""))
    return near and not forwarded


def _is_loopback(address: str) -> bool:
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
