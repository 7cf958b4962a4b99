"""Portal: Sign in with Google, and enabling it on My Account."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from accounts import entering, forms, queries
from accounts.oauth import actions, client
from accounts.sso.views import go_on
from mistadmin.core.errors import Invalid, NotAllowed, NotVisible, Throttled
from mistadmin.core.portal import PortalView


class _GoogleView(PortalView):
    public = True

    def begin(self, purpose: str, path: str = "/") -> str:
        """The address at the provider; raises NotVisible where none is configured, Invalid, Throttled."""
        if not client.is_configured():
            raise NotVisible
        client.require_room(self.actor.src_ip)
        return client.begin(self.request.session, purpose=purpose, next=path)

    def refused(self, problem: str) -> HttpResponse:
        """Says why nobody came in."""
        return self.render("accounts/google_refused.html", status=403, problem=problem)


@method_decorator(never_cache, "dispatch")
class Login(_GoogleView):
    """Sign in with Google: off to the provider."""

    def get(self, request: HttpRequest) -> HttpResponse:
        path = forms.local_path(request.GET.get("next", ""))
        if self.actor.is_signed_in:
            return redirect(path)
        try:
            return redirect(self.begin("login", path))
        except (Invalid, Throttled) as refusal:
            return self.refused(str(refusal))


@method_decorator(never_cache, "dispatch")
class Callback(_GoogleView):
    """Back from the provider: logs in, or links the account of whoever is signed in and began it."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if not client.is_configured():
            raise NotVisible
        linking = self.actor.is_signed_in
        purpose = f"link:{self.actor.id}" if linking else "login"
        code, state = request.GET.get("code", ""), request.GET.get("state", "")
        try:
            person = client.finish(request.session, purpose=purpose, code=code, state=state)
            if linking:
                actions.link(self.actor, person=person)
                return self.done("Sign-in with Google is enabled.", to="/account#google")
            path = forms.local_path(person.next)
            known = actions.accept(self.actor, person=person)
            admin = entering.enter_from_elsewhere(request, known, next_path=path)
        except (Invalid, NotAllowed) as refusal:
            return self.refused(str(refusal))
        return redirect(path if admin else "/login/code")


@method_decorator(never_cache, "dispatch")
class Link(_GoogleView):
    """Enable, on My Account: off to the provider to say which account it is."""

    public = False

    def post(self, request: HttpRequest) -> HttpResponse:
        admin = queries.get_self(self.actor)
        try:
            return go_on(self, self.begin(f"link:{admin.id}"), to="Google")
        except (Invalid, Throttled) as refusal:
            return self.refused(str(refusal))


class Unlink(PortalView):
    """Disable it again."""

    def post(self, request: HttpRequest) -> HttpResponse:
        actions.unlink(self.actor)
        return self.done("Sign-in with Google is disabled.", to="/account#google")
