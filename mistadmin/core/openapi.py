"""Our own OpenAPI document: operation names from docstrings, request bodies from pydantic models."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from pydantic import BaseModel

Schema = dict[str, Any]
# Media type -> what an operation takes or answers there.
Content = Mapping[str, Schema]

OBJECT: Final[Schema] = {"type": "object", "additionalProperties": True}
OBJECTS: Final[Schema] = {"type": "array", "items": OBJECT}
TEXTS: Final[Schema] = {"type": "array", "items": {"type": "string"}}
# Who claims codes that are all bad is told what is wrong with each (mist-api: semantics.md, 6).
_RESULTS: Final[Schema] = {
    "type": "object",
    "properties": {"added": TEXTS, "duplicated": TEXTS, "error": TEXTS, "reason": TEXTS},
    "required": ["added", "duplicated", "error", "reason"],
}
# What operations answer beside one object.
LIST: Final[Content] = {"application/json": OBJECTS}
# A list with the X-Page headers of ApiView.paged.
PAGED_LIST: Final[Content] = {"application/json": OBJECTS}
# Names of the query that several operations read.
PAGE: Final = ("page", "limit")
TIME: Final = ("start", "end", "duration")

_METHODS: Final = ("get", "post", "put", "delete")
_ERROR: Final[Schema] = {"$ref": "#/components/schemas/Error"}
_ERROR_SHAPE: Final[Schema] = {
    "type": "object",
    "properties": {
        "detail": {"type": "string", "minLength": 1},
        "reason": {"type": "string"},
        "fields": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "required": ["detail"],
}
# What any request may be refused with, and what one that changes something may be refused with beside that.
# An odd value in a path may lead to another operation, which then has no such method (405).
_REFUSALS: Final = (400, 401, 403, 404, 405, 429)
_CHANGE_REFUSALS: Final = (409, 411, 413, 415)
_NUMBERS: Final[dict[str, Schema]] = {
    "page": {"type": "integer", "minimum": 1, "default": 1},
    # More than 1,000 rows are never given; asking for more is no error.
    "limit": {"type": "integer", "minimum": 0, "default": 100},
    "ttl": {"type": "integer", "minimum": 0},
}
# Clients send empty ones for none.
_ID: Final[Schema] = {"anyOf": [{"type": "string", "format": "uuid"}, {"type": "string", "maxLength": 0}]}
_FORMATS: Final[dict[str, Schema]] = dict.fromkeys(("site_id", "org_id", "mxedge_id"), _ID)
_SWITCHES: Final[dict[str, Schema]] = {
    name: {"type": "boolean"} for name in ("unassigned", "vc", "managed", "stats")
}
_WORDS: Final[dict[str, Schema]] = {"recaptcha_flavor": {"type": "string", "enum": ["google", "hcaptcha"]}}
_QUERY: Final = {**_NUMBERS, **_FORMATS, **_SWITCHES, **_WORDS}
_MEANINGS: Final = {
    "start": "epoch seconds, now, or an age such as -1d",
    "end": "epoch seconds, now, or an age such as -1h",
    "duration": "up to the end: a number with s, m, h, d or w, such as 1d",
    "sort": "a column; - in front for descending",
    "mac": "a MAC address, or several with commas",
    "text": "a part of what is looked for",
}
# The header that names the tags of a document that are fine.
_CONDITIONS: Final = {"get": "If-None-Match", "put": "If-Match", "delete": "If-Match"}
_PAGE_HEADERS: Final = ("X-Page-Total", "X-Page-Limit", "X-Page-Page")
# Where an item does not stand below the collection that creates it.
_ITEMS: Final = {"/api/v1/orgs/{org_id}/sites": "/api/v1/sites/{site_id}"}


class OperationSchema(AutoSchema):
    """Describes an ApiView: its docstring starts with the operation ids, one for each method in order."""

    def get_operation_id(self) -> str:
        """The Mist name of the operation; a generated one where the docstring names none."""
        method = self.method.lower()
        named = dict(zip(self._methods(), self._names(), strict=False))
        name: str = named.get(method, "") if len(named) == len(self._methods()) else ""
        return self.view.operation_ids().get(method) or name or super().get_operation_id()

    def get_auth(self) -> list[dict[str, list[str]]]:
        """An API token, or the session cookie of the portal; nothing for public operations."""
        return [] if self.view.public else [{"token": []}, {"session": []}]

    def get_tags(self) -> list[str]:
        """The app that serves the operation."""
        return [type(self.view).__module__.partition(".")[0]]

    def get_request_serializer(self) -> Any:
        """What a method takes: a JSON body, files in named parts of a form; None where it takes none."""
        method = self.method.lower()
        wanted = self.view.body_models().get(method)
        files = self.view.files if method == "post" else ()
        taken = {"multipart/form-data": _form(files)} if files else {}
        if wanted is None:
            return taken or None
        body = wanted if isinstance(wanted, dict) else inlined(wanted)
        if method == "put" and (self.view.has_tag or self.view.body_models().get("post") is wanted):
            # A change: what is absent stays.
            body = {key: value for key, value in body.items() if key != "required"}
        return {"application/json": body, **taken}

    def get_response_serializers(self) -> Any:
        """Success is always 200; every refusal has the same shape."""
        method = self.method.lower()
        content = self.view.answers.get(method) or {"application/json": OBJECT}
        told: dict[Any, Any] = {(200, media): schema for media, schema in content.items()}
        refusals = _REFUSALS if method == "get" else (*_REFUSALS, *_CHANGE_REFUSALS)
        told.update(dict.fromkeys(refusals, _ERROR))
        if method in self.view.results_in_refusals:
            told[400] = {"anyOf": [_ERROR, _RESULTS]}
        if self.view.has_tag and method == "get":
            told[304] = OpenApiResponse(description="What If-None-Match names is what there is.")
        if self.view.has_tag and method in ("put", "delete"):
            told[412] = _ERROR
        return told

    def get_override_parameters(self) -> list[Any]:
        """Names of the query, the header that asks for the tag of a document, and headers of answers."""
        method = self.method.lower()
        return [
            *(_asked(name) for name in self.view.query.get(method, ())),
            *self._tags(method),
            *self._page_headers(method),
            _told("Retry-After", int, 429),
        ]

    def _tags(self, method: str) -> list[Any]:
        if not self.view.has_tag:
            return []
        told = [] if method == "delete" else [_told("ETag", str, 200, required=False)]
        name = _CONDITIONS.get(method)
        if name is None:
            return told
        return [OpenApiParameter(name, str, OpenApiParameter.HEADER, description="* or tags of ETag"), *told]

    def _page_headers(self, method: str) -> list[Any]:
        paged = self.view.answers.get(method) is PAGED_LIST
        return [_told(name, int, 200) for name in _PAGE_HEADERS] if paged else []

    def _get_request_body(self, direction: str = "request") -> Any:
        if self.method != "DELETE" or "delete" not in self.view.body_models():
            return super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        # Mist names what is unlinked in the body of a DELETE; the library knows no such thing.
        content = self.get_request_serializer()
        return {"content": {media: {"schema": schema} for media, schema in content.items()}}

    def _methods(self) -> list[str]:
        return [method for method in _METHODS if hasattr(self.view, method)]

    def _names(self) -> list[str]:
        opening = re.split(r"[:.]", type(self.view).__doc__ or "", maxsplit=1)[0]
        names = [name.strip() for name in opening.split(",")]
        return names if all(re.fullmatch(r"[a-zA-Z]\w*", name) for name in names) else []


def inlined(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of a model without references, so that it can stand anywhere in a document."""
    schema = model.model_json_schema()
    definitions = schema.pop("$defs", {})

    def resolve(node: Any) -> Any:
        if isinstance(node, dict):
            if "$ref" in node:
                return resolve(definitions[node["$ref"].rpartition("/")[2]])
            return {key: resolve(value) for key, value in node.items()}
        return [resolve(item) for item in node] if isinstance(node, list) else node

    resolved: dict[str, Any] = resolve(schema)
    return resolved


