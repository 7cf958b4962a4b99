"""Portal: coming in through an identity provider, from our side or theirs, and being logged out by it."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from accounts import auth, forms
from accounts.sso import actions, queries, saml
from accounts.sso.guard import Refused, decoded
from mistadmin.core import throttle
from mistadmin.core.errors import Invalid, Throttled
from mistadmin.core.portal import PortalView, form_problem

# What is refused costs work and rows: so many a minute, from one address and for one provider.
_REFUSED_PER_MINUTE: Final = 30
_LOOKUPS: Final = 30
_LOOKUP_SECONDS: Final = 15 * 60
_UNKNOWN: Final = (
    "No single sign-on is known for this address. For the first log-in use the link of your organization, "
    "or start at your identity provider"
)


@method_decorator(never_cache, "dispatch")
class Start(PortalView):
    """Single sign-on: the address says which identity provider to ask."""

    public = True

    def get(self, request: HttpRequest) -> HttpResponse:
        path = forms.local_path(request.GET.get("next", ""))
        return redirect(path) if self.actor.is_signed_in else self._page(path, {})

    def post(self, request: HttpRequest) -> HttpResponse:
        path = forms.local_path(request.POST.get("next", ""))
        email = request.POST.get("email", "").strip()
        try:
            throttle.reserve({f"sso:lookup:{self.actor.src_ip}": _LOOKUPS}, seconds=_LOOKUP_SECONDS)
            found = queries.providers_for(email) if email else []
            if not found:
                raise Invalid({"email": _UNKNOWN if email else "is needed"})
        except (Invalid, Throttled) as refusal:
            return self._page(path, {"email": email}, status=422, **form_problem(refusal))
        if len(found) == 1:
            return go_on(self, _door(found[0], path), to=found[0].name)
        doors = [{"sso": sso, "url": _door(sso, path)} for sso in found]
        return self._page(path, {"email": email}, doors=doors)

    def _page(self, path: str, values: dict[str, str], **more: Any) -> HttpResponse:
        return self.render("accounts/sso.html", values=values, next=path, **more)


@method_decorator(never_cache, "dispatch")
class Go(PortalView):
    """The link of an organization: straight on to its identity provider."""

    public = True

    def get(self, request: HttpRequest, domain: str) -> HttpResponse:
        sso = queries.provider_of(domain)
        if not saml.is_complete(sso):
            return _refused(self, "This identity provider has not been set up completely yet.")
        return redirect(saml.request_url(sso, forms.local_path(request.GET.get("next", ""))))


@method_decorator([csrf_exempt, never_cache], "dispatch")
class Acs(PortalView):
    """Where responses of identity providers arrive, asked for or not (assertion consumer service)."""

    public = True

    def get(self, request: HttpRequest, domain: str) -> HttpResponse:
        # Whoever opens or reloads this address begins anew.
        return redirect(saml.addresses(queries.provider_of(domain)).login)

    def post(self, request: HttpRequest, domain: str) -> HttpResponse:
        sso = queries.provider_of(domain)
        here = f"saml:refused:{self.actor.src_ip}"
        throttle.reserve({here: _REFUSED_PER_MINUTE}, seconds=60)
        raw = b""
        try:
            raw = decoded(request.POST.get("SAMLResponse", ""))
            admin = actions.accept(self.actor, sso, asserted=saml.read_response(sso, raw))
        except Refused as refusal:
            _keep(self, sso, str(refusal), raw)
            return _refused(self, "The answer of your identity provider was not accepted.")
        throttle.give_back([here])
        auth.log_in(request, admin)
        return redirect(forms.local_path(request.POST.get("RelayState", "")))


@method_decorator([csrf_exempt, never_cache], "dispatch")
class Slo(PortalView):
    """Where an identity provider logs somebody out of all sessions (single logout)."""

    public = True

    def get(self, request: HttpRequest, domain: str) -> HttpResponse:
        queries.provider_of(domain)
        return redirect(settings.LOGIN_URL)

    def post(self, request: HttpRequest, domain: str) -> HttpResponse:
        sso = queries.provider_of(domain)
        here = f"saml:refused:{self.actor.src_ip}"
        throttle.reserve({here: _REFUSED_PER_MINUTE}, seconds=60)
        raw = b""
        try:
            raw = decoded(request.POST.get("SAMLRequest", ""))
            actions.end_sessions(self.actor, sso, name_id=saml.read_logout(sso, raw))
        except Refused as refusal:
            _keep(self, sso, f"Log-out: {refusal}", raw)
            return _refused(self, "The request of your identity provider was not accepted.")
        throttle.give_back([here])
        return redirect(settings.LOGIN_URL)


def go_on(view: PortalView, url: str, *, to: str) -> HttpResponse:
    """A page that leads to another server by itself: a form may not, by our own content security policy."""
    return view.render("accounts/going.html", url=url, to=to)


def _keep(view: PortalView, sso: Any, detail: str, raw: bytes) -> None:
    try:
        throttle.reserve({f"saml:kept:{sso.pk}": _REFUSED_PER_MINUTE}, seconds=60)
    except Throttled:
        return  # enough are kept to see what is going on
    actions.record_failure(view.actor, sso, detail=detail, raw=raw)


def _refused(view: PortalView, problem: str) -> HttpResponse:
    return view.render("accounts/sso_refused.html", status=403, problem=problem)


def _door(sso: Any, path: str) -> str:
    url = saml.addresses(sso).login
    return url if path == "/" else f"{url}?{urlencode({'next': path})}"
