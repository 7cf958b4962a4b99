"""Juniper Account Integration (guide: Integrate Your Juniper Account): the windows that link and unlink."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from mistadmin.core.errors import Invalid, Throttled
from mistadmin.core.portal import PortalView, form_problem
from mistadmin.core.shapes import parse
from orgs.juniper.accounts import add_account, get_account, link_account, unlink_account
from orgs.shapes import JuniperCredentials


@method_decorator([never_cache, sensitive_post_parameters("password")], "dispatch")
class Link(PortalView):
    """Add Juniper Account: the credentials are checked before anything is kept, and the password never is."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        self.offer(add_account, self.org)
        return self._ask({"username": ""})

    def post(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        self.offer(add_account, self.org)
        sent = {name: request.POST.get(name, "") for name in ("username", "password")}
        try:
            wish = parse(JuniperCredentials, sent)
            account = link_account(self.actor, self.org, username=wish.username, password=wish.password)
        except (Invalid, Throttled) as error:
            return self._ask({"username": sent["username"]}, status=422, **form_problem(error))
        return self.done(f"Juniper account {account.name} linked.", to=f"/orgs/{org_id}/settings#juniper")

    def _ask(self, values: dict[str, str], **more: Any) -> HttpResponse:
        return self.render("orgs/juniper_link.html", values=values, **more)


class Unlink(PortalView):
    """Ask, and forget an account with its devices."""

    def get(self, request: HttpRequest, org_id: UUID, account_id: UUID) -> HttpResponse:
        account = get_account(self.actor, self.org, account_id)
        back = f"/orgs/{org_id}/settings#juniper"
        return self.render("orgs/juniper_unlink.html", account=account, back=back)

    def post(self, request: HttpRequest, org_id: UUID, account_id: UUID) -> HttpResponse:
        account = get_account(self.actor, self.org, account_id)
        unlink_account(self.actor, self.org, account=account)
        return self.done(f"Juniper account {account.name} unlinked.", to=f"/orgs/{org_id}/settings#juniper")
