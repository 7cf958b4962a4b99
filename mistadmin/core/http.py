"""The API base view: who calls, what they sent, and every refusal as Mist spells it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar, Final
from urllib.parse import urlencode

import orjson
import structlog
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, OperationalError
from django.db.models import ProtectedError
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt
from pydantic import BaseModel
from rest_framework import exceptions
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mistadmin.core import tenancy
from mistadmin.core.access import Actor
from mistadmin.core.errors import (
    Conflict,
    Invalid,
    NotVisible,
    OnlyLooking,
    Refusal,
    Throttled,
    Unauthenticated,
)
from mistadmin.core.openapi import Content, OperationSchema, Schema
from mistadmin.core.paging import Groups, Slice
from mistadmin.core.times import spelled_range
from mistadmin.core.versions import Seen, answer_of

log = structlog.get_logger(__name__)

SAFE: Final = ("GET", "HEAD", "OPTIONS")
# What is stored has to be written and masked again, level by level.
MOST_LEVELS: Final = 100
# PostgreSQL gives large floats back as integers, and orjson writes none over 64 bits.
_LEAST, _TOO_MUCH = -(2.0**63), 2.0**64
_MAYBE_LARGE: Final = re.compile(rb"\d[eE]\+?\d|\d{19}")
_TAG: Final = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_TAGS: Final = re.compile(rf"\*|{_TAG}(?:[ \t]*,[ \t]*{_TAG})*")
# What SQLite and PostgreSQL say when somebody else holds the rows for too long.
_BUSY: Final = ("database is locked", "lock timeout", "deadlock detected")


def read_json(raw: bytes) -> Any:
    """JSON that may be stored; an empty text is an empty object. Raises Invalid for anything else."""
    if not raw.strip():
        return {}
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Invalid(f"JSON parse error - {error}") from None
    if b"\\u0000" in raw and _has_nul(data):
        raise Invalid("JSON parse error - NUL characters are not accepted")
    if raw.count(b"[") + raw.count(b"{") > MOST_LEVELS and _is_deeper(data, MOST_LEVELS):
        raise Invalid(f"JSON parse error - nested deeper than {MOST_LEVELS} levels")
    if _MAYBE_LARGE.search(raw) and _has_large(data):
        raise Invalid("JSON parse error - numbers over 64 bits are not accepted")
    return data


class JsonParser(BaseParser):
    """JSON with an empty body allowed; NUL characters are refused where they would reach the database."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        return read_json(stream.read())


class JsonRenderer(BaseRenderer):
    """orjson; UUIDs and times are spelled by the shapes, not here."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        return b"" if data is None else orjson.dumps(data, option=orjson.OPT_NON_STR_KEYS)


class AlwaysJson(DefaultContentNegotiation):
    """Answers in JSON whatever is accepted, as Mist does."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type


def reach_of(view: Any, actor: Actor, named: Mapping[str, Any]) -> tenancy.Scope:
    """What a request may touch: the organization that its address names, if it is one of the actor's.

    Below an MSP, and where no organization is named, all tenants of the actor. Whoever is asked for by a page
    for everybody proves it by a secret that no tenant is known of.
    """
    if view.public:
        return tenancy.ALL
    org_id = None if "msp_id" in named else named.get("org_id")
    return tenancy.Scope(actor.org_ids if org_id is None else actor.org_ids & {org_id})


