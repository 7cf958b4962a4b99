"""Invitations are worth as much as their giver: who is Super User no longer has promised nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef

from accounts.last_super_user import SUPER_USER
from accounts.models import Invite, Privilege
from accounts.reach import Member
from audit.log import Change, record_many
from mistadmin.core import tenancy
from mistadmin.core.access import Actor


def withdraw_unbacked(actor: Actor, org_ids: Iterable[UUID] | Any) -> None:
    """Withdraw invitations to organizations whose givers are Super Users there no more, by whatever role.

    For whoever has just changed how far roles at an MSP reach, in that transaction.
    """
    held = Privilege.objects.filter(admin=OuterRef("invited_by"), role=SUPER_USER, site=None, sitegroup=None)
    backed = (
        Exists(held.filter(org=OuterRef("org")))
        | Exists(held.filter(msp=OuterRef("org__msp"), orggroup=None))
        | Exists(held.filter(orggroup__orgs=OuterRef("org")))
    )
    invites = Invite.objects.filter(org__in=org_ids, invited_by__isnull=False).exclude(backed)
    # What backs an invitation may be held at the MSP, where whoever changed this has no business.
    with tenancy.across():
        found = list(invites.select_related("org"))
    told = [Change(Member.of(one, one.tenant)) for one in found]
    record_many(actor, "accounts.invite.cancelled", told)
    Invite.objects.filter(id__in=[one.id for one in found]).delete()
