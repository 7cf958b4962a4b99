"""Bases of the request models, and the one way from untrusted JSON to a checked model."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError, WithJsonSchema

from mistadmin.core.errors import Invalid

M = TypeVar("M", bound=BaseModel)

# Keys that the server owns; clients send back what they read, so they are dropped and never an error.
READ_ONLY = frozenset({"id", "org_id", "site_id", "msp_id", "created_time", "modified_time", "for_site"})


class Request(BaseModel):
    """A request body: declared keys are checked, unknown ones are left out."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)


class Doc(BaseModel):
    """A stored document: declared keys are checked, unknown ones are kept as they came."""

    model_config = ConfigDict(extra="allow")


def _named(text: str) -> str:
    text = text.strip()
    if not text:
        raise ValueError("must not be empty")
    if len(text) > 255:
        raise ValueError("must be at most 255 characters long")
    if any(ord(c) < 32 for c in text):
        raise ValueError("must not contain control characters")
    return text


Name = Annotated[str, AfterValidator(_named)]


def _no_empty_id(value: Any) -> Any:
    # Clients write "no such object" as an empty string as often as null.
    return None if value == "" else value


_ID_OR_NONE = {
    "anyOf": [{"type": "string", "format": "uuid"}, {"type": "string", "maxLength": 0}, {"type": "null"}]
}
OptionalId = Annotated[UUID | None, BeforeValidator(_no_empty_id), WithJsonSchema(_ID_OR_NONE)]


def parse(model: type[M], data: Any) -> M:
    """Check a JSON object against a request model; raises Invalid naming every field that is wrong."""
    if not isinstance(data, Mapping):
        raise Invalid("The body must be a JSON object.")
    try:
        return model.model_validate(dict(data))
    except ValidationError as error:
        raise Invalid(_problems(error)) from None


def merge(model: type[Doc], stored: Mapping[str, Any], changes: Any) -> dict[str, Any]:
    """Lay `changes` over a stored document key by key at the top, check the whole, return it as JSON.

    Read-only keys are dropped, null clears a key, absent keys stay (mist-api: PUT semantics). Declared keys
    come back as they were understood, an id in lower case for one; unknown keys as they were sent.
    """
    if not isinstance(changes, Mapping):
        raise Invalid("The body must be a JSON object.")
    kept = {key: value for key, value in changes.items() if key not in READ_ONLY}
    whole = {key: value for key, value in {**stored, **kept}.items() if value is not None}
    checked = parse(model, whole)
    return checked.model_dump(mode="json", exclude_unset=True, exclude_none=True)


def epoch(moment: datetime | None) -> float | None:
    """A time as the API spells it: seconds since 1970."""
    return None if moment is None else moment.timestamp()


def _problems(error: ValidationError) -> dict[str, str]:
    problems: dict[str, str] = {}
    for problem in error.errors(include_url=False, include_input=False):
        path = ".".join(str(part) for part in problem["loc"]) or "body"
        problems.setdefault(path, problem["msg"].removeprefix("Value error, "))
    return problems
