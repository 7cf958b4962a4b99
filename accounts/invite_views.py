"""Portal: the link of an invitation, for people with an account and without one."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts import entering
from accounts.actions import invites
from accounts.members import Invited, invited
from mistadmin.core.errors import Conflict, Invalid, NotVisible
from mistadmin.core.portal import PortalView, form_problem

_NEWCOMER: Final = ("first_name", "last_name", "password")


@method_decorator([never_cache, sensitive_post_parameters("password", "token")], "dispatch")
class Invitation(PortalView):
    """What a link offers. Opening it only asks: scanners of mail servers open links before people do."""

    public = True

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request.GET.get("token", ""))

    def post(self, request: HttpRequest) -> HttpResponse:
        token = request.POST.get("token", "")
        try:
            return self._accept(token) if self.actor.is_signed_in else self._make_account(token)
        except (NotVisible, Conflict):
            return self._page(token, status=409)
        except Invalid as error:
            values = {name: request.POST.get(name, "") for name in _NEWCOMER[:2]}
            return self._page(token, status=422, values=values, **form_problem(error))

    def _accept(self, token: str) -> HttpResponse:
        return self._welcome(invites.accept_invite(self.actor, token=token))

    def _make_account(self, token: str) -> HttpResponse:
        values = {name: self.request.POST.get(name, "") for name in _NEWCOMER}
        admin, tenant = invites.accept_as_newcomer(self.actor, token=token, values=values)
        entering.enter_first(self.request, admin, password=values["password"])
        return self._welcome(tenant)

    def _welcome(self, tenant: Any) -> HttpResponse:
        return self.done(f"You are an administrator of {tenant.name} now.", to=tenant.home)

    def _page(self, token: str, *, status: int = 200, **more: Any) -> HttpResponse:
        offer = invited(token)
        state = self._state(offer)
        if state in ("dead", "expired", "other", "own"):
            status = 404 if state == "dead" else 409
        here = f"{self.request.path}?{urlencode({'token': token})}"
        values = {"first_name": offer.first_name, "last_name": offer.last_name} if offer else {}
        context = {"values": values, **more}
        return self.render(
            "accounts/invitation.html",
            status=status,
            state=state,
            offer=offer,
            token=token,
            log_in=f"{settings.LOGIN_URL}?{urlencode({'next': here})}",
            **context,
        )

    def _state(self, offer: Invited | None) -> str:
        """Which page the link shows to whoever opened it."""
        if offer is None:
            return "dead"
        if offer.is_expired:
            return "expired"
        if not self.actor.is_signed_in:
            return "log_in" if offer.has_account else "new"
        if offer.by_id is not None and offer.by_id == self.actor.id:
            return "own"
        return "accept" if offer.email == self.actor.email else "other"
