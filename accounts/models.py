"""Administrators, their privileges, their API tokens, and how they like their lists."""

from __future__ import annotations

import uuid

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.timezone import now

from accounts.invite_models import Invite as Invite  # further tables of this app
from accounts.invite_models import Offer as Offer
from accounts.oauth.models import OauthIdentity as OauthIdentity
from accounts.oauth.models import OauthState as OauthState
from accounts.reach_models import Reach, one_reach
from accounts.sso.models import Sso as Sso
from accounts.sso.models import SsoFailure as SsoFailure
from accounts.sso.models import SsoGrant as SsoGrant
from accounts.sso.models import SsoIdentity as SsoIdentity
from accounts.sso.models import SsoRole as SsoRole
from accounts.sso.models import SsoUse as SsoUse
from mistadmin.core.access import ROLES
from mistadmin.core.models import Stamped, TenantQuerySet


def normal_email(email: str) -> str:
    """An e-mail address as accounts are stored and looked up by: what the unique constraint compares."""
    return email.strip().lower()


class AdminManager(BaseUserManager["Admin"]):
    """Finds administrators by e-mail without regard to case."""

    def get_by_natural_key(self, username: str | None) -> Admin:
        return self.of_email(username or "").get()

    def of_email(self, email: str) -> models.QuerySet[Admin]:
        """The account with a password of its own that has this address, if any.

        What an identity provider says of addresses proves nothing, so its people are found by no address.
        """
        # As the unique index spells it: found there however many accounts there are.
        return self.filter(email__lower=normal_email(email), via_sso=False)

    def told_of(self, email: str) -> models.QuerySet[Admin]:
        """The accounts of which identity providers tell this address; it may be true of none of them."""
        return self.filter(email__lower=normal_email(email), via_sso=True)


class Admin(AbstractBaseUser):
    """A person with an account; one account may have roles in many organizations."""

    class TimeFormat(models.TextChoices):
        HOURS_24 = "24", "24-hour"
        HOURS_12 = "12", "12-hour"

    class MacFormat(models.TextChoices):
        COLONS = "colons", "5c:5b:35:00:0d:01"
        DASHES = "dashes", "5c-5b-35-00-0d-01"
        DOTS = "dots", "5c5b.3500.0d01"
        BARE = "bare", "5c5b35000d01"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(max_length=254)
    first_name = models.CharField(max_length=64)
    last_name = models.CharField(max_length=64)
    phone = models.CharField(max_length=32, blank=True)
    phone2 = models.CharField(max_length=32, blank=True)
    region = models.CharField(max_length=16, default="global")
    timezone = models.CharField(max_length=64, default="UTC")
    time_format = models.CharField(max_length=2, choices=TimeFormat, default=TimeFormat.HOURS_24)
    mac_format = models.CharField(max_length=8, choices=MacFormat, default=MacFormat.COLONS)
    is_active = models.BooleanField(default=True)
    # Of the people who run the instance (`mistadmin staff`); it says nothing about any organization.
    is_staff = models.BooleanField(default=False)
    # Comes in through an identity provider alone (SsoIdentity): no password, no other organization.
    via_sso = models.BooleanField(default=False)
    email_verified_at = models.DateTimeField(null=True)
    # Asked for and not proved yet; "" when nothing is.
    new_email = models.EmailField(max_length=254, blank=True)
    # Since when a log-in takes a code beside the password; None while it takes none.
    two_factor_since = models.DateTimeField(null=True)
    password_change_due = models.BooleanField(default=False)
    password_modified_time = models.DateTimeField(default=now)
    created_time = models.DateTimeField(default=now, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["first_name", "last_name"]

    objects = AdminManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(Lower("email"), name="admin_email", condition=models.Q(via_sso=False)),
        )
        indexes = (
            models.Index(Lower("email"), name="admin_email_via_sso", condition=models.Q(via_sso=True)),
        )

    def __str__(self) -> str:
        return self.email

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        # Django binds sessions to the password; ours end with a change of the second factor too.
        bound = f"{self.password}{self.two_factor_since or ''}"
        return salted_hmac("accounts.session", bound, secret=secret, algorithm="sha256").hexdigest()

    # The audit trail places an account outside every tenant.
    org_id = None
    site_id = None


class AdminSession(AbstractBaseSession):
    """A session (accounts.session_store): whose it is, where it began, and when it was last used.

    `admin` is None until somebody has logged in.
    """

    admin = models.ForeignKey(Admin, on_delete=models.CASCADE, null=True, related_name="sessions")
    began_at = models.DateTimeField(default=now)
    seen_at = models.DateTimeField(default=now)
    src_ip = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=255, blank=True)


