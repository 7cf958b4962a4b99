"""What a support look is shown stands in the organization's log before it is given, whatever page it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts import auth
from accounts.gate import BACKGROUND
from accounts.looks import Look, View, record_view, was_seen

# What pages ask for anew by themselves, below their own address.
_REFRESHED: Final = ("/rows", "/progress")
# How a list is arranged, not what is in it.
_ARRANGED: Final = ("columns", "limit")
# Addresses come from outside and may be of any length.
_LONGEST: Final = 1000


class SupportLookLog:
    """Middleware: each answer to a support look is an audit entry, without which it is not given.

    No page has to know of it. Left out are pages for everybody, and whatever names another organization.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if auth.looks_for_support(request):
            look = Look.of(request)
            view = _view(request, look, response.status_code) if look else None
            if look and view:
                record_view(auth.own_actor_of(request), look, view=view)
        return response


def _view(request: HttpRequest, look: Look, status: int) -> View | None:
    """What the log tells of a request; None for what is no view of the organization."""
    if _is_for_everybody(request) or _elsewhere(request, look.org_id):
        return None
    address = _address(request)
    if status < 400 and BACKGROUND in request.headers and was_seen(look, _refreshed(address)):
        return None
    site_id: UUID | None = _named(request).get("site_id") if status < 400 else None
    return View(_name(address, look.org_id), address, str(request.method), status, site_id)


def _is_for_everybody(request: HttpRequest) -> bool:
    callback: Any = request.resolver_match.func if request.resolver_match else None
    view = getattr(callback, "view_class", None) or getattr(callback, "cls", None)
    return bool(getattr(view, "public", False))


def _elsewhere(request: HttpRequest, org_id: UUID) -> bool:
    if request.resolver_match is None:
        return str(org_id) not in request.path
    return bool(_named(request).get("org_id", org_id) != org_id)


def _named(request: HttpRequest) -> dict[str, Any]:
    return request.resolver_match.kwargs if request.resolver_match else {}


def _address(request: HttpRequest) -> str:
    """Path and query; of a page outside of organizations its route alone, because links there are secrets."""
    match = request.resolver_match
    if match and not {"org_id", "site_id"} & match.kwargs.keys():
        return f"/{match.route}"
    query = request.GET.copy()
    for key in _ARRANGED:
        query.pop(key, None)
    return f"{request.path}?{query.urlencode()}".rstrip("?")[:_LONGEST]


def _refreshed(address: str) -> str:
    """The page that an address refreshes."""
    path, mark, query = address.partition("?")
    ending = next((one for one in _REFRESHED if path.endswith(one)), "")
    return f"{path.removesuffix(ending)}{mark}{query}"


def _name(address: str, org_id: UUID) -> str:
    """An address as the log of the organization calls it."""
    return address.removeprefix(f"/orgs/{org_id}").lstrip("/") or "the portal"
