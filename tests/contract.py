"""The published API document as a contract: which operation a path is, and what a reply must look like.

The document is not part of this repository. Tests look for it in the folder that MIST_API_DIR names, else in
`shared/mist-api` beside the checkout; without it nothing is compared.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

import jsonschema_rs

# Where the document contradicts what clients need; each with the reason.
FAULTS: Final = {
    "createApiToken": "documented as an array; clients expect the one token that was created",
}
# What the document says and clients contradict, corrected in its schemas before anything is compared.
CORRECTIONS: Final[dict[str, dict[str, Any]]] = {
    # A device of the inventory without a site has null there.
    "inventory.properties.site_id": {"nullable": True},
    "inventory_search_result.properties.site_id": {"nullable": True},
    # Reasons stand beside the errors they explain, one each, also when two are alike.
    "strings": {"uniqueItems": False},
    # The accounts stand among the keys of the setting, which are not accounts themselves.
    "site_setting_derived_accounts": {"additionalProperties": True},
    # The list of what was added is there, and empty, when nothing was.
    "response_inventory_inventory_added": {"minItems": 0},
    "response_inventory_inventory_duplicated": {"minItems": 0},
    # Who belongs to no organization, or none any more, has an empty list.
    "admin_privileges": {"minItems": 0},
    # An organization without access points has an empty list of them.
    "ap_radio_macs": {"minItems": 0},
    # An organization that belongs to no MSP, or has no alarm template, has null there.
    "stats_org.properties.msp_id": {"nullable": True},
    "stats_org.properties.alarmtemplate_id": {"nullable": True},
    # A site that nobody has put on the map has null there.
    "stats_site.properties.latlng": {"nullable": True},
    "installer_site.properties.latlng": {"nullable": True},
}

METHODS: Final = ("get", "post", "put", "delete")
_PARAMETER: Final = re.compile(r"\\\{[^}]+\\\}")


@dataclass(frozen=True)
class Operation:
    """One operation of the document."""

    id: str
    method: str
    path: str
    reply: dict[str, Any] | None


class Contract:
    """The document, ready to be asked."""

    def __init__(self, document: dict[str, Any]) -> None:
        for path, correction in CORRECTIONS.items():
            target: Any = document["components"]["schemas"]
            for key in path.split("."):
                target = target[key]
            target.update(correction)
        self._components = _with_null(document["components"])
        self._document = {**document, "components": self._components}
        self._validators: dict[str, Any] = {}

    @cached_property
    def operations(self) -> list[tuple[re.Pattern[str], Operation]]:
        """Every operation with the pattern of its path, literal paths first."""
        found = []
        for path in sorted(self._document["paths"], key=lambda p: (p.count("{"), p)):
            pattern = re.compile(_PARAMETER.sub("[^/]+", re.escape(path)) + "$")
            for method, stated in self._document["paths"][path].items():
                if method in METHODS:
                    reply = _json_schema(self._resolved(stated["responses"].get("200", {})))
                    found.append((pattern, Operation(stated["operationId"], method, path, reply)))
        return found

    def find(self, method: str, path: str) -> Operation | None:
        """The operation that a request calls; None when the document has none there."""
        for pattern, operation in self.operations:
            if operation.method == method.lower() and pattern.match(path):
                return operation
        return None

    def problems(self, operation: Operation, body: Any) -> list[str]:
        """What is wrong with the body of a success, each with its path in the body."""
        if operation.reply is None or operation.id in FAULTS:
            return []
        if operation.id not in self._validators:
            schema = {**_with_null(operation.reply), "components": self._components}
            self._validators[operation.id] = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
        errors = self._validators[operation.id].iter_errors(body)
        return [f"{'.'.join(map(str, error.instance_path)) or 'body'}: {error.message}" for error in errors][
            :10
        ]

    def _resolved(self, stated: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in stated:
            target: Any = self._document
            for part in stated["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            stated = target
        return stated


@cache
def contract() -> Contract | None:
    """The contract, read once; None when the document is not there."""
    path = document_path()
    return Contract(json.loads(path.read_text())) if path.is_file() else None


def document_path() -> Path:
    """Where the document is looked for."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "mist-api"
    return Path(os.environ.get("MIST_API_DIR") or beside) / "openapi.json"


def _json_schema(response: dict[str, Any]) -> dict[str, Any] | None:
    for media, content in response.get("content", {}).items():
        if "json" in media:
            schema: dict[str, Any] | None = content.get("schema")
            return schema
    return None


def _with_null(node: Any) -> Any:
    """The schema with `nullable: true` spelled so that JSON Schema 2020-12 understands it."""
    if isinstance(node, list):
        return [_with_null(item) for item in node]
    if not isinstance(node, dict):
        return node
    spelled = {key: _with_null(value) for key, value in node.items() if key not in ("example", "examples")}
    if spelled.get("nullable") is True:
        return {
            "anyOf": [{key: value for key, value in spelled.items() if key != "nullable"}, {"type": "null"}]
        }
    return spelled