class SecondFactor(models.Model):
    """The authenticator app of a person (RFC 6238): its seed, sealed, and the last time step that was used.

    It counts once Admin.two_factor_since is set; before that it is being set up.
    """

    admin = models.OneToOneField(Admin, on_delete=models.CASCADE, primary_key=True, related_name="+")
    seed = models.BinaryField()
    last_step = models.BigIntegerField(default=0)
    created_time = models.DateTimeField(default=now, editable=False)

    def __str__(self) -> str:
        return str(self.admin_id)


class RecoveryCode(models.Model):
    """A code that stands in for the authenticator app once; only a digest of it is kept."""

    admin = models.ForeignKey(Admin, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["admin", "digest"], name="recoverycode_once"),)

    def __str__(self) -> str:
        return str(self.admin_id)


class Recovery(models.Model):
    """A forgotten password: somebody asked for a link to this address, which may be nobody's."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(max_length=254)
    created_time = models.DateTimeField(default=now, editable=False, db_index=True)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.id)


class ApiToken(Stamped):
    """An API token of a person (`admin`) or of an organization (`org`); only a digest of the key is kept."""

    name = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=16)
    admin = models.ForeignKey(Admin, on_delete=models.CASCADE, null=True, related_name="tokens")
    org = models.ForeignKey("orgs.Org", on_delete=models.PROTECT, null=True, related_name="+")
    created_by = models.ForeignKey(Admin, on_delete=models.SET_NULL, null=True, related_name="+")
    src_ips = models.JSONField(default=list)
    last_used = models.DateTimeField(null=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(admin=None, org__isnull=False) | models.Q(admin__isnull=False, org=None),
                name="token_has_one_owner",
            ),
        )

    def __str__(self) -> str:
        return self.name

    site_id = None

    def forget_privileges(self) -> None:
        """Read the privileges anew when they are asked for next."""
        getattr(self, "_prefetched_objects_cache", {}).pop("privileges", None)


class Privilege(Reach):
    """One role in one organization or at one MSP, held by a person or an organization token.

    Reaches the whole organization, or one site, or the sites of one group; every organization of an MSP, or
    those of one group there.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    admin = models.ForeignKey(Admin, on_delete=models.CASCADE, null=True, related_name="privileges")
    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, null=True, related_name="privileges")
    org = models.ForeignKey("orgs.Org", on_delete=models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=24, choices={key: role.label for key, role in ROLES.items()})
    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE, null=True, related_name="+")
    sitegroup = models.ForeignKey("sites.SiteGroup", on_delete=models.CASCADE, null=True, related_name="+")
    msp = models.ForeignKey("orgs.Msp", on_delete=models.CASCADE, null=True, related_name="+")
    orggroup = models.ForeignKey("orgs.OrgGroup", on_delete=models.CASCADE, null=True, related_name="+")
    created_time = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(admin=None, token__isnull=False)
                | models.Q(admin__isnull=False, token=None),
                name="privilege_has_one_holder",
            ),
            models.CheckConstraint(condition=one_reach(), name="privilege_has_one_reach"),
            models.UniqueConstraint(
                fields=["admin", "token", "org", "msp", "role", "site", "sitegroup", "orggroup"],
                name="privilege_once",
                nulls_distinct=False,
            ),
        )

    def __str__(self) -> str:
        return f"{self.role} in {self.org_id or self.msp_id}"


class ListPreference(models.Model):
    """The columns and the number of rows that a person has chosen for a list, in every organization."""

    admin = models.ForeignKey(Admin, on_delete=models.CASCADE, related_name="+")
    table = models.CharField(max_length=40)
    columns = models.JSONField(default=list)
    limit = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["admin", "table"], name="listpreference_once"),)

    def __str__(self) -> str:
        return self.table


class SavedView(Stamped):
    """A named set of filters, order and columns of a list: of one person, or shared with the organization.

    `default_for` are the people whose list opens with it.
    """

    org = models.ForeignKey("orgs.Org", on_delete=models.CASCADE, related_name="+")
    admin = models.ForeignKey(Admin, on_delete=models.CASCADE, related_name="+")
    table = models.CharField(max_length=40)
    name = models.CharField(max_length=64)
    query = models.JSONField(default=dict)
    shared = models.BooleanField(default=False)
    default_for = models.ManyToManyField(Admin, related_name="+")

    objects = TenantQuerySet.as_manager()

    org_wide = True

    class Meta:
        constraints = (
            models.UniqueConstraint("org", "admin", "table", Lower("name"), name="savedview_name_once"),
        )
        indexes = (models.Index(fields=["org", "table", "name"], name="savedview_of_list"),)

    def __str__(self) -> str:
        return self.name
