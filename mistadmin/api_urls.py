"""Every REST operation under /api/v1. Literal paths stand before parameters."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from accounts import admin_api as admins
from accounts import api as accounts
from accounts import sign_in_api as sign_in
from accounts.oauth import api as oauth
from accounts.sso import api as sso
from accounts.sso import views as saml
from audit import api as audit
from autoprovision import api as autoprovision
from inventory import api as inventory
from mistadmin.core.http import NotFound
from mistadmin.core.resources import catalog
from orgs import api as orgs
from sites import api as sites

_ORG = "orgs/<uuid:org_id>"
_MSP = "msps/<uuid:msp_id>"
_INSTALLER = f"installer/{_ORG}"
_SITE = "sites/<uuid:site_id>"


def _documents() -> list[URLPattern]:
    found = []
    for name, resource in catalog().items():
        found += [
            path(f"{_ORG}/{name}", orgs.Docs.as_view(resource=resource)),
            path(f"{_ORG}/{name}/<uuid:doc_id>", orgs.Doc.as_view(resource=resource)),
        ]
    return found


urlpatterns = [
    path("register", accounts.Register.as_view()),
    path("register/recaptcha", accounts.RegistrationInfo.as_view()),
    path("register/verify/<str:token>", accounts.VerifyRegistration.as_view()),
    path("invite/verify/<str:token>", admins.VerifyInvite.as_view()),
    path("login", accounts.Login.as_view()),
    path("login/lookup", sign_in.Lookup.as_view()),
    path("login/two_factor", sign_in.TwoFactor.as_view()),
    path("logout", accounts.Logout.as_view()),
    path("recover", sign_in.Recover.as_view()),
    path("recover/verify/<str:token>", sign_in.VerifyRecovery.as_view()),
    path("self", inventory.Self.as_view()),
    path("self/login_failures", sign_in.LoginFailures.as_view()),
    path("self/two_factor/token", sign_in.TwoFactorToken.as_view()),
    path("self/two_factor/verify", sign_in.VerifyTwoFactor.as_view()),
    path("self/update", sign_in.NewEmail.as_view()),
    path("self/update/verify/<str:token>", sign_in.VerifyNewEmail.as_view()),
    path("login/oauth/<slug:provider>", oauth.OauthLogin.as_view()),
    path("self/oauth/<slug:provider>", oauth.OauthLink.as_view()),
    path("self/usage", accounts.SelfUsage.as_view()),
    path("self/apitokens", accounts.UserTokens.as_view()),
    path("self/apitokens/<uuid:token_id>", accounts.UserToken.as_view()),
    path("self/logs", audit.SelfLogs.as_view()),
    path("const/countries", sites.Countries.as_view()),
    path("const/states", sites.States.as_view()),
    path("const/device_models", inventory.DeviceModels.as_view()),
    path("const/device_events", inventory.DeviceEventDefinitions.as_view()),
    path("const/mxedge_models", inventory.EdgeModels.as_view()),
    path("const/mxedge_events", inventory.EdgeEventDefinitions.as_view()),
    path("orgs", accounts.Orgs.as_view()),
    path(_ORG, inventory.Org.as_view()),
    path(f"{_ORG}/setting", orgs.OrgSettingView.as_view()),
    path(f"{_ORG}/apitokens", accounts.OrgTokens.as_view()),
    path(f"{_ORG}/apitokens/<uuid:token_id>", accounts.OrgToken.as_view()),
    path(f"{_ORG}/admins", admins.Admins.as_view()),
    path(f"{_ORG}/admins/<uuid:admin_id>", admins.Admin.as_view()),
    path(f"{_ORG}/invites", admins.Invites.as_view()),
    path(f"{_ORG}/invites/<uuid:invite_id>", admins.Invite.as_view()),
    path(f"{_ORG}/ssos", sso.Ssos.as_view()),
    path(f"{_ORG}/ssos/<uuid:sso_id>", sso.Sso.as_view()),
    path(f"{_ORG}/ssos/<uuid:sso_id>/failures", sso.SsoFailures.as_view()),
    path(f"{_ORG}/ssos/<uuid:sso_id>/metadata", sso.SsoMetadata.as_view()),
    path(f"{_ORG}/ssos/<uuid:sso_id>/metadata.xml", sso.SsoMetadataFile.as_view()),
    path(f"{_ORG}/ssoroles", sso.SsoRoles.as_view()),
    path(f"{_ORG}/ssoroles/<uuid:ssorole_id>", sso.SsoRole.as_view()),
    # Pages of browsers, not operations: identity providers send people here.
    path("saml/<slug:domain>/login", saml.Acs.as_view()),
    path("saml/<slug:domain>/logout", saml.Slo.as_view()),
    path(f"{_ORG}/logs", audit.OrgLogs.as_view()),
    path(f"{_ORG}/logs/search", audit.OrgLogsSearch.as_view()),
    path(f"{_ORG}/logs/count", audit.OrgLogsCount.as_view()),
    path(f"{_ORG}/sites", sites.Sites.as_view()),
    path(f"{_ORG}/sites/search", sites.SiteSearch.as_view()),
    path(f"{_ORG}/sites/count", sites.SiteCount.as_view()),
    path(f"{_ORG}/sites/<path:site_name>/maps/import", inventory.NamedMapImport.as_view()),
    path(f"{_ORG}/maps/import", inventory.OrgMapImport.as_view()),
    path(f"{_ORG}/sitegroups", sites.SiteGroups.as_view()),
    path(f"{_ORG}/sitegroups/<uuid:sitegroup_id>", sites.SiteGroup.as_view()),
    path(f"{_ORG}/inventory", inventory.Inventory.as_view()),
    path(f"{_ORG}/inventory/search", inventory.InventorySearch.as_view()),
    path(f"{_ORG}/inventory/count", inventory.InventoryCount.as_view()),
    path(f"{_ORG}/inventory/replace", inventory.Replace.as_view()),
    path(f"{_ORG}/inventory/reevaluate_auto_assignment", autoprovision.Reevaluate.as_view()),
    path(f"{_ORG}/ocdevices/outbound_ssh_cmd", inventory.AdoptCommand.as_view()),
    path(f"{_ORG}/jsi/devices/outbound_ssh_cmd", inventory.InstalledBaseCommand.as_view()),
    path(f"{_ORG}/jsi/devices", inventory.JsiDevices.as_view()),
    path(f"{_ORG}/jsi/inventory", inventory.JsiInventory.as_view()),
    path(f"{_ORG}/jsi/inventory/count", inventory.JsiInventoryCount.as_view()),
    path(f"{_ORG}/jsi/inventory/search", inventory.JsiInventorySearch.as_view()),
    path(f"{_ORG}/setting/juniper/link_accounts", orgs.LinkJuniperAccount.as_view()),
    path(f"{_ORG}/setting/juniper/unlink_account", orgs.UnlinkJuniperAccount.as_view()),
    # Documented under the older name; clients call the newer one.
    path(f"{_ORG}/128routers/register_cmd", inventory.RegisterCommand.as_view()),
    path(f"{_ORG}/ssr/register_cmd", inventory.SsrRegisterCommand.as_view()),
    path(f"{_ORG}/devices", inventory.OrgDevices.as_view()),
    path(f"{_ORG}/devices/count", inventory.OrgDeviceCount.as_view()),
    path(f"{_ORG}/devices/search", inventory.OrgDeviceSearch.as_view()),
    path(f"{_ORG}/devices/summary", inventory.DeviceSummary.as_view()),
    path(f"{_ORG}/devices/radio_macs", inventory.RadioMacs.as_view()),
    path(f"{_ORG}/devices/events/search", inventory.OrgEvents.as_view()),
    path(f"{_ORG}/devices/events/count", inventory.OrgEventCount.as_view()),
    path(f"{_ORG}/mxedges", inventory.OrgEdges.as_view()),
    path(f"{_ORG}/mxedges/assign", inventory.AssignEdges.as_view()),
    path(f"{_ORG}/mxedges/unassign", inventory.UnassignEdges.as_view()),
    path(f"{_ORG}/mxedges/claim", inventory.ClaimEdge.as_view()),
    path(f"{_ORG}/mxedges/count", inventory.EdgeCount.as_view()),
    path(f"{_ORG}/mxedges/search", inventory.EdgeSearch.as_view()),
    path(f"{_ORG}/mxedges/<uuid:mxedge_id>", inventory.OrgEdge.as_view()),
    path(f"{_ORG}/mxedges/<uuid:mxedge_id>/image/<int:image_number>", inventory.EdgeImage.as_view()),
    path(f"{_ORG}/stats", inventory.OrgStats.as_view()),
    path(f"{_ORG}/stats/devices", inventory.OrgDevicesStats.as_view()),
    path(f"{_ORG}/stats/sites", inventory.SitesStats.as_view()),
    path(f"{_ORG}/deviceprofiles/<uuid:doc_id>/assign", inventory.AssignProfile.as_view()),
    path(f"{_ORG}/deviceprofiles/<uuid:doc_id>/unassign", inventory.UnassignProfile.as_view()),
    *_documents(),
    path("msps", inventory.Msps.as_view()),
    path(_MSP, inventory.Msp.as_view()),
    path(f"{_MSP}/orgs", inventory.MspOrgs.as_view()),
    path(f"{_MSP}/orgs/search", inventory.MspOrgSearch.as_view()),
    path(f"{_MSP}/orgs/<uuid:org_id>", inventory.MspOrg.as_view()),
    path(f"{_MSP}/orggroups", inventory.OrgGroups.as_view()),
    path(f"{_MSP}/orggroups/<uuid:orggroup_id>", inventory.OrgGroup.as_view()),
    path(f"{_MSP}/admins", admins.MspAdmins.as_view()),
    path(f"{_MSP}/admins/<uuid:admin_id>", admins.MspAdmin.as_view()),
    path(f"{_MSP}/invites", admins.MspInvites.as_view()),
    path(f"{_MSP}/invites/<uuid:invite_id>", admins.MspInvite.as_view()),
    path(f"{_MSP}/logs", audit.MspLogs.as_view()),
    path(f"{_MSP}/logs/count", audit.MspLogsCount.as_view()),
    path(f"{_MSP}/inventory/<str:device_mac>", inventory.MspDevice.as_view()),
    path(f"{_MSP}/stats/orgs", inventory.MspOrgStats.as_view()),
    path(f"{_INSTALLER}/alarmtemplates", inventory.InstallerAlarmTemplates.as_view()),
    path(f"{_INSTALLER}/deviceprofiles", inventory.InstallerProfiles.as_view()),
    path(f"{_INSTALLER}/rftemplates", inventory.InstallerRfTemplates.as_view()),
    path(f"{_INSTALLER}/sitegroups", inventory.InstallerSiteGroups.as_view()),
    path(f"{_INSTALLER}/sites", inventory.InstallerSites.as_view()),
    path(f"{_INSTALLER}/sites/<path:site_name>/maps", inventory.InstallerMaps.as_view()),
    path(f"{_INSTALLER}/sites/<path:site_name>/maps/import", inventory.InstallerMapImport.as_view()),
    path(f"{_INSTALLER}/sites/<path:site_name>/maps/<uuid:map_id>", inventory.InstallerMap.as_view()),
    path(f"{_INSTALLER}/sites/<path:site_name>", inventory.InstallerSiteByName.as_view()),
    path(f"{_INSTALLER}/devices", inventory.InstallerDevices.as_view()),
    path(f"{_INSTALLER}/devices/<str:device_mac>", inventory.InstallerDevice.as_view()),
    path(f"{_INSTALLER}/devices/<str:device_mac>/<str:image_name>", inventory.InstallerImage.as_view()),
    path(_SITE, inventory.Site.as_view()),
    path(f"{_SITE}/setting", sites.SiteSetting.as_view()),
    path(f"{_SITE}/setting/derived", sites.DerivedSetting.as_view()),
    path(f"{_SITE}/devices", inventory.SiteDevices.as_view()),
    path(f"{_SITE}/devices/count", inventory.SiteDeviceCount.as_view()),
    path(f"{_SITE}/devices/search", inventory.SiteDeviceSearch.as_view()),
    path(f"{_SITE}/devices/events/search", inventory.SiteEvents.as_view()),
    path(f"{_SITE}/devices/events/count", inventory.SiteEventCount.as_view()),
    path(f"{_SITE}/devices/export", inventory.DeviceExport.as_view()),
    path(f"{_SITE}/devices/import", inventory.DeviceImport.as_view()),
    path(f"{_SITE}/devices/<uuid:device_id>", inventory.SiteDevice.as_view()),
    # Documented as image{n}; the published client calls image/{n}.
    path(f"{_SITE}/devices/<uuid:device_id>/image<int:image_number>", inventory.DeviceImage.as_view()),
    path(f"{_SITE}/devices/<uuid:device_id>/image/<int:image_number>", inventory.ClientDeviceImage.as_view()),
    path(f"{_SITE}/maps", inventory.SiteMaps.as_view()),
    path(f"{_SITE}/maps/import", inventory.MapImport.as_view()),
    path(f"{_SITE}/maps/<uuid:map_id>", inventory.SiteMap.as_view()),
    path(f"{_SITE}/maps/<uuid:map_id>/image", inventory.MapImage.as_view()),
    path(f"{_SITE}/maps/<uuid:map_id>/replace", inventory.MapReplacement.as_view()),
    path(f"{_SITE}/mxedges", inventory.SiteEdges.as_view()),
    path(f"{_SITE}/mxedges/<uuid:mxedge_id>", inventory.SiteEdge.as_view()),
    path(f"{_SITE}/stats", inventory.SiteStats.as_view()),
    path(f"{_SITE}/stats/devices", inventory.SiteDevicesStats.as_view()),
    path(f"{_SITE}/stats/devices/<uuid:device_id>", inventory.SiteDeviceStats.as_view()),
    re_path(r"^.*$", NotFound.as_view()),
]
