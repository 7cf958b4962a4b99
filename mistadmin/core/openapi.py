"""Our own OpenAPI document: operation names from docstrings, request bodies from pydantic models."""

from __future__ import annotations

import re
from typing import Any, Final

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from pydantic import BaseModel

_METHODS: Final = ("get", "post", "put", "delete")
_OBJECT: Final[dict[str, Any]] = {"type": "object", "additionalProperties": True}
_ERROR: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "detail": {"type": "string"},
        "reason": {"type": "string"},
        "fields": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "required": ["detail"],
}


class OperationSchema(AutoSchema):
    """Describes an ApiView: its docstring starts with the operation ids, one for each method in order."""

    def get_operation_id(self) -> str:
        """The Mist name of the operation; a generated one where the docstring names none."""
        named = dict(zip(self._methods(), self._names(), strict=False))
        name: str = named.get(self.method.lower(), "") if len(named) == len(self._methods()) else ""
        return name or super().get_operation_id()

    def get_auth(self) -> list[dict[str, list[str]]]:
        """An API token, or the session cookie of the portal; nothing for public operations."""
        return [] if self.view.public else [{"token": []}, {"session": []}]

    def get_tags(self) -> list[str]:
        """The app that serves the operation."""
        return [type(self.view).__module__.partition(".")[0]]

    def get_request_serializer(self) -> Any:
        """The JSON body a method takes; None where it takes none."""
        if self.method.lower() not in ("post", "put"):
            return None
        model = self.view.body_models().get(self.method.lower())
        return {"application/json": inlined(model) if model else _OBJECT}

    def get_response_serializers(self) -> Any:
        """Success is always 200; every refusal has the same shape."""
        stale = {412: _ERROR} if self.view.has_tag and self.method in ("PUT", "DELETE") else {}
        return {200: {"type": "object"}, 400: _ERROR, 401: _ERROR, 403: _ERROR, 404: _ERROR, **stale}

    def get_override_parameters(self) -> list[Any]:
        """The header that asks for the tag of a document."""
        name = {"GET": "If-None-Match", "PUT": "If-Match", "DELETE": "If-Match"}.get(self.method)
        if name is None or not self.view.has_tag:
            return []
        return [OpenApiParameter(name, str, OpenApiParameter.HEADER, description="* or tags of ETag")]

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
