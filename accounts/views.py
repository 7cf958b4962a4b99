"""Portal: sign-up, log-in, the own account, creating an organization, and the local mailbox."""

from __future__ import annotations

import ipaddress
from abc import ABC, abstractmethod
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts import actions, auth, forms, mailbox, queries
from accounts.explorer_views import close_preview
from mistadmin.core.errors import Invalid, NotVisible, Refusal
from mistadmin.core.portal import PortalView, form_problem, posted_id
from sites.shapes import time_zones

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
        email = request.POST.get("email", "").strip()
        try:
            admin = auth.authenticate(email, request.POST.get("password", ""), self.actor.src_ip)
        except Refusal as refusal:
            if isinstance(refusal, Invalid):
                actions.record_failed_login(self.actor, email=email)
            return self._page(path, {"email": email}, status=refusal.status, **form_problem(refusal))
        auth.log_in(request, admin)
        actions.record_login(self.actor, admin=admin)
        return redirect(path)

    def _page(self, path: str, values: dict[str, str], **more: Any) -> HttpResponse:
        mail = settings.MAILBOX_DIR is not None
        return self.render("accounts/login.html", values=values, next=path, mailbox=mail, **more)


class Logout(PortalView):
    """Ends the session; harmless when it has ended already."""

    public = True

    def post(self, request: HttpRequest) -> HttpResponse:
        if self.actor.is_signed_in:
            close_preview(request)
            actions.record_logout(auth.own_actor_of(request))
            auth.log_out(request)
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


class Account(PortalView):
    """My Account; the field `form` says which of its forms was sent."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page()

    def post(self, request: HttpRequest) -> HttpResponse:
        form = request.POST.get("form", "")
        steps = {
            "profile": self._save_profile,
            "password": self._change_password,
            "token": self._create_token,
            "token_delete": self._delete_token,
        }
        if form not in steps:
            raise Invalid("The form is not known.")
        try:
            return steps[form]()
        except Invalid as error:
            values = forms.profile(request.POST) if form == "profile" else {}
            return self._page(values, status=422, form=form, **form_problem(error))

    def _save_profile(self) -> HttpResponse:
        actions.update_self(self.actor, changes=forms.profile(self.request.POST))
        return self.done("Account saved.", to="/account")

    def _change_password(self) -> HttpResponse:
        return change_password(self, to="/account")

    def _create_token(self) -> HttpResponse:
        token = actions.create_user_token(self.actor, values={"name": self.request.POST.get("name", "")})
        return self.render("accounts/token_created.html", token=token, back="/account#tokens")

    def _delete_token(self) -> HttpResponse:
        token_id = posted_id(self.request.POST, "token_id")
        if token_id is None:
            raise NotVisible
        actions.delete_user_token(self.actor, token_id=token_id)
        return self.done("API token deleted.", to="/account#tokens")

    def _page(self, typed: dict[str, Any] | None = None, **more: Any) -> HttpResponse:
        admin = queries.get_self(self.actor)
        saved = {name: getattr(admin, name) for name in (*forms.PROFILE, "time_format")}
        return self.render(
            "accounts/account.html",
            admin=admin,
            values={**saved, **(typed or {})},
            timezones=sorted(time_zones()),
            mac_formats=admin.MacFormat.choices,
            tokens=queries.list_user_tokens(self.actor),
            **more,
        )


class Password(PortalView):
    """Replace the one-time password, before anything else opens."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.render("accounts/password.html", admin=queries.get_self(self.actor))

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            return change_password(self, to="/")
        except Invalid as error:
            admin = queries.get_self(self.actor)
            return self.render("accounts/password.html", status=422, admin=admin, **form_problem(error))


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


def change_password(view: PortalView, *, to: str) -> HttpResponse:
    """Change the viewer's password as the posted form says and keep this one session alive."""
    form = view.request.POST
    admin = actions.change_password(view.actor, current=form.get("current", ""), new=form.get("new", ""))
    update_session_auth_hash(view.request, admin)
    return view.done("Password changed.", to=to)


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
