"""What each operation needs, written down a second time and on purpose not read from core/access.py.

The words are those of tests/accounts/oracle.yaml, which says who may do what; what an operation needs follows
its meaning. A new route has to be added here before the suite passes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

# Where a right has to reach: the whole organization, the site of the path, or one site at least.
ORG, SITE, SOMEWHERE = "org", "site", "somewhere"
# The MSP of the path, where roles in its organizations count for nothing.
MSP = "msp"


@dataclass(frozen=True, slots=True)
class Case:
    """One call of an operation: what it needs, how far that has to reach, and a body that is fine."""

    needs: str
    reach: str = ORG
    body: Any = None
    query: str = ""
    # What those get who may: 400 where the cast's world refuses what their role allows.
    status: int = 200


_NAMED: Final = {"name": "Matrix"}
_ROLES: Final = {"privileges": [{"scope": "org", "role": "read"}]}
_SSO_ROLE: Final = {"name": "Matrix", "privileges": [{"scope": "org", "role": "read"}]}
_TOKEN: Final = {"name": "Matrix", "privileges": [{"scope": "org", "role": "read"}]}

# Operations that ask who somebody is and nothing of what they may do.
PUBLIC: Final = {
    "POST register": "signing up is how accounts begin",
    "POST register/verify/{token}": "the mailed link is the credential",
    "GET register/recaptcha": "signing up asks for it first",
    "POST login": "the password is the credential",
    "POST login/lookup": "asked before the log-in, and tells nothing",
    "POST login/two_factor": "half a log-in is the credential",
    "POST recover": "a forgotten password leaves no credential",
    "POST recover/verify/{token}": "the mailed link is the credential",
    "POST logout": "ending what is not there is fine",
    "GET login/oauth/{provider}": "the way to the provider is for everybody",
    "POST login/oauth/{provider}": "what the provider says is the credential",
}
# Reads that answer only when the query says what about.
QUERIES: Final = {"GET const/states": "country_code=US"}
# Reads that change something, because the document has them so.
CHANGING: Final = frozenset({"GET self/two_factor/token", "GET self/update/verify/{token}"})
OWN: Final = frozenset(
    {
        *CHANGING,
        "GET self",
        "PUT self",
        "DELETE self",
        "POST self/update",
        "POST self/two_factor/verify",
        "GET self/login_failures",
        "GET self/usage",
        "GET self/apitokens",
        "POST self/apitokens",
        "GET self/apitokens/{token_id}",
        "PUT self/apitokens/{token_id}",
        "DELETE self/apitokens/{token_id}",
        "GET self/logs",
        "POST invite/verify/{token}",
        "GET self/oauth/{provider}",
        "POST self/oauth/{provider}",
        "DELETE login/oauth/{provider}",
        "GET const/countries",
        "GET const/device_events",
        "GET const/device_models",
        "GET const/mxedge_events",
        "GET const/mxedge_models",
        "GET const/states",
        "POST orgs",
        "POST msps",
    }
)

_AT_MSP: Final = {"privileges": [{"scope": "msp", "role": "read"}]}
_MEMBERS: Final = {"name": "Matrix", "org_ids": ["{org_id}"]}


def _msp(needs: str, **more: Any) -> tuple[Case, ...]:
    return (Case(needs, MSP, **more),)


CASES: Final[dict[str, tuple[Case, ...]]] = {
    "GET msps/{msp_id}": _msp("see_msp"),
    "PUT msps/{msp_id}": _msp("manage_msp", body=_NAMED),
    # It has organizations.
    "DELETE msps/{msp_id}": _msp("manage_msp", status=400),
    "GET msps/{msp_id}/orgs": _msp("see_msp"),
    "POST msps/{msp_id}/orgs": _msp("manage_msp", body=_NAMED),
    "PUT msps/{msp_id}/orgs": _msp("manage_msp", body={"op": "assign", "org_ids": ["{org_id}"]}),
    "GET msps/{msp_id}/orgs/search": _msp("see_msp"),
    "GET msps/{msp_id}/orgs/{org_id}": _msp("see_msp"),
    # What is done to an organization takes the role there, which whoever manages the MSP has.
    "PUT msps/{msp_id}/orgs/{org_id}": _msp("manage_msp", body=_NAMED),
    "DELETE msps/{msp_id}/orgs/{org_id}": _msp("manage_msp", status=400),
    "GET msps/{msp_id}/orggroups": _msp("see_msp"),
    "POST msps/{msp_id}/orggroups": _msp("manage_msp", body=_MEMBERS),
    "GET msps/{msp_id}/orggroups/{orggroup_id}": _msp("see_msp"),
    "PUT msps/{msp_id}/orggroups/{orggroup_id}": _msp("manage_msp", body=_MEMBERS),
    "DELETE msps/{msp_id}/orggroups/{orggroup_id}": _msp("manage_msp"),
    "GET msps/{msp_id}/admins": _msp("manage_msp_admins"),
    "GET msps/{msp_id}/admins/{admin_id}": _msp("manage_msp_admins"),
    "PUT msps/{msp_id}/admins/{admin_id}": _msp("manage_msp_admins", body=_AT_MSP),
    "DELETE msps/{msp_id}/admins/{admin_id}": _msp("manage_msp_admins"),
    "POST msps/{msp_id}/invites": _msp("manage_msp_admins", body={"email": "matrix@example.com", **_AT_MSP}),
    "PUT msps/{msp_id}/invites/{invite_id}": _msp("manage_msp_admins", body={"hours": 48}),
    "DELETE msps/{msp_id}/invites/{invite_id}": _msp("manage_msp_admins"),
    "GET msps/{msp_id}/logs": _msp("see_msp_audit"),
    "GET msps/{msp_id}/logs/count": _msp("see_msp_audit"),
    "GET msps/{msp_id}/inventory/{device_mac}": _msp("see_msp"),
    "GET msps/{msp_id}/stats/orgs": _msp("see_msp"),
    "GET orgs/{org_id}": (Case("see_org", SOMEWHERE),),
    "PUT orgs/{org_id}": (Case("manage_org", body=_NAMED),),
    "DELETE orgs/{org_id}": (Case("manage_org", status=400),),
    "GET orgs/{org_id}/setting": (Case("see_settings"),),
    "PUT orgs/{org_id}/setting": (Case("manage_org", body={"ui_idle_timeout": 10}),),
    "GET orgs/{org_id}/apitokens": (Case("see_tokens"),),
    "POST orgs/{org_id}/apitokens": (Case("manage_tokens", body=_TOKEN),),
    "GET orgs/{org_id}/apitokens/{token_id}": (Case("see_tokens"),),
    "PUT orgs/{org_id}/apitokens/{token_id}": (Case("manage_tokens", body=_NAMED),),
    "DELETE orgs/{org_id}/apitokens/{token_id}": (Case("manage_tokens"),),
    "GET orgs/{org_id}/admins": (Case("manage_admins"),),
    "PUT orgs/{org_id}/admins/{admin_id}": (Case("manage_admins", body=_ROLES),),
    "DELETE orgs/{org_id}/admins/{admin_id}": (Case("manage_admins"),),
    "POST orgs/{org_id}/invites": (Case("manage_admins", body={"email": "matrix@example.com", **_ROLES}),),
    "PUT orgs/{org_id}/invites/{invite_id}": (Case("manage_admins", body={"hours": 48}),),
    "DELETE orgs/{org_id}/invites/{invite_id}": (Case("manage_admins"),),
    "GET orgs/{org_id}/ssos": (Case("manage_admins"),),
    "POST orgs/{org_id}/ssos": (Case("manage_admins", body=_NAMED),),
    "GET orgs/{org_id}/ssos/{sso_id}": (Case("manage_admins"),),
    "PUT orgs/{org_id}/ssos/{sso_id}": (Case("manage_admins", body=_NAMED),),
    "DELETE orgs/{org_id}/ssos/{sso_id}": (Case("manage_admins"),),
    "GET orgs/{org_id}/ssos/{sso_id}/failures": (Case("manage_admins"),),
    "GET orgs/{org_id}/ssos/{sso_id}/metadata": (Case("manage_admins"),),
    "GET orgs/{org_id}/ssos/{sso_id}/metadata.xml": (Case("manage_admins"),),
    "GET orgs/{org_id}/ssoroles": (Case("manage_admins"),),
    "POST orgs/{org_id}/ssoroles": (Case("manage_admins", body=_SSO_ROLE),),
    "GET orgs/{org_id}/ssoroles/{ssorole_id}": (Case("manage_admins"),),
    "PUT orgs/{org_id}/ssoroles/{ssorole_id}": (Case("manage_admins", body=_NAMED),),
    "DELETE orgs/{org_id}/ssoroles/{ssorole_id}": (Case("manage_admins"),),
    "GET orgs/{org_id}/logs": (Case("see_audit", SOMEWHERE),),
    "GET orgs/{org_id}/logs/search": (Case("see_audit", SOMEWHERE),),
    "GET orgs/{org_id}/logs/count": (Case("see_audit", SOMEWHERE),),
    "GET orgs/{org_id}/sites": (Case("see_sites", SOMEWHERE),),
    "POST orgs/{org_id}/sites": (Case("create_sites", body=_NAMED),),
    "GET orgs/{org_id}/sites/search": (Case("see_sites", SOMEWHERE),),
    "GET orgs/{org_id}/sites/count": (Case("see_sites", SOMEWHERE),),
    "GET orgs/{org_id}/sitegroups": (Case("see_sites", SOMEWHERE),),
    "POST orgs/{org_id}/sitegroups": (Case("create_sites", body=_NAMED),),
    "GET orgs/{org_id}/sitegroups/{sitegroup_id}": (Case("see_sites", SITE),),
    "PUT orgs/{org_id}/sitegroups/{sitegroup_id}": (Case("create_sites", body=_NAMED),),
    "DELETE orgs/{org_id}/sitegroups/{sitegroup_id}": (Case("create_sites"),),
    "GET orgs/{org_id}/inventory": (Case("see_inventory", SOMEWHERE),),
    "POST orgs/{org_id}/inventory": (Case("claim", body=["{code}"]),),
    "PUT orgs/{org_id}/inventory": (
        Case("install", SITE, body={"op": "assign", "macs": ["{mac}"], "site_id": "{site_id}"}),
        Case("manage_devices", body={"op": "unassign", "macs": ["{mac}"]}),
        Case("manage_devices", body={"op": "delete", "macs": ["{mac}"]}),
    ),
    "GET orgs/{org_id}/inventory/search": (Case("see_inventory", SOMEWHERE),),
    "GET orgs/{org_id}/inventory/count": (Case("see_inventory", SOMEWHERE),),
    "POST orgs/{org_id}/inventory/replace": (
        Case(
            "manage_devices",
            SITE,
            body={"site_id": "{site_id}", "mac": "{mac}", "inventory_mac": "{mac}"},
            status=400,
        ),
    ),
    # The commands hold a secret: who may claim devices may have them.
    "GET orgs/{org_id}/ocdevices/outbound_ssh_cmd": (Case("claim"),),
    "GET orgs/{org_id}/jsi/devices/outbound_ssh_cmd": (Case("claim"),),
    # What was sold belongs to no site.
    "GET orgs/{org_id}/jsi/devices": (Case("see_inventory"),),
    "GET orgs/{org_id}/jsi/inventory": (Case("see_inventory"),),
    "GET orgs/{org_id}/jsi/inventory/count": (Case("see_inventory"),),
    "GET orgs/{org_id}/jsi/inventory/search": (Case("see_inventory"),),
    # No account service is configured.
    "POST orgs/{org_id}/setting/juniper/link_accounts": (
        Case("manage_org", body={"username": "ada@example.com", "password": "secret"}, status=400),
    ),
    "DELETE orgs/{org_id}/setting/juniper/unlink_account": (Case("manage_org", body={"name": "ABC Corp"}),),
    "GET orgs/{org_id}/128routers/register_cmd": (Case("claim"),),
    "GET orgs/{org_id}/ssr/register_cmd": (Case("claim"),),
    "POST orgs/{org_id}/inventory/reevaluate_auto_assignment": (Case("manage_devices"),),
    "GET orgs/{org_id}/deviceprofiles": (Case("see_templates", SOMEWHERE),),
    "POST orgs/{org_id}/deviceprofiles": (Case("manage_templates", body=_NAMED),),
    "GET orgs/{org_id}/deviceprofiles/{doc_id}": (Case("see_templates", SOMEWHERE),),
    "PUT orgs/{org_id}/deviceprofiles/{doc_id}": (Case("manage_templates", body=_NAMED),),
    "DELETE orgs/{org_id}/deviceprofiles/{doc_id}": (Case("manage_templates"),),
    "GET orgs/{org_id}/devices": (Case("see_inventory", SOMEWHERE),),
    "GET orgs/{org_id}/devices/count": (Case("see_inventory", SOMEWHERE),),
    "GET orgs/{org_id}/devices/search": (Case("see_inventory", SOMEWHERE),),
    "GET orgs/{org_id}/devices/summary": (Case("see_inventory", SOMEWHERE),),
    "GET orgs/{org_id}/devices/radio_macs": (Case("see_inventory", SOMEWHERE),),
    "GET orgs/{org_id}/devices/events/search": (Case("see_inventory", SOMEWHERE),),
    "GET orgs/{org_id}/devices/events/count": (Case("see_inventory", SOMEWHERE),),
    "GET orgs/{org_id}/stats": (Case("see_inventory", SOMEWHERE),),
    "GET orgs/{org_id}/stats/devices": (Case("see_inventory", SOMEWHERE),),
    "GET orgs/{org_id}/stats/sites": (Case("see_inventory", SOMEWHERE),),
    # An installer has no templates, so the profile is not there to be given either.
    "POST orgs/{org_id}/deviceprofiles/{doc_id}/assign": (Case("manage_devices", body={"macs": ["{mac}"]}),),
    "POST orgs/{org_id}/deviceprofiles/{doc_id}/unassign": (
        Case("manage_devices", body={"macs": ["{mac}"]}),
    ),
    "GET orgs/{org_id}/templates": (Case("see_templates", SOMEWHERE),),
    "POST orgs/{org_id}/templates": (Case("manage_templates", body=_NAMED),),
    "GET orgs/{org_id}/templates/{doc_id}": (Case("see_templates", SOMEWHERE),),
    "PUT orgs/{org_id}/templates/{doc_id}": (Case("manage_templates", body=_NAMED),),
    "DELETE orgs/{org_id}/templates/{doc_id}": (Case("manage_templates"),),
    "GET orgs/{org_id}/rftemplates": (Case("see_templates", SOMEWHERE),),
    "POST orgs/{org_id}/rftemplates": (Case("manage_templates", body=_NAMED),),
    "GET orgs/{org_id}/rftemplates/{doc_id}": (Case("see_templates", SOMEWHERE),),
    "PUT orgs/{org_id}/rftemplates/{doc_id}": (Case("manage_templates", body=_NAMED),),
    "DELETE orgs/{org_id}/rftemplates/{doc_id}": (Case("manage_templates"),),
    "GET installer/orgs/{org_id}/alarmtemplates": (Case("install", SOMEWHERE),),
    "GET installer/orgs/{org_id}/deviceprofiles": (Case("install", SOMEWHERE),),
    "GET installer/orgs/{org_id}/rftemplates": (Case("install", SOMEWHERE),),
    "GET installer/orgs/{org_id}/sitegroups": (Case("install", SOMEWHERE),),
    "GET installer/orgs/{org_id}/sites": (Case("install", SOMEWHERE),),
    "PUT installer/orgs/{org_id}/sites/{site_name}": (Case("install", body={"address": "Matrix"}),),
    "GET installer/orgs/{org_id}/sites/{site_name}/maps": (Case("install", SITE),),
    "POST installer/orgs/{org_id}/sites/{site_name}/maps/{map_id}": (
        # There is one of this id already.
        Case("install", SITE, body=_NAMED, status=400),
    ),
    "PUT installer/orgs/{org_id}/sites/{site_name}/maps/{map_id}": (Case("install", SITE, body=_NAMED),),
    "DELETE installer/orgs/{org_id}/sites/{site_name}/maps/{map_id}": (Case("install", SITE),),
    # Those who may get as far as being told that there is no file.
    "POST installer/orgs/{org_id}/sites/{site_name}/maps/import": (Case("install", SITE, status=400),),
    "GET installer/orgs/{org_id}/devices": (Case("install", SOMEWHERE),),
    "POST installer/orgs/{org_id}/devices": (Case("claim", SOMEWHERE, body=["{code}"]),),
    "PUT installer/orgs/{org_id}/devices/{device_mac}": (Case("install", SITE, body=_NAMED),),
    "DELETE installer/orgs/{org_id}/devices/{device_mac}": (Case("install", SITE),),
    "POST installer/orgs/{org_id}/devices/{device_mac}/{image_name}": (Case("install", SITE, status=400),),
    "DELETE installer/orgs/{org_id}/devices/{device_mac}/{image_name}": (Case("install", SITE, status=404),),
    "POST sites/{site_id}/devices/{device_id}/image{image_number}": (Case("install", SITE, status=400),),
    "DELETE sites/{site_id}/devices/{device_id}/image{image_number}": (Case("install", SITE, status=404),),
    "POST sites/{site_id}/devices/{device_id}/image/{image_number}": (Case("install", SITE, status=400),),
    "DELETE sites/{site_id}/devices/{device_id}/image/{image_number}": (Case("install", SITE, status=404),),
    "GET orgs/{org_id}/mxedges": (Case("see_mxedges", SOMEWHERE),),
    "POST orgs/{org_id}/mxedges": (Case("manage_mxedges", body={"name": "Matrix", "model": "ME-VM"}),),
    "POST orgs/{org_id}/mxedges/assign": (
        Case("manage_mxedges", SITE, body={"mxedge_ids": ["{mxedge_id}"], "site_id": "{site_id}"}),
    ),
    "POST orgs/{org_id}/mxedges/unassign": (Case("manage_mxedges", body={"mxedge_ids": ["{mxedge_id}"]}),),
    "POST orgs/{org_id}/mxedges/claim": (Case("manage_mxedges", body={"code": "{edge_code}"}),),
    "GET orgs/{org_id}/mxedges/count": (Case("see_mxedges", SOMEWHERE),),
    "GET orgs/{org_id}/mxedges/search": (Case("see_mxedges", SOMEWHERE),),
    "GET orgs/{org_id}/mxedges/{mxedge_id}": (Case("see_mxedges", SITE),),
    "PUT orgs/{org_id}/mxedges/{mxedge_id}": (Case("manage_mxedges", SITE, body={"note": "Matrix"}),),
    "DELETE orgs/{org_id}/mxedges/{mxedge_id}": (Case("manage_mxedges", SITE),),
    # Those who may get as far as being told that there is no picture.
    "POST orgs/{org_id}/mxedges/{mxedge_id}/image/{image_number}": (
        Case("manage_mxedges", SITE, body={}, status=400),
    ),
    "DELETE orgs/{org_id}/mxedges/{mxedge_id}/image/{image_number}": (
        Case("manage_mxedges", SITE, status=404),
    ),
    "GET sites/{site_id}/mxedges": (Case("see_mxedges", SITE),),
    "GET sites/{site_id}/mxedges/{mxedge_id}": (Case("see_mxedges", SITE),),
    "PUT sites/{site_id}/mxedges/{mxedge_id}": (Case("manage_mxedges", SITE, body={"note": "Matrix"}),),
    "DELETE sites/{site_id}/mxedges/{mxedge_id}": (Case("manage_mxedges", SITE),),
    "GET sites/{site_id}": (Case("see_sites", SITE),),
    "PUT sites/{site_id}": (Case("configure_sites", SITE, body=_NAMED),),
    "DELETE sites/{site_id}": (Case("create_sites", SITE),),
    "GET sites/{site_id}/setting": (Case("see_sites", SITE),),
    "PUT sites/{site_id}/setting": (Case("configure_sites", SITE, body={"vars": {"a": "b"}}),),
    "GET sites/{site_id}/setting/derived": (Case("see_sites", SITE),),
    "GET sites/{site_id}/devices": (Case("see_inventory", SITE),),
    "GET sites/{site_id}/devices/{device_id}": (Case("see_inventory", SITE),),
    "PUT sites/{site_id}/devices/{device_id}": (Case("install", SITE, body={"notes": "Matrix"}),),
    "GET sites/{site_id}/devices/count": (Case("see_inventory", SITE),),
    "GET sites/{site_id}/devices/search": (Case("see_inventory", SITE),),
    "GET sites/{site_id}/devices/events/search": (Case("see_inventory", SITE),),
    "GET sites/{site_id}/devices/events/count": (Case("see_inventory", SITE),),
    "GET sites/{site_id}/devices/export": (Case("see_inventory", SITE),),
    "POST sites/{site_id}/devices/import": (
        Case("install", SITE, body=[{"mac": "{mac}", "notes": "Matrix"}]),
        Case("manage_devices", SITE, body=[{"mac": "{mac}", "x": 1.5}]),
    ),
    "GET sites/{site_id}/maps": (Case("see_maps", SITE),),
    "POST sites/{site_id}/maps": (Case("edit_maps", SITE, body=_NAMED),),
    "GET sites/{site_id}/maps/{map_id}": (Case("see_maps", SITE),),
    "PUT sites/{site_id}/maps/{map_id}": (Case("edit_maps", SITE, body=_NAMED),),
    "DELETE sites/{site_id}/maps/{map_id}": (Case("edit_maps", SITE),),
    # Those who may get as far as being told that there is no picture.
    "POST sites/{site_id}/maps/{map_id}/image": (Case("edit_maps", SITE, status=400),),
    "DELETE sites/{site_id}/maps/{map_id}/image": (Case("edit_maps", SITE, status=404),),
    "POST sites/{site_id}/maps/{map_id}/replace": (Case("edit_maps", SITE, status=400),),
    "POST sites/{site_id}/maps/import": (Case("edit_maps", SITE, status=400),),
    "POST orgs/{org_id}/maps/import": (Case("edit_maps", SOMEWHERE, status=400),),
    "POST orgs/{org_id}/sites/{site_name}/maps/import": (Case("edit_maps", SITE, status=400),),
    "GET sites/{site_id}/stats": (Case("see_inventory", SITE),),
    "GET sites/{site_id}/stats/devices": (Case("see_inventory", SITE),),
    "GET sites/{site_id}/stats/devices/{device_id}": (Case("see_inventory", SITE),),
}
