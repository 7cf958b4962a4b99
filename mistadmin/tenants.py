"""Whose rows each table holds. Every table of the product stands on this page, or a test fails.

A rule says which fields name the tenant, or which foreign key leads to a row that does; a text says why a
table is no tenant's.
"""

from collections.abc import Mapping
from typing import Final

from mistadmin.core.row_security import Rule, of, under

_FRAMEWORK: Final = "of the framework; nothing of ours is in it"
_CLOCK: Final = "the schedule of the instance, the same for all"
_PERSON: Final = "of a person, who may be of several tenants or of none"

TABLES: Final[Mapping[str, Rule | str]] = {
    "contenttypes.ContentType": _FRAMEWORK,
    "auth.Permission": _FRAMEWORK,
    "auth.Group": _FRAMEWORK,
    "auth.Group_permissions": _FRAMEWORK,
    "django_celery_beat.SolarSchedule": _CLOCK,
    "django_celery_beat.IntervalSchedule": _CLOCK,
    "django_celery_beat.ClockedSchedule": _CLOCK,
    "django_celery_beat.CrontabSchedule": _CLOCK,
    "django_celery_beat.PeriodicTasks": _CLOCK,
    "django_celery_beat.PeriodicTask": _CLOCK,
    "core.Outbox": of("org_id", or_nobodys=True),
    "core.Job": of("org"),
    "core.JobRow": under("job"),
    "core.Answer": "of a caller, by whose id alone it is found",
    "core.Heartbeat": "of the processes of the instance",
    # Of an MSP, its id stands in the column of organizations (ADR 0027).
    "audit.Entry": of("org_id", or_nobodys=True),
    # Whoever is in an organization sees the name of its MSP.
    "orgs.Msp": of("id", seen_from="orgs.Org.msp"),
    "orgs.Org": of("id"),
    "orgs.OrgGroup": of("msp"),
    "orgs.OrgGroup_orgs": under("orggroup"),
    "orgs.OrgDoc": of("org"),
    "orgs.DeviceProfile": of("org"),
    "orgs.JuniperAccount": of("org"),
    "sites.SiteGroup": of("org"),
    "sites.Site": of("org"),
    "sites.Site_sitegroups": under("site"),
    "sites.Map": of("org"),
    "accounts.Admin": _PERSON,
    "accounts.AdminSession": _PERSON,
    "accounts.SecondFactor": _PERSON,
    "accounts.RecoveryCode": _PERSON,
    "accounts.Recovery": _PERSON,
    "accounts.OauthIdentity": _PERSON,
    "accounts.OauthState": "of a log-in under way, found by a secret alone",
    "accounts.ListPreference": _PERSON,
    "accounts.Invite": of("org", "msp"),
    "accounts.Offer": of("org", "msp"),
    "accounts.Privilege": of("org", "msp"),
    # Tokens of people are of none.
    "accounts.ApiToken": of("org", or_nobodys=True),
    "accounts.SavedView": of("org"),
    "accounts.SavedView_default_for": under("savedview"),
    "accounts.Sso": of("org"),
    "accounts.SsoRole": of("org"),
    "accounts.SsoGrant": under("sso_role"),
    "accounts.SsoIdentity": under("sso"),
    "accounts.SsoIdentity_roles": under("ssoidentity"),
    "accounts.SsoUse": under("sso"),
    "accounts.SsoFailure": under("sso"),
    # Unclaimed units are of none.
    "inventory.Unit": of("org", or_nobodys=True),
    "inventory.Device": of("org", searched=True),
    "inventory.AdoptSecret": of("org"),
    "inventory.InstalledDevice": of("org"),
    "inventory.DeviceEvent": of("org_id"),
    "autoprovision.Decision": of("org"),
}
