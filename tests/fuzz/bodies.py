"""Bodies that are fine, by operation, most of them from the access matrix; good queries; real files."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from deviceapi.simulator.juniper.catalog import ACCOUNTS
from tests.arch.matrix import CASES
from tests.fuzz.scene import PARAMETERS, Scene, Target
from tests.plans import picture, plan, project
from tests.world import PASSWORD

_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
# Values that queries take, beside the ids that a path may have.
_QUERY: Final[dict[str, tuple[Any, ...]]] = {
    "country_code": ("US", "DE"),
    "distinct": ("model", "type", "site_id", "id", "admin_name", "message"),
    "duration": ("1d", "2w"),
    "start": ("-1d",),
    "end": ("now",),
    "page": (1, 2),
    "limit": (1, 100),
    "sort": ("timestamp", "-timestamp"),
    "type": ("ap", "switch", "all"),
    "device_type": ("ap", "all"),
    "status": ("connected", "all"),
    "recaptcha_flavor": ("google", "hcaptcha"),
    "by": ("qrcode",),
    "fields": ("*", "mac,status"),
    "for_site": ("any", "true"),
}
# Operations that are no business of roles, so that the matrix has no body for them.
_OWN: Final[dict[str, Any]] = {
    "POST register": {
        "email": "new{number}@example.com",
        "password": PASSWORD,
        "first_name": "New",
        "last_name": "Comer",
    },
    "POST login": {"email": "{email}", "password": PASSWORD},
    "POST orgs/{org_id}/setting/juniper/link_accounts": {
        "username": ACCOUNTS[1].username,
        "password": ACCOUNTS[1].password,
    },
    "POST orgs/{org_id}/inventory/replace": {
        "site_id": "{site_id}",
        "mac": "{ap_mac}",
        "inventory_mac": "{spare_mac}",
    },
    "POST login/lookup": {"email": "leo@example.com"},
    "POST recover": {"email": "leo@example.com"},
    "PUT self": {"first_name": "Ada", "phone": "+1 555 0100"},
    "POST self/update": {"email": "other{number}@example.com"},
    "POST self/apitokens": {"name": "Fuzz {number}"},
    "DELETE orgs/{org_id}/setting/juniper/unlink_account": {"name": "{juniper_name}"},
    "POST self/two_factor/verify": {"two_factor": "000000"},
    "POST orgs": {"name": "Fuzz {number}"},
    "POST msps": {"name": "Fuzz {number}"},
}
# Names are unique where they are.
_UNIQUE: Final = {"name": "Fuzz {number}"}


def good_body(scene: Scene, method: str, target: Target) -> Any:
    """A body that its operation takes, with the ids of living objects in it; None when none is known."""
    key = f"{method} {target.path.removeprefix('/api/v1/')}"
    known = [case.body for case in CASES.get(key, ()) if case.body is not None]
    if key in _OWN:
        known.append(_OWN[key])
    if not known:
        return None
    chosen = scene.chance.choice(known)
    if isinstance(chosen, dict) and chosen.get("name") == "Matrix":
        chosen = {**chosen, **_UNIQUE}
    return filled(scene, chosen, target)


def filled(scene: Scene, body: Any, target: Target) -> Any:
    """The body with its placeholders replaced."""

    def value(match: re.Match[str]) -> str:
        name = match[1]
        return str(scene.number()) if name == "number" else scene.value(name, target)

    return json.loads(_PLACEHOLDER.sub(value, json.dumps(body)))


def with_real_ids(scene: Scene, body: Any, target: Target) -> Any:
    """The body with real ids under the keys that are called like ids; the rest as it was."""
    if isinstance(body, list):
        return [with_real_ids(scene, item, target) for item in body]
    if not isinstance(body, dict):
        return body
    return {key: _real(scene, key, value, target) for key, value in body.items()}


def has_good_value(name: str) -> bool:
    """Whether a value of this name of a query is known to be good."""
    return name in _QUERY or name in PARAMETERS


def good_value(scene: Scene, name: str, target: Target) -> Any:
    """A value that a query takes under this name."""
    return scene.chance.choice(_QUERY[name]) if name in _QUERY else scene.value(name, target)


def good_form(scene: Scene, target: Target) -> dict[str, Any]:
    """A form with a file that an upload takes."""
    if target.path.endswith("/devices/import"):
        return {"file": b"mac,notes\n%b,Fuzz\n" % scene.value("mac", target).encode()}
    if not target.path.endswith("/maps/import"):
        return {"file": picture()}
    plans = [plan(name=f"Floor {scene.number()}")]
    told = {"vendor_name": "ekahau", "site_id": scene.value("site_id", target)}
    return {"file": project(plans), "json": json.dumps(told)}


def _real(scene: Scene, key: str, value: Any, target: Target) -> Any:
    one = key[:-1] if key.endswith("s") else key
    if isinstance(value, str) and key in PARAMETERS and key.endswith(("_id", "mac")):
        return scene.value(key, target)
    if isinstance(value, list) and one in PARAMETERS and one.endswith(("_id", "mac")):
        return [scene.value(one, target) for _ in value[:3]]
    return with_real_ids(scene, value, target)
