"""Portal: My Account (guide: chapter 7), each section a form of its own."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts import actions, forms, gate, queries, second_factor
from accounts.actions.email import ask_new_email
from accounts.actions.sessions import end_other_sessions, end_session
from accounts.actions.two_factor import (
    begin_two_factor,
    confirm_two_factor,
    disable_two_factor,
    renew_recovery_codes,
)
from mistadmin.core.errors import Invalid, NotVisible, Refusal
from mistadmin.core.portal import PortalView, form_problem, form_status, posted_id
from sites.shapes import time_zones


class AccountPage(PortalView):
    """What shows My Account, with the problem of one of its forms."""

    def page(self, typed: dict[str, Any] | None = None, **more: Any) -> HttpResponse:
        """The page; `typed` are the values of the profile's form that was refused."""
        admin = queries.get_self(self.actor)
        saved = {name: getattr(admin, name) for name in (*forms.PROFILE, "time_format")}
        return self.render(
            "accounts/account.html",
            admin=admin,
            values={**saved, **(typed or {})},
            timezones=sorted(time_zones()),
            mac_formats=admin.MacFormat.choices,
            policy=gate.policy_of(self.request),
            codes_left=admin.recovery_codes.count() if admin.two_factor_since else 0,
            tokens=queries.list_user_tokens(self.actor),
            sessions=queries.list_sessions(self.actor, current=self.request.session.session_key),
            **more,
        )


class Account(AccountPage):
    """My Account; the field `form` says which of its forms was sent."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page()

    def post(self, request: HttpRequest) -> HttpResponse:
        form = request.POST.get("form", "")
        steps = {
            "profile": self._save_profile,
            "password": self._change_password,
            "token": self._create_token,
            "token_rename": self._rename_token,
            "token_delete": self._delete_token,
            "session_end": self._end_session,
            "sessions_end": self._end_other_sessions,
        }
        if form not in steps:
            raise Invalid("The form is not known.")
        try:
            return steps[form]()
        except Refusal as error:
            if isinstance(error, NotVisible):
                raise
            values = forms.profile(request.POST) if form == "profile" else {}
            shown = {"form": form, "renamed": request.POST.get("token_id", ""), **form_problem(error)}
            return self.page(values, status=form_status(error), **shown)

    def _save_profile(self) -> HttpResponse:
        actions.update_self(self.actor, changes=forms.profile(self.request.POST))
        return self.done("Account saved.", to="/account")

    def _change_password(self) -> HttpResponse:
        return change_password(self, to="/account")

    def _create_token(self) -> HttpResponse:
        token = actions.create_user_token(self.actor, values={"name": self.request.POST.get("name", "")})
        return self.render("accounts/token_created.html", token=token, back="/account#tokens")

    def _rename_token(self) -> HttpResponse:
        token = queries.get_user_token(self.actor, self._token_id())
        actions.update_user_token(self.actor, token=token, values={"name": self.request.POST.get("name", "")})
        return self.done("API token renamed.", to="/account#tokens")

    def _delete_token(self) -> HttpResponse:
        actions.delete_user_token(self.actor, token_id=self._token_id())
        return self.done("API token deleted.", to="/account#tokens")

    def _end_session(self) -> HttpResponse:
        end_session(self.actor, reference=self.request.POST.get("session", ""))
        return self.done("The session was signed out.", to="/account#sessions")

    def _end_other_sessions(self) -> HttpResponse:
        count = end_other_sessions(self.actor, keep=self.request.session.session_key or "")
        told = "1 other session was" if count == 1 else f"{count} other sessions were"
        return self.done(f"{told} signed out.", to="/account#sessions")

    def _token_id(self) -> Any:
        token_id = posted_id(self.request.POST, "token_id")
        if token_id is None:
            raise NotVisible
        return token_id


class NewEmail(PortalView):
    """Change the e-mail address: asks for it and for the password, and mails a link to the new one."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page({})

    def post(self, request: HttpRequest) -> HttpResponse:
        values = {"email": request.POST.get("email", "")}
        try:
            ask_new_email(self.actor, values=values, password=request.POST.get("password", ""))
        except Refusal as error:
            return self._page(values, status=form_status(error), **form_problem(error))
        told = f"Open the link that was sent to {values['email'].strip()} to confirm the change."
        return self.done(told, to="/account")

    def _page(self, values: dict[str, str], **more: Any) -> HttpResponse:
        admin = queries.get_self(self.actor)
        return self.render("accounts/new_email.html", admin=admin, values=values, **more)


