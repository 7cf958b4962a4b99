"""What every request passes first: its size, its characters, a reference for the log."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render

from mistadmin.core import tenancy
from mistadmin.core.errors import Invalid, LengthRequired, Refusal, TooLarge
from mistadmin.core.text import split_address

_FORM: Final = "application/x-www-form-urlencoded"


class RequestGuard:
    """Refuse bodies over the limit and NUL characters before any view reads them, and name each request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.reference = uuid.uuid4().hex[:12]  # type: ignore[attr-defined]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=request.reference)  # type: ignore[attr-defined]
        try:
            _check(request)
        except Refusal as refusal:
            return refuse(request, refusal)
        response = self.get_response(request)
        response.headers.setdefault("X-Request-Id", request.reference)  # type: ignore[attr-defined]
        return response


class TenantScope:
    """Begin each request with no tenant at all, and let a stream end in the scope that its view was in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with tenancy.scoped(tenancy.NONE):
            response = self.get_response(request)
            if isinstance(response, StreamingHttpResponse):
                response.streaming_content = tenancy.kept(response)
        return response


class PageCompression(GZipMiddleware):
    """Compress pages for browsers that take gzip; what programs and downloads get is left as it is.

    Django pads each answer at random and masks the CSRF token in it, so that its size tells nothing (BREACH).
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not response.headers.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)


def refuse(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Answer a refusal outside the views, as JSON for programs and as a page for people."""
    if wants_json(request):
        return JsonResponse({"detail": str(refusal)}, status=refusal.status)
    context = {"error": refusal, "reference": getattr(request, "reference", "")}
    pages = [f"errors/{refusal.status}.html", "errors/400.html"]
    return render(request, pages, context, status=refusal.status)


def wants_json(request: HttpRequest) -> bool:
    """Whether the caller is a program: the API and the device API answer in JSON only."""
    return request.path.startswith(("/api/", "/device/"))


def _check(request: HttpRequest) -> None:
    most = _most(request.path)
    if _length(request) > most:
        raise TooLarge(f"The request body is over the limit of {most // 2**20} MB.")
    if request.headers.get("Transfer-Encoding") and not request.META.get("CONTENT_LENGTH"):
        # WSGI tells nobody where such a body ends: it would be taken for an empty one.
        raise LengthRequired
    if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
        raise Invalid("NUL characters are not accepted.")
    if any("\0" in value for value in request.COOKIES.values()):
        raise Invalid("NUL characters are not accepted.")
    if request.content_type == _FORM and b"%00" in request.body:
        raise Invalid("NUL characters are not accepted.")
    page = request.headers.get("HX-Current-URL", "")
    # htmx writes it with % where it has to; it is read both ways.
    if split_address(page) is None or split_address(unquote(page)) is None:
        raise Invalid("HX-Current-URL must be an address.")


def _most(path: str) -> int:
    larger = (most for ending, most in settings.LARGER_UPLOADS.items() if path.endswith(ending))
    return next(larger, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


def _length(request: HttpRequest) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    if not (text.isascii() and text.isdigit()):
        raise Invalid("Content-Length must be a whole number.")
    return int(text)