class ApiView(APIView):
    """Base of every REST view: `self.actor` acts; refusals raised below become Mist's JSON errors.

    Views translate: they hold no permission code, because actions and queries ask the actor themselves.
    """

    parser_classes: ClassVar[tuple[type[BaseParser], ...]] = (JsonParser,)
    renderer_classes = (JsonRenderer,)
    content_negotiation_class = AlwaysJson
    permission_classes = ()
    throttle_classes = ()
    # None leaves operations out of the API document.
    schema: OperationSchema | None = OperationSchema()
    # OPTIONS would describe the view's Python class to the world.
    metadata_class = None
    public: ClassVar[bool] = False
    # Whether it reads and changes one document by its tag, for the API document.
    has_tag: ClassVar[bool] = False
    # For the API document, by method: the pydantic model of the body, or its schema where it is no object;
    # what is answered where that is no JSON object; and which names of the query are read.
    bodies: ClassVar[Mapping[str, type[BaseModel] | Schema]] = {}
    answers: ClassVar[Mapping[str, Content]] = {}
    query: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    # Methods that answer 400 with the results of what they were asked for, as in a success.
    results_in_refusals: ClassVar[tuple[str, ...]] = ()
    # The parts of the form that a POST takes.
    files: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., HttpResponse]:
        # CSRF is checked where a session authenticates (accounts.auth); tokens need none.
        view: Callable[..., HttpResponse] = csrf_exempt(super().as_view(**initkwargs))
        return view

    @property
    def actor(self) -> Actor:
        actor: Actor = self.request.user
        return actor

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not self.public and not self.actor.is_signed_in:
            raise Unauthenticated
        if not self.public and self.actor.reads_only and request.method not in SAFE:
            raise OnlyLooking
        tenancy.enter(reach_of(self, self.actor, kwargs))

    def body_models(self) -> Mapping[str, type[BaseModel] | Schema]:
        """Method -> model of its body; views that serve several kinds of document answer per kind."""
        return self.bodies

    def operation_ids(self) -> Mapping[str, str]:
        """Method -> name in the API document; views that serve several kinds of document answer per kind."""
        return {}

    def body_object(self) -> dict[str, Any]:
        """The JSON object that was sent; raises Invalid for a list or a scalar."""
        if not isinstance(self.request.data, dict):
            raise Invalid("The body must be a JSON object.")
        return self.request.data

    @property
    def seen(self) -> Seen:
        """The versions that If-Match allows; None without the header and for `*`. Raises Invalid."""
        tags = self._tags("If-Match")
        if tags is None or tags == ["*"]:
            return None
        # A weak tag matches nothing here (RFC 9110, 13.1.1).
        return frozenset(tag[1:-1].partition(".")[0] for tag in tags if tag.startswith('"'))

    def tagged(self, body: Any, version: str) -> Response:
        """One document with its ETag; 304 for a reader who has this very answer.

        The tag is VERSION.ANSWER: If-Match asks for the version alone, because two readers of one document
        may be shown different masks and telemetry; If-None-Match asks for both.
        """
        tag = f'"{version}.{answer_of(body)}"'
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        known = self._tags("If-None-Match") if self.request.method in ("GET", "HEAD") else None
        if known and {"*", tag, f"W/{tag}"}.intersection(known):
            return Response(status=304, headers=headers)
        return Response(body, headers=headers)

    def _tags(self, name: str) -> list[str] | None:
        header = self.request.headers.get(name)
        if header is None:
            return None
        if not _TAGS.fullmatch(header.strip()):
            raise Invalid(f"{name} must be * or a list of tags in double quotes.")
        return re.findall(rf"\*|{_TAG}", header)

    def paged(self, slice_: Slice, body: list[dict[str, Any]] | dict[str, Any]) -> Response:
        """A page of a list with the X-Page headers that clients page by."""
        headers = {
            "X-Page-Total": str(slice_.total),
            "X-Page-Limit": str(slice_.page.limit),
            "X-Page-Page": str(slice_.page.number),
        }
        return Response(body, headers=headers)

    def searched(self, slice_: Slice, during: tuple[datetime, datetime], **more: Any) -> Response:
        """The answer of a search: its rows, what was looked at, and the path of the page after this one."""
        told = spelled_range(*during)
        body = {"results": slice_.rows, **told, "limit": slice_.page.limit, **more, "total": slice_.total}
        if slice_.next:
            # The range is fixed from here on, or its rows would move from page to page.
            asked = {key: text for key, text in self.request.query_params.items() if key != "duration"}
            body["next"] = f"{self.request.path}?{urlencode({**asked, **told, 'page': slice_.next})}"
        return Response(body)

    def counted(
        self, distinct: str, groups: Groups, during: tuple[datetime, datetime], limit: int
    ) -> Response:
        """The answer of a count: how many there are per value, and how many values."""
        rows = [{distinct: value, "count": count} for value, count in groups.rows]
        told = {**spelled_range(*during), "limit": limit, "total": groups.total}
        return Response({"distinct": distinct, "results": rows, **told})

    def handle_exception(self, exc: Exception) -> Response:
        refusal = as_refusal(exc)
        if refusal is None:
            # Unexpected: Django's handler logs it and answers 500 through mistadmin.urls.
            raise exc
        return refused(refusal)


def as_refusal(error: Exception) -> Refusal | None:
    """The refusal that an exception stands for; None when it is a fault of ours."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, ObjectDoesNotExist):
        return NotVisible()  # gone between the look and the change
    if isinstance(error, ProtectedError):
        return Conflict("Something else still uses this.")
    if isinstance(error, IntegrityError):
        return Conflict("Somebody else changed this at the same moment. Look again and repeat it.")
    if isinstance(error, exceptions.APIException):
        return _from_framework(error)
    if isinstance(error, OperationalError) and any(sign in str(error) for sign in _BUSY):
        return Throttled(retry_after=1)
    return None


def refused(refusal: Refusal) -> Response:
    """A refusal as Mist's error object: `detail`, and for bad fields `reason` and each field's problem."""
    body: dict[str, Any] = {"detail": str(refusal)}
    headers = {}
    if isinstance(refusal, Invalid) and refusal.fields:
        body = {
            "detail": f"invalid field: {', '.join(refusal.fields)}",
            "reason": "; ".join(refusal.fields.values()),
            "fields": refusal.fields,
        }
    if isinstance(refusal, Throttled):
        headers["Retry-After"] = str(refusal.retry_after)
    if isinstance(refusal, Unauthenticated):
        headers["WWW-Authenticate"] = "Token"
    return Response(body, status=refusal.status, headers=headers)


class NotFound(ApiView):
    """What /api/… answers where no operation is, in JSON as clients expect."""

    public = True

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        self.http_method_not_allowed = self._absent
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response

    def _absent(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        raise NotVisible


class _MethodRefused(Refusal):
    status = 405


class _MediaRefused(Refusal):
    status = 415


def _from_framework(error: exceptions.APIException) -> Refusal:
    detail = str(error.detail)
    if isinstance(error, exceptions.MethodNotAllowed):
        return _MethodRefused(detail)
    if isinstance(error, exceptions.UnsupportedMediaType):
        return _MediaRefused(detail)
    if isinstance(error, (exceptions.AuthenticationFailed, exceptions.NotAuthenticated)):
        return Unauthenticated(detail)
    return Invalid(detail)


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_has_nul(key) or _has_nul(item) for key, item in value.items())
    return isinstance(value, list) and any(_has_nul(item) for item in value)


def _has_large(value: Any) -> bool:
    if isinstance(value, float):
        return not _LEAST <= value < _TOO_MUCH
    if isinstance(value, dict):
        return any(_has_large(item) for item in value.values())
    return isinstance(value, list) and any(_has_large(item) for item in value)


def _is_deeper(value: Any, levels: int) -> bool:
    if not isinstance(value, (dict, list)):
        return False
    items = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_deeper(item, levels - 1) for item in items)
