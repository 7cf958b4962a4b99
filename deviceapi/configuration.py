"""What a device is told to be: its configuration, and the digest that tells whether it has it."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

from inventory.telemetry import Assignment


def config_of(assignment: Assignment) -> dict[str, Any]:
    """The configuration of a device: what people set on it, with its name, its site and its profile."""
    return {
        **assignment.body,
        "name": assignment.name,
        "site_id": _text(assignment.site_id),
        "deviceprofile_id": _text(assignment.deviceprofile_id),
    }


def hash_of(config: dict[str, Any]) -> str:
    """Sixteen hex digits that change with the configuration."""
    canonical = orjson.dumps(config, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(canonical).hexdigest()[:16]


def _text(value: object) -> str | None:
    return None if value is None else str(value)
