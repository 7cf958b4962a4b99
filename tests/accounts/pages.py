"""What each page needs, in the words of oracle.yaml; a new page has to be added here before the suite passes.

A form is sent as far as it takes to be asked for permission: who has it may be told what is wrong with it.
"""

from __future__ import annotations

from typing import Any, Final

from tests.arch.matrix import MSP, SITE, SOMEWHERE, Case


def _page(needs: str, reach: str = "org", **form: Any) -> Case:
    return Case(needs, reach, body=form)


_VERBS: Final = ("assign", "unassign", "rename", "release")

# Pages for everybody, signed in or not, and those that are about the own account alone.
PUBLIC: Final = {
    "GET /login",
    "POST /login",
    "POST /logout",
    "GET /register",
    "POST /register",
    "GET /register/sent",
    "GET /verify/register",
    "POST /verify/register",
    "GET /verify/invite",
    "POST /verify/invite",
    "GET /verify/recover",
    "POST /verify/recover",
    "GET /recover",
    "POST /recover",
    "GET /recover/sent",
    "GET /login/code",
    "POST /login/code",
    "GET /login/sso",
    "POST /login/sso",
    "GET /login/sso/{domain}",
    "GET /login/google",
    "GET /login/google/callback",
    "GET /mailbox",
    "GET /mailbox/{name}",
    "GET /design",
}
OWN: Final = {
    "GET /",
    "GET /updates",
    "POST /preview/end",
    # Of the instance's staff, absent for everybody else.
    "GET /support",
    "POST /support/look",
    "POST /support/end",
    "GET /account",
    "POST /account",
    "GET /account/password",
    "POST /account/password",
    "GET /account/email",
    "POST /account/email",
    "GET /verify/update",
    "POST /verify/update",
    "GET /account/two_factor",
    "POST /account/two_factor",
    "GET /account/two_factor/codes",
    "POST /account/two_factor/codes",
    "GET /account/two_factor/disable",
    "POST /account/two_factor/disable",
    "POST /account/google/link",
    "POST /account/google/unlink",
    "GET /account/delete",
    "POST /account/delete",
    "GET /orgs/create",
    "POST /orgs/create",
    "GET /msps/create",
    "POST /msps/create",
}

# Forms that are only sent: who opens their address, after a reload say, is led back to the page they are on.
LEADS_BACK: Final = {
    "GET /orgs/{org_id}/settings/delete",
    "GET /orgs/{org_id}/admins/invites/{invite_id}/resend",
    "GET /msps/{msp_id}/admins/invites/{invite_id}/resend",
    "GET /orgs/{org_id}/sites/{site_id}/maps",
    "GET /orgs/{org_id}/devices/{device_id}/images",
    "GET /orgs/{org_id}/inventory/mxedges/{device_id}/images",
    *(f"GET /orgs/{{org_id}}/inventory/actions/{verb}" for verb in (*_VERBS, "manage")),
    *(f"GET /orgs/{{org_id}}/inventory/mxedges/actions/{verb}" for verb in _VERBS),
}

_CHOSEN: Final = {"ids": "{device_id}", "site_id": "{site_id}"}
_EDGE: Final = {"ids": "{edge_id}", "site_id": "{site_id}"}
_LISTS: Final = "/orgs/{org_id}/lists/{key}"
_SEE: Final = "see_inventory"


def _documents(kind: str) -> dict[str, tuple[Case, ...]]:
    base = f"/orgs/{{org_id}}/{kind}"
    change = _page("manage_templates", name="Matrix", body="{}")
    return {
        f"GET {base}": (_page("see_templates", SOMEWHERE),),
        f"GET {base}/create": (_page("manage_templates"),),
        f"POST {base}/create": (change,),
        f"GET {base}/{{doc_id}}": (_page("see_templates", SOMEWHERE),),
        f"POST {base}/{{doc_id}}": (change,),
        f"POST {base}/{{doc_id}}/delete": (_page("manage_templates"),),
    }


def _at_msp(needs: str, **form: Any) -> tuple[Case, ...]:
    return (Case(needs, MSP, body=form),)


_GIVEN_AT_MSP: Final = {"role": "observer", "reach": "msp"}

