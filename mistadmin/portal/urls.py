"""Addresses of the pages that cross apps."""

from __future__ import annotations

from django.urls import URLPattern, path

from mistadmin.portal import (
    admins,
    design,
    device,
    groups,
    home,
    jobs,
    juniper,
    leaving,
    lists,
    logs,
    maps,
    msps,
    search,
    settings,
    site_choice,
    sites,
    sso,
    support,
    updates,
)

_ORG = "orgs/<uuid:org_id>"
_MSP = "msps/<uuid:msp_id>"
_MAPS = f"{_ORG}/sites/<uuid:site_id>/maps"
_LIST = f"{_ORG}/lists/<slug:key>"


def _alike(tenant: str) -> list[URLPattern]:
    """Pages that an organization and an MSP have in the same way."""
    return [
        path(f"{tenant}/admins", admins.Admins.as_view()),
        path(f"{tenant}/admins/invite", admins.Invite.as_view()),
        path(f"{tenant}/admins/<uuid:admin_id>", admins.Admin.as_view()),
        path(f"{tenant}/admins/<uuid:admin_id>/revoke", admins.Revoke.as_view()),
        path(f"{tenant}/admins/invites/<uuid:invite_id>", admins.PendingInvite.as_view()),
        path(f"{tenant}/admins/invites/<uuid:invite_id>/resend", admins.ResendInvite.as_view()),
        path(f"{tenant}/admins/invites/<uuid:invite_id>/cancel", admins.CancelInvite.as_view()),
        path(f"{tenant}/logs", logs.Logs.as_view()),
        path(f"{tenant}/logs/<uuid:entry_id>", logs.Entry.as_view()),
    ]


urlpatterns = [
    path("", home.Home.as_view()),
    path("design", design.Gallery.as_view()),
    path(_ORG, home.OrgHome.as_view()),
    path("account/delete", leaving.DeleteAccount.as_view()),
    path("support", support.Support.as_view()),
    path("support/look", support.Look.as_view()),
    path("support/end", support.End.as_view()),
    path("updates", updates.Updates.as_view()),
    path("msps/create", msps.CreateMsp.as_view()),
    path(_MSP, msps.MspHome.as_view()),
    path(f"{_MSP}/orgs", msps.Orgs.as_view()),
    path(f"{_MSP}/orgs/create", msps.CreateOrg.as_view()),
    path(f"{_MSP}/orgs/assign", msps.Assign.as_view()),
    path(f"{_MSP}/orgs/<uuid:assigned_id>/unassign", msps.Unassign.as_view()),
    path(f"{_MSP}/orggroups", groups.Groups.as_view()),
    path(f"{_MSP}/orggroups/create", groups.CreateGroup.as_view()),
    path(f"{_MSP}/orggroups/<uuid:orggroup_id>", groups.Group.as_view()),
    path(f"{_MSP}/orggroups/<uuid:orggroup_id>/delete", groups.DeleteGroup.as_view()),
    path(f"{_MSP}/settings", msps.Settings.as_view()),
    path(f"{_MSP}/settings/delete", msps.Delete.as_view()),
    path(f"{_ORG}/settings/msp", msps.JoinMsp.as_view()),
    path(f"{_ORG}/settings/msp/leave", msps.LeaveMsp.as_view()),
    path(f"{_ORG}/site", site_choice.SiteChoice.as_view()),
    *(page for tenant in (_ORG, _MSP) for page in _alike(tenant)),
    path(f"{_ORG}/jobs", jobs.Jobs.as_view()),
    path(f"{_ORG}/jobs/<uuid:job_id>", jobs.JobPage.as_view()),
    path(f"{_ORG}/jobs/<uuid:job_id>/cancel", jobs.Cancel.as_view()),
    path(f"{_ORG}/jobs/<uuid:job_id>/retry", jobs.Retry.as_view()),
    path(f"{_ORG}/jobs/<uuid:job_id>/undo", jobs.Undo.as_view()),
    path(f"{_ORG}/search", search.Search.as_view()),
    path(f"{_ORG}/search/palette", search.Palette.as_view()),
    path(f"{_ORG}/search/found", search.Found.as_view()),
    path(f"{_ORG}/settings", settings.Settings.as_view()),
    path(f"{_ORG}/settings/delete", settings.Delete.as_view()),
    path(f"{_ORG}/settings/juniper/link", juniper.Link.as_view()),
    path(f"{_ORG}/settings/juniper/<uuid:account_id>/unlink", juniper.Unlink.as_view()),
    path(f"{_ORG}/settings/sso/create", sso.Create.as_view()),
    path(f"{_ORG}/settings/sso/<uuid:sso_id>", sso.Provider.as_view()),
    path(f"{_ORG}/settings/sso/<uuid:sso_id>/metadata.xml", sso.Metadata.as_view()),
    path(f"{_ORG}/settings/sso/<uuid:sso_id>/delete", sso.Delete.as_view()),
    path(f"{_ORG}/settings/ssoroles/create", sso.CreateRole.as_view()),
    path(f"{_ORG}/settings/ssoroles/<uuid:role_id>", sso.Role.as_view()),
    path(f"{_ORG}/settings/ssoroles/<uuid:role_id>/delete", sso.DeleteRole.as_view()),
    path(f"{_ORG}/sites", sites.Sites.as_view()),
    path(f"{_ORG}/sitegroups", groups.Groups.as_view()),
    path(f"{_ORG}/sitegroups/create", groups.CreateGroup.as_view()),
    path(f"{_ORG}/sitegroups/<uuid:sitegroup_id>", groups.Group.as_view()),
    path(f"{_ORG}/sitegroups/<uuid:sitegroup_id>/delete", groups.DeleteGroup.as_view()),
    path(f"{_ORG}/sites.csv", sites.SitesCsv.as_view()),
    path(f"{_ORG}/sites/<uuid:site_id>", sites.Site.as_view()),
    path(f"{_ORG}/sites/<uuid:site_id>/delete", sites.DeleteSite.as_view()),
    path(_MAPS, maps.Maps.as_view()),
    # Projects of planning tools are larger than other forms (settings.LARGER_UPLOADS).
    path(f"{_MAPS}/import", maps.AddMap.as_view()),
    path(f"{_MAPS}/<uuid:map_id>", maps.Map.as_view()),
    path(f"{_MAPS}/<uuid:map_id>/delete", maps.DeleteMap.as_view()),
    path(f"{_ORG}/devices/<uuid:device_id>", device.Device.as_view()),
    path(f"{_LIST}/columns", lists.Columns.as_view()),
    path(f"{_LIST}/views/create", lists.SaveView.as_view()),
    path(f"{_LIST}/views/<uuid:view_id>", lists.View.as_view()),
    path(f"{_LIST}/views/<uuid:view_id>/delete", lists.DeleteView.as_view()),
]
