"""Every PUT with more in its body than it takes: nobody becomes more, and nothing moves to another tenant."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import pytest

from accounts.models import Admin, ApiToken, Invite, Privilege, Sso, SsoRole
from inventory.models import Device
from orgs.models import DeviceProfile, Org, OrgDoc
from sites.models import Map, Site, SiteGroup
from tests.arch.matrix import CASES
from tests.arch.routes import Operation, operations
from tests.arch.test_access_matrix import Ids, call, undone
from tests.client import ApiClient
from tests.world import UNKNOWN, World

TENANTS: Final = (ApiToken, Invite, Sso, SsoRole, Device, DeviceProfile, OrgDoc, Map, Site, SiteGroup)
OWNED: Final = ("id", "email", "is_staff", "is_active", "via_sso", "password", "email_verified_at")
# These say what somebody holds; the last Super User and the giver's own rights are tried elsewhere.
GIVING: Final = ("admins", "apitokens", "invites", "ssoroles")
TAKEN: Final = ("privileges", "email")
PUTS: Final = [one for one in operations() if one.method == "put"]


def _state(*, without_privileges: bool) -> dict[str, Any]:
    """Who is who, who holds what, and which tenant has which rows."""
    held = Privilege.objects.values_list("admin_id", "token_id", "org_id", "role", "site_id", "sitegroup_id")
    return {
        "accounts": set(Admin.objects.values_list(*OWNED)),
        "privileges": None if without_privileges else set(held),
        "orgs": set(Org.objects.values_list("id", flat=True)),
        **{model.__name__: Counter(model._base_manager.values_list("pk", "org_id")) for model in TENANTS},
    }


def _extras(world: World) -> dict[str, Any]:
    everything = [{"scope": "org", "role": "admin", "org_id": str(world.globex.id)}]
    return {
        **{
            "id": str(UNKNOWN),
            "pk": str(UNKNOWN),
            "org_id": str(world.globex.id),
            "org": str(world.globex.id),
        },
        **{"is_staff": True, "is_superuser": True, "is_active": False, "via_sso": True, "role": "admin"},
        **{"admin_id": str(UNKNOWN), "created_by": str(world.gus.admin.id), "digest": "x", "tenant": "x"},
        **{"email_verified_at": None, "two_factor_since": None, "_state": {}, "__class__": "Admin"},
        **{"privileges": everything, "email": "evil@example.com"},
    }


@pytest.mark.parametrize("who", ["ada", "wes"])
def test_a_body_changes_nothing_but_what_its_operation_is_about(world: World, watched: Any, who: str) -> None:
    ids, client, done = Ids(world), ApiClient(world.people[who].admin), 0
    for operation in PUTS:
        gives = any(word in operation.path for word in GIVING)
        before = _state(without_privileges=gives)
        with undone():
            for body in _bodies(operation):
                extras = {
                    key: value for key, value in _extras(world).items() if not gives or key not in TAKEN
                }
                reply = call(client, operation, ids.of(operation.path), {**extras, **body})
                assert reply.status < 500, (reply.request, reply.body)
                done += reply.status == 200
            assert _state(without_privileges=gives) == before, str(operation)
    watched.forget()
    assert done > (10 if who == "ada" else 5)


def _bodies(operation: Operation) -> list[dict[str, Any]]:
    cases = CASES.get(str(operation), ())
    bodies = [case.body for case in cases if isinstance(case.body, dict)] or [{}]
    # Releasing is what this one is about.
    return [body for body in bodies if body.get("op") != "delete"]
