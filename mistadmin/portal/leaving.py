"""My Account, Utilities: deleting the account (guide: Delete Your Account)."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts import auth
from inventory.leaving import consequences, delete_account
from mistadmin.core.errors import Invalid
from mistadmin.core.portal import PortalView


class DeleteAccount(PortalView):
    """Says what goes along and what stands in the way, and deletes."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page()

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            delete_account(self.actor)
        except Invalid:  # the page says of each organization what is against it
            return self._page(status=422)
        auth.log_out(request)
        return self.done("Your account is deleted.", to=settings.LOGIN_URL)

    def _page(self, *, status: int = 200) -> HttpResponse:
        leaving = consequences(self.actor)
        blocked = any(one.problem for one in leaving)
        return self.render("accounts/delete.html", status=status, leaving=leaving, blocked=blocked)