def complete(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add what a refusal is, and which operations take the id that a creation answers with."""
    paths = result["paths"]
    result["components"].setdefault("schemas", {})["Error"] = _ERROR_SHAPE
    for path, operations in paths.items():
        item = _ITEMS.get(path) or next((one for one in paths if _is_item(one, path)), None)
        if item and "post" in operations:
            operations["post"]["responses"]["200"]["links"] = _links(item, paths[item])
    return result


def _is_item(path: str, collection: str) -> bool:
    return bool(re.fullmatch(re.escape(collection) + r"/\{\w+_id\}", path))


def _links(item: str, operations: Mapping[str, Any]) -> dict[str, Any]:
    *given, created = re.findall(r"\{(\w+)\}", item)
    parameters = {name: f"$request.path.{name}" for name in given} | {created: "$response.body#/id"}
    names = [operation["operationId"] for operation in operations.values()]
    return {name: {"operationId": name, "parameters": parameters} for name in names}


def _asked(name: str) -> OpenApiParameter:
    schema = _QUERY.get(name, {"type": "string"})
    return OpenApiParameter(name, schema, OpenApiParameter.QUERY, description=_MEANINGS.get(name, ""))


def _told(name: str, kind: type, status: int, *, required: bool = True) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.HEADER, response=[status], required=required)


def _form(files: tuple[str, ...]) -> Schema:
    """A form with files; a part called json holds what else is wanted."""
    binary = {"type": "string", "format": "binary"}
    parts = {name: {"type": "string"} if name == "json" else binary for name in files}
    return {"type": "object", "properties": parts, "required": [files[0]]}
