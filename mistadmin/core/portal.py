"""The portal base view: who is here, in which organization, what a page gets, how refusals look."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import structlog
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.module_loading import import_string
from django.views import View

from mistadmin.core import tenancy
from mistadmin.core.access import ABILITIES, MSP_ABILITIES, Actor, Placed
from mistadmin.core.edits import Clash
from mistadmin.core.errors import Invalid, NotAllowed, NotVisible, OnlyLooking, Refusal, Unauthenticated
from mistadmin.core.http import SAFE, as_refusal, reach_of
from mistadmin.core.ids import posted_id as posted_id  # forms of every page read ids by it
from mistadmin.core.middleware import wants_json

log = structlog.get_logger(__name__)

THEMES = ("light", "dark", "system")


class Can:
    """`{% if can.CLAIM %}`: what the actor may do somewhere in the organization of the page."""

    def __init__(self, actor: Actor, org_id: UUID | None) -> None:
        self._actor, self._org_id = actor, org_id

    def __getitem__(self, name: str) -> bool:
        need = name.lower()
        if need not in ABILITIES | MSP_ABILITIES:
            raise KeyError(name)
        return self._org_id is not None and self._actor.can_somewhere(need, self._org_id)


class PortalView(View):
    """Base of every page. Below /orgs/<org_id>/ it finds `self.org`, below /msps/<msp_id>/ `self.msp`.

    Refusals become pages.

    What a page shows around its content (organizations, menu, preferences) comes from settings.PORTAL_SHELL,
    because the kernel imports no app.
    """

    public: ClassVar[bool] = False
    # Whether its forms can be sent by who previews the portal as somebody else.
    in_previews: ClassVar[bool] = False
    org: Any = None
    msp: Any = None

    @property
    def tenant(self) -> Any:
        """The organization or the MSP of the page."""
        return self.msp or self.org

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            around = shell()
            self.actor: Actor = around.actor_of(request)
            if not self.public:
                if not self.actor.is_signed_in:
                    raise Unauthenticated
                detour = around.detour(request)
                if detour:
                    return redirect(detour)
                if self.actor.reads_only and request.method not in SAFE and not self.in_previews:
                    raise OnlyLooking
            tenancy.enter(reach_of(self, self.actor, kwargs))
            if any("\0" in value for values in request.POST.lists() for value in values[1]):
                raise Invalid("NUL characters are not accepted.")
            if "org_id" in kwargs:
                self.org = around.enter_org(request, self.actor, kwargs["org_id"])
            if "msp_id" in kwargs:
                self.msp = around.enter_msp(self.actor, kwargs["msp_id"])
            return super().dispatch(request, *args, **kwargs)
        except Exception as error:
            refusal = as_refusal(error)
            if refusal is None:
                raise
            return self._refused(refusal)

    def render(self, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
        """Render a page with what every page is given."""
        response = render(self.request, template, {**self._context(), **context}, status=status)
        # One address answers with a whole page or with the content of a window.
        patch_vary_headers(response, ["HX-Request"])
        return response

    def offer(self, action: Callable[..., Any], place: Placed | None = None) -> None:
        """Refuse the form of an action to whom the action would refuse everywhere in the organization.

        With a place, to whom it would refuse there.
        """
        need: str = action.__action_needs__  # type: ignore[attr-defined]
        if place is None:
            self.actor.require_somewhere(need, self.tenant.id)
        else:
            self.actor.require(need, place)

    def done(self, message: str, *, to: str, level: str = "success", undo: str = "") -> HttpResponse:
        """Say what happened and go on to `to`, in one way for plain forms and for htmx.

        `undo` is the address whose POST takes it back; the message then carries a button for it.
        """
        getattr(messages, level)(self.request, message, extra_tags=undo)
        if getattr(self.request, "htmx", False):
            return HttpResponse(headers=self._onwards(to))
        return redirect(to)

    def _onwards(self, to: str) -> dict[str, str]:
        """How htmx is sent on: to a part of the page it is on, a browser would only scroll."""
        here, there = urlsplit(self.request.headers.get("HX-Current-URL", "")), urlsplit(to)
        if there.fragment and (here.path, here.query) == (there.path, there.query):
            return {"HX-Refresh": "true"}
        return {"HX-Redirect": to}

    def _context(self) -> dict[str, Any]:
        tenant = self.tenant
        return {
            "actor": self.actor,
            "org": self.org,
            "msp": self.msp,
            "tenant": tenant,
            "can": Can(self.actor, tenant.id if tenant else None),
            "theme": theme(self.request),
            **shell().context(self.request, self.actor, tenant),
        }

    def _refused(self, refusal: Refusal) -> HttpResponse:
        if isinstance(refusal, Unauthenticated):
            htmx: Any = getattr(self.request, "htmx", False)
            if htmx:
                # Back to the page, not to the piece of it that was asked for.
                return HttpResponse(headers={"HX-Redirect": _login(htmx.current_url_abs_path)})
            return redirect(_login(self.request.get_full_path()))
        return error_page(self.request, refusal, self._context() if hasattr(self, "actor") else {})


def _login(path: str | None) -> str:
    return f"{settings.LOGIN_URL}?{urlencode({'next': path})}" if path else settings.LOGIN_URL


def error_page(request: HttpRequest, refusal: Refusal, context: Mapping[str, Any]) -> HttpResponse:
    """A refusal as a page, with the reference that the operator finds in the log."""
    known = {400, 403, 404, 409, 413, 429}
    page = refusal.status if refusal.status in known else 400
    shown = {"theme": theme(request), **context, "error": refusal, "reference": _reference(request)}
    return render(request, f"errors/{page}.html", shown, status=refusal.status)


def theme(request: HttpRequest) -> str:
    """The colour scheme the browser remembers; "system" follows the device."""
    chosen = request.COOKIES.get("theme", "")
    return chosen if chosen in THEMES else "system"


def form_problem(error: Refusal) -> dict[str, Any]:
    """What a form shows of a refusal: `errors` by field, and `error` when no field is to blame."""
    fields = error.fields if isinstance(error, Invalid) else {}
    return {"errors": fields, "error": "" if fields else str(error)}


def form_status(error: Refusal) -> int:
    """The status of a form that is shown again: 422 for what is wrong in it, else the refusal's own."""
    return 422 if isinstance(error, Invalid) else error.status


def form_clash(clash: Clash, *, by: Mapping[str, Any] | None, labels: Mapping[str, str]) -> dict[str, Any]:
    """What a form shows when somebody else changed the same keys; `by` is who did, `labels` are of keys."""
    return {"status": 409, "edit": clash.now, "clash": clash, "by": by, "labels": labels}


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _plain(request, Invalid("The request is not valid."))


def denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _plain(request, NotAllowed())


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without the token of this browser: from elsewhere, or from before the last log-in."""
    log.info("csrf.failed", reason=reason)
    return _plain(request, NotAllowed("The form has expired. Go back, reload the page and send it again."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _plain(request, NotVisible())


def server_error(request: HttpRequest) -> HttpResponse:
    """Something of ours failed; the traceback is in the log under the reference."""
    reference = _reference(request)
    if wants_json(request):
        return JsonResponse({"detail": f"Internal server error, reference {reference}."}, status=500)
    return render(request, "errors/500.html", {"reference": reference, "theme": theme(request)}, status=500)


def _plain(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"detail": str(refusal)}, status=refusal.status)
    return error_page(request, refusal, {})


def _reference(request: HttpRequest) -> str:
    return getattr(request, "reference", "")


def shell() -> Any:
    """What the apps put around every page (settings.PORTAL_SHELL)."""
    return import_string(settings.PORTAL_SHELL)
