"""The mails of invitations: the link, and the confirmation after it was used."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Q

from accounts import tokens
from accounts.mails import send
from accounts.members import roles_of
from accounts.models import Admin, Invite, Privilege

_PLACES = ("privileges__site", "privileges__sitegroup", "privileges__orggroup")


def send_invitation(invite_id: str, event_id: str) -> None:
    """Mail the link of an invitation; nothing when it was accepted or cancelled meanwhile, or is too old."""
    found = Invite.objects.filter(id=invite_id).select_related("org", "msp", "invited_by")
    invite = found.prefetch_related(*_PLACES).first()
    if invite is None or invite.is_expired:
        return
    token = tokens.invite_link(invite.id, invite.links)
    context = {
        "invite": invite,
        "tenant": invite.tenant,
        "roles": roles_of(invite.privileges.all()),
        "link": f"{settings.BASE_URL}/verify/invite?{urlencode({'token': token})}",
    }
    subject = f"You are invited to administer {invite.tenant.name}"
    send(invite.email, f"{event_id}.{invite.id.hex}", subject, "invitation", context)


def send_welcome(admin_id: str, org_id: str, event_id: str) -> None:
    """Confirm what somebody administers from now on; nothing when that was revoked meanwhile."""
    held = Privilege.objects.filter(Q(org_id=org_id) | Q(msp_id=org_id), admin_id=admin_id)
    rows = list(held.select_related("org", "site", "sitegroup", "msp", "orggroup"))
    admin = Admin.objects.filter(id=admin_id).first()
    if not rows or admin is None:
        return
    tenant = rows[0].tenant
    link = f"{settings.BASE_URL}{tenant.home}"
    context = {"admin": admin, "tenant": tenant, "roles": roles_of(rows), "link": link}
    key = f"{event_id}.{admin.id.hex}"
    send(admin.email, key, f"You are an administrator of {tenant.name}", "welcome", context)