class TwoFactor(PortalView):
    """Set up an authenticator app, by QR code or by text; the first code switches it on."""

    def get(self, request: HttpRequest) -> HttpResponse:
        admin = queries.get_self(self.actor)
        return redirect("/account#two-factor") if admin.two_factor_since else self._page()

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            codes = confirm_two_factor(self.actor, code=request.POST.get("two_factor", ""))
        except Refusal as error:
            if queries.get_self(self.actor).two_factor_since:
                return redirect("/account#two-factor")
            return self._page(status=form_status(error), **form_problem(error))
        gate.keep_session(request, queries.get_self(self.actor))
        return show_codes(self, codes, is_new=True) if codes else redirect("/account#two-factor")

    def _page(self, **more: Any) -> HttpResponse:
        seed = begin_two_factor(self.actor)
        admin = queries.get_self(self.actor)
        required = gate.errand_of(self.request) == gate.TWO_FACTOR
        grouped = " ".join(seed[at : at + 4] for at in range(0, len(seed), 4))
        uri = second_factor.uri_of(admin, seed)
        shown = {"seed": grouped, "uri": uri, "required": required, "values": {}, **more}
        page = self.render("accounts/two_factor.html", **shown)
        page["Cache-Control"] = "no-store"
        return page


class DisableTwoFactor(PortalView):
    """Switch the second factor off, with the password and a code."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page()

    def post(self, request: HttpRequest) -> HttpResponse:
        form = request.POST
        try:
            disable_two_factor(
                self.actor, password=form.get("current_password", ""), code=form.get("two_factor", "")
            )
        except Refusal as error:
            return self._page(status=form_status(error), **form_problem(error))
        gate.keep_session(request, queries.get_self(self.actor))
        return self.done("Two-factor authentication is off.", to="/account#two-factor")

    def _page(self, **more: Any) -> HttpResponse:
        admin, policy = queries.get_self(self.actor), gate.policy_of(self.request)
        return self.render("accounts/two_factor_off.html", admin=admin, policy=policy, values={}, **more)


class RecoveryCodes(PortalView):
    """Ten new recovery codes in place of those that are left, for a code of the app."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page()

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            codes = renew_recovery_codes(self.actor, code=request.POST.get("two_factor", ""))
        except Refusal as error:
            return self._page(status=form_status(error), **form_problem(error))
        return show_codes(self, codes, is_new=False)

    def _page(self, **more: Any) -> HttpResponse:
        return self.render("accounts/recovery_renew.html", values={}, **more)


def show_codes(view: PortalView, codes: list[str], *, is_new: bool) -> HttpResponse:
    """The one page that shows recovery codes."""
    page = view.render("accounts/recovery_codes.html", codes=codes, is_new=is_new, text="\n".join(codes))
    page["Cache-Control"] = "no-store"
    return page


def change_password(view: PortalView, *, to: str) -> HttpResponse:
    """Change the viewer's password as the posted form says and keep this one session alive."""
    form, request = view.request.POST, view.request
    recovering = gate.is_recovering(request)
    admin = actions.change_password(
        view.actor, current=form.get("current", ""), new=form.get("new", ""), recovering=recovering
    )
    gate.errand_done(request)
    gate.keep_session(request, admin)
    return view.done("Password changed.", to=to)