PAGES: Final[dict[str, tuple[Case, ...]]] = {
    "GET /msps/{msp_id}": _at_msp("see_msp"),
    "GET /msps/{msp_id}/orgs": _at_msp("see_msp"),
    "GET /msps/{msp_id}/orgs/create": _at_msp("manage_msp"),
    "POST /msps/{msp_id}/orgs/create": _at_msp("manage_msp", name="Matrix"),
    "GET /msps/{msp_id}/orgs/assign": _at_msp("manage_msp"),
    "POST /msps/{msp_id}/orgs/assign": _at_msp("manage_msp", orgs="{org_id}"),
    "GET /msps/{msp_id}/orgs/{assigned_id}/unassign": _at_msp("manage_msp"),
    "POST /msps/{msp_id}/orgs/{assigned_id}/unassign": _at_msp("manage_msp"),
    "GET /msps/{msp_id}/orggroups": _at_msp("see_msp"),
    "GET /msps/{msp_id}/orggroups/create": _at_msp("manage_msp"),
    "POST /msps/{msp_id}/orggroups/create": _at_msp("manage_msp", name="Matrix", orgs="{org_id}"),
    "GET /msps/{msp_id}/orggroups/{orggroup_id}": _at_msp("manage_msp"),
    "POST /msps/{msp_id}/orggroups/{orggroup_id}": _at_msp("manage_msp", name="Matrix"),
    "GET /msps/{msp_id}/orggroups/{orggroup_id}/delete": _at_msp("manage_msp"),
    "POST /msps/{msp_id}/orggroups/{orggroup_id}/delete": _at_msp("manage_msp"),
    "GET /msps/{msp_id}/settings": _at_msp("manage_msp"),
    "POST /msps/{msp_id}/settings": _at_msp("manage_msp", name="Matrix"),
    "GET /msps/{msp_id}/settings/delete": _at_msp("manage_msp"),
    "POST /msps/{msp_id}/settings/delete": _at_msp("manage_msp"),
    "GET /msps/{msp_id}/admins": _at_msp("manage_msp_admins"),
    "GET /msps/{msp_id}/admins/invite": _at_msp("manage_msp_admins"),
    "POST /msps/{msp_id}/admins/invite": _at_msp(
        "manage_msp_admins", email="matrix@example.com", **_GIVEN_AT_MSP
    ),
    "GET /msps/{msp_id}/admins/invites/{invite_id}": _at_msp("manage_msp_admins"),
    "POST /msps/{msp_id}/admins/invites/{invite_id}": _at_msp("manage_msp_admins", **_GIVEN_AT_MSP),
    "GET /msps/{msp_id}/admins/invites/{invite_id}/cancel": _at_msp("manage_msp_admins"),
    "POST /msps/{msp_id}/admins/invites/{invite_id}/cancel": _at_msp("manage_msp_admins"),
    "POST /msps/{msp_id}/admins/invites/{invite_id}/resend": _at_msp("manage_msp_admins"),
    "GET /msps/{msp_id}/admins/{admin_id}": _at_msp("manage_msp_admins"),
    "POST /msps/{msp_id}/admins/{admin_id}": _at_msp("manage_msp_admins", **_GIVEN_AT_MSP),
    "GET /msps/{msp_id}/admins/{admin_id}/revoke": _at_msp("manage_msp_admins"),
    "POST /msps/{msp_id}/admins/{admin_id}/revoke": _at_msp("manage_msp_admins"),
    "GET /msps/{msp_id}/logs": _at_msp("see_msp_audit"),
    "GET /msps/{msp_id}/logs/{entry_id}": _at_msp("see_msp_audit"),
    "GET /orgs/{org_id}/settings/msp": (_page("manage_org"),),
    # Nobody of the cast administers an MSP that could be chosen.
    "POST /orgs/{org_id}/settings/msp": (_page("manage_org", msp="{msp_id}"),),
    "GET /orgs/{org_id}/settings/msp/leave": (_page("leave_msp"),),
    "POST /orgs/{org_id}/settings/msp/leave": (_page("leave_msp"),),
    **_documents("deviceprofiles"),
    **_documents("rftemplates"),
    **_documents("templates"),
    # The first page that the role opens; reporting and location have no page of their own yet but the sites.
    "GET /orgs/{org_id}": (_page("see_sites", SOMEWHERE),),
    "GET /orgs/{org_id}/site": (_page("see_sites", SOMEWHERE),),
    "POST /orgs/{org_id}/site": (_page("see_sites", SITE, site_id="{site_id}"),),
    "GET /orgs/{org_id}/sites": (_page("see_sites", SOMEWHERE),),
    "POST /orgs/{org_id}/sites": (_page("create_sites", name="Matrix"),),
    "GET /orgs/{org_id}/sites.csv": (_page("see_sites", SOMEWHERE),),
    "GET /orgs/{org_id}/sites/{site_id}": (_page("see_sites", SITE),),
    "POST /orgs/{org_id}/sites/{site_id}": (_page("configure_sites", SITE, name="Matrix"),),
    "POST /orgs/{org_id}/sites/{site_id}/delete": (_page("create_sites", SITE, name="North"),),
    "GET /orgs/{org_id}/sitegroups": (_page("see_sites", SOMEWHERE),),
    "GET /orgs/{org_id}/sitegroups/create": (_page("create_sites"),),
    "POST /orgs/{org_id}/sitegroups/create": (_page("create_sites", name="Matrix", sites="{site_id}"),),
    "GET /orgs/{org_id}/sitegroups/{sitegroup_id}": (_page("create_sites"),),
    "POST /orgs/{org_id}/sitegroups/{sitegroup_id}": (
        _page("create_sites", name="Matrix", sites="{site_id}"),
    ),
    "GET /orgs/{org_id}/sitegroups/{sitegroup_id}/delete": (_page("create_sites"),),
    "POST /orgs/{org_id}/sitegroups/{sitegroup_id}/delete": (_page("create_sites"),),
    "GET /orgs/{org_id}/search": (Case("see_org", SOMEWHERE, query="q=north"),),
    "GET /orgs/{org_id}/search/palette": (_page("see_org", SOMEWHERE),),
    "GET /orgs/{org_id}/search/found": (_page("see_org", SOMEWHERE),),
    "GET /orgs/{org_id}/logs": (_page("see_audit", SOMEWHERE),),
    "GET /orgs/{org_id}/logs/{entry_id}": (_page("see_audit", SITE),),
    "GET /orgs/{org_id}/settings": (_page("see_settings"),),
    "POST /orgs/{org_id}/settings": (_page("manage_org", name="Matrix"),),
    "POST /orgs/{org_id}/settings/delete": (_page("manage_org", name="Acme"),),
    "GET /orgs/{org_id}/settings/autoprovisioning": (_page("see_settings"),),
    "POST /orgs/{org_id}/settings/autoprovisioning": (
        _page("manage_org"),
        _page("see_settings", action="preview"),
    ),
    # No rule is sent that could be previewed.
    "POST /orgs/{org_id}/settings/autoprovisioning/preview": (Case("see_settings", body={}, status=400),),
    "GET /orgs/{org_id}/settings/autoprovisioning/dry-run": (_page("see_settings"),),
    "POST /orgs/{org_id}/settings/autoprovisioning/re-evaluate": (_page("manage_devices"),),
    "GET /orgs/{org_id}/settings/installer": (_page("manage_org"),),
    "POST /orgs/{org_id}/settings/installer": (_page("manage_org", grace_period="7"),),
    "GET /orgs/{org_id}/settings/juniper/link": (_page("manage_org"),),
    "POST /orgs/{org_id}/settings/juniper/link": (
        _page("manage_org", username="a@example.com", password="x"),
    ),
    "GET /orgs/{org_id}/settings/juniper/{account_id}/unlink": (_page("manage_org"),),
    "POST /orgs/{org_id}/settings/juniper/{account_id}/unlink": (_page("manage_org"),),
    "GET /orgs/{org_id}/admins": (_page("manage_admins"),),
    "GET /orgs/{org_id}/admins/invite": (_page("manage_admins"),),
    "POST /orgs/{org_id}/admins/invite": (
        _page("manage_admins", email="matrix@example.com", role="observer", reach="org"),
    ),
    "GET /orgs/{org_id}/admins/invites/{invite_id}": (_page("manage_admins"),),
    "POST /orgs/{org_id}/admins/invites/{invite_id}": (_page("manage_admins", role="observer", reach="org"),),
    "GET /orgs/{org_id}/admins/invites/{invite_id}/cancel": (_page("manage_admins"),),
    "POST /orgs/{org_id}/admins/invites/{invite_id}/cancel": (_page("manage_admins"),),
    "POST /orgs/{org_id}/admins/invites/{invite_id}/resend": (_page("manage_admins"),),
    "GET /orgs/{org_id}/admins/{admin_id}": (_page("manage_admins"),),
    "POST /orgs/{org_id}/admins/{admin_id}": (_page("manage_admins", role="observer", reach="org"),),
    "GET /orgs/{org_id}/admins/{admin_id}/revoke": (_page("manage_admins"),),
    "POST /orgs/{org_id}/admins/{admin_id}/revoke": (_page("manage_admins"),),
    "GET /orgs/{org_id}/settings/sso/create": (_page("manage_admins"),),
    "POST /orgs/{org_id}/settings/sso/create": (_page("manage_admins", name="Matrix"),),
    "GET /orgs/{org_id}/settings/sso/{sso_id}": (_page("manage_admins"),),
    "POST /orgs/{org_id}/settings/sso/{sso_id}": (_page("manage_admins", name="Matrix"),),
    "GET /orgs/{org_id}/settings/sso/{sso_id}/delete": (_page("manage_admins"),),
    "POST /orgs/{org_id}/settings/sso/{sso_id}/delete": (_page("manage_admins"),),
    "GET /orgs/{org_id}/settings/sso/{sso_id}/metadata.xml": (_page("manage_admins"),),
    "GET /orgs/{org_id}/settings/ssoroles/create": (_page("manage_admins"),),
    "POST /orgs/{org_id}/settings/ssoroles/create": (_page("manage_admins", name="Matrix"),),
    "GET /orgs/{org_id}/settings/ssoroles/{role_id}": (_page("manage_admins"),),
    "POST /orgs/{org_id}/settings/ssoroles/{role_id}": (_page("manage_admins", name="Matrix"),),
    "GET /orgs/{org_id}/settings/ssoroles/{role_id}/delete": (_page("manage_admins"),),
    "POST /orgs/{org_id}/settings/ssoroles/{role_id}/delete": (_page("manage_admins"),),
    "GET /orgs/{org_id}/sites/{site_id}/maps/import": (_page("edit_maps", SITE),),
    "POST /orgs/{org_id}/sites/{site_id}/maps/import": (_page("edit_maps", SITE),),
    "GET /orgs/{org_id}/sites/{site_id}/maps/{map_id}": (_page("see_plan", SITE),),
    "POST /orgs/{org_id}/sites/{site_id}/maps/{map_id}": (_page("edit_maps", SITE, name="Matrix"),),
    "GET /orgs/{org_id}/sites/{site_id}/maps/{map_id}/delete": (_page("edit_maps", SITE),),
    "POST /orgs/{org_id}/sites/{site_id}/maps/{map_id}/delete": (_page("edit_maps", SITE),),
    "GET /orgs/{org_id}/sites/{site_id}/maps/{map_id}/images/{name}": (
        Case("see_plan", SITE, body={}, status=404),
    ),
    "GET /orgs/{org_id}/access": (_page("explore"),),
    "POST /orgs/{org_id}/access/preview": (_page("explore", admin_id="{admin_id}"),),
    "GET /orgs/{org_id}/settings/tokens": (_page("see_tokens"),),
    "GET /orgs/{org_id}/settings/tokens/create": (_page("manage_tokens"),),
    "POST /orgs/{org_id}/settings/tokens/create": (
        _page("manage_tokens", name="Matrix", role="observer", reach="sites", sites="{site_id}"),
    ),
    "GET /orgs/{org_id}/settings/tokens/{token_id}": (_page("manage_tokens"),),
    "POST /orgs/{org_id}/settings/tokens/{token_id}": (
        _page("manage_tokens", name="Matrix", role="observer", reach="all"),
    ),
    "GET /orgs/{org_id}/settings/tokens/{token_id}/revoke": (_page("manage_tokens"),),
    "POST /orgs/{org_id}/settings/tokens/{token_id}/revoke": (_page("manage_tokens"),),
    # Whoever sees Mist Edges alone is led to them.
    "GET /orgs/{org_id}/inventory": (_page("see_hardware", SOMEWHERE),),
    "GET /orgs/{org_id}/inventory/rows": (_page(_SEE, SOMEWHERE),),
    "GET /orgs/{org_id}/inventory/suggest": (Case(_SEE, SOMEWHERE, query="q=ap45"),),
    "GET /orgs/{org_id}/inventory.csv": (_page(_SEE, SOMEWHERE),),
    "GET /orgs/{org_id}/inventory/claim": (_page("claim", SOMEWHERE),),
    "POST /orgs/{org_id}/inventory/claim": (_page("claim", SITE, codes="{code}", site_id="{site_id}"),),
    "GET /orgs/{org_id}/inventory/adopt": (_page("claim", SOMEWHERE),),
    "GET /orgs/{org_id}/inventory/adopt/progress": (_page("claim", SOMEWHERE),),
    "GET /orgs/{org_id}/inventory/adopt/rotate": (_page("manage_org"),),
    "POST /orgs/{org_id}/inventory/adopt/rotate": (_page("manage_org"),),
    "GET /orgs/{org_id}/inventory/installed-base": (_page(_SEE),),
    "GET /orgs/{org_id}/inventory/installed-base.csv": (_page(_SEE),),
    "GET /orgs/{org_id}/inventory/installed-base/progress": (_page(_SEE),),
    "POST /orgs/{org_id}/inventory/installed-base/refresh": (_page("manage_devices"),),
    "POST /orgs/{org_id}/inventory/actions/assign": (_page("install", SITE, **_CHOSEN),),
    "POST /orgs/{org_id}/inventory/actions/unassign": (_page("manage_devices", SITE, **_CHOSEN),),
    "POST /orgs/{org_id}/inventory/actions/manage": (_page("manage_devices", SITE, **_CHOSEN),),
    "POST /orgs/{org_id}/inventory/actions/rename": (_page("install", SITE, **_CHOSEN),),
    "POST /orgs/{org_id}/inventory/actions/release": (_page("manage_devices", SITE, **_CHOSEN),),
    "GET /orgs/{org_id}/inventory/mxedges": (_page("see_mxedges", SOMEWHERE),),
    "GET /orgs/{org_id}/inventory/mxedges/rows": (_page("see_mxedges", SOMEWHERE),),
    "GET /orgs/{org_id}/inventory/mxedges/suggest": (Case("see_mxedges", SOMEWHERE, query="q=me"),),
    "GET /orgs/{org_id}/inventory/mxedges.csv": (_page("see_mxedges", SOMEWHERE),),
    "GET /orgs/{org_id}/inventory/mxedges/claim": (_page("manage_mxedges", SOMEWHERE),),
    "POST /orgs/{org_id}/inventory/mxedges/claim": (
        _page("manage_mxedges", SITE, codes="{edge_code}", site_id="{site_id}"),
    ),
    "GET /orgs/{org_id}/inventory/mxedges/create": (_page("manage_mxedges"),),
    "POST /orgs/{org_id}/inventory/mxedges/create": (_page("manage_mxedges", name="Matrix", model="ME-VM"),),
    "GET /orgs/{org_id}/inventory/mxedges/{edge_id}": (_page("see_mxedges", SITE),),
    "POST /orgs/{org_id}/inventory/mxedges/{device_id}/images": (_page("manage_mxedges", SITE),),
    "POST /orgs/{org_id}/inventory/mxedges/actions/assign": (_page("manage_mxedges", SITE, **_EDGE),),
    "POST /orgs/{org_id}/inventory/mxedges/actions/unassign": (_page("manage_mxedges", SITE, **_EDGE),),
    "POST /orgs/{org_id}/inventory/mxedges/actions/rename": (_page("manage_mxedges", SITE, **_EDGE),),
    "POST /orgs/{org_id}/inventory/mxedges/actions/release": (_page("manage_mxedges", SITE, **_EDGE),),
    "GET /orgs/{org_id}/installer": (_page("install", SOMEWHERE),),
    "GET /orgs/{org_id}/installer/offline": (_page("install", SOMEWHERE),),
    "GET /orgs/{org_id}/installer/state": (_page("install", SOMEWHERE),),
    "GET /orgs/{org_id}/installer/worker.js": (_page("install", SOMEWHERE),),
    "GET /orgs/{org_id}/devices/{device_id}": (_page(_SEE, SITE),),
    "POST /orgs/{org_id}/devices/{device_id}": (_page("install", SITE, name="Matrix"),),
    "POST /orgs/{org_id}/devices/{device_id}/images": (_page("install", SITE),),
    "GET /orgs/{org_id}/devices/{device_id}/images/{name}": (Case(_SEE, SITE, body={}, status=404),),
    # Jobs are about devices, and one is seen by whoever sees a device in it.
    "GET /orgs/{org_id}/jobs": (_page("see_hardware", SOMEWHERE),),
    "GET /orgs/{org_id}/jobs/{job_id}": (_page(_SEE, SITE),),
    "POST /orgs/{org_id}/jobs/{job_id}/cancel": (_page("install"),),
    "POST /orgs/{org_id}/jobs/{job_id}/retry": (_page("install"),),
    "POST /orgs/{org_id}/jobs/{job_id}/undo": (_page("install"),),
    f"GET {_LISTS}/columns": (_page(_SEE, SOMEWHERE),),
    f"POST {_LISTS}/columns": (_page(_SEE, SOMEWHERE, columns="name"),),
    f"GET {_LISTS}/views/create": (_page(_SEE, SOMEWHERE),),
    f"POST {_LISTS}/views/create": (
        _page(_SEE, SOMEWHERE, name="Matrix"),
        _page("share_views", name="Matrix", shared="1"),
    ),
    f"GET {_LISTS}/views/{{view_id}}": (_page(_SEE, SOMEWHERE),),
    f"POST {_LISTS}/views/{{view_id}}": (
        _page(_SEE, SOMEWHERE, default="1"),
        _page("share_views", replace="1"),
    ),
    f"POST {_LISTS}/views/{{view_id}}/delete": (_page("share_views"),),
}
