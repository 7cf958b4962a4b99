"""Writes of the API tokens of organizations, and the end of tokens that nobody uses.

No token reaches further or may do more than whoever makes or changes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from accounts import tokens
from accounts.giving import given
from accounts.models import ApiToken, Privilege
from accounts.queries import find_admin
from accounts.shapes import OrgTokenChange, OrgTokenShape, PrivilegeShape, token_document
from accounts.token_edits import discard_token, lock_token
from accounts.tokens import CreatedToken
from audit.log import Change, record, record_many
from mistadmin.core.access import MANAGE_TOKENS, SIGNED_IN, Actor
from mistadmin.core.actions import action
from mistadmin.core.shapes import parse
from mistadmin.core.versions import Seen
from orgs.models import Org

# What the API document promises: a token that nobody has used for so long is removed.
UNUSED: Final = timedelta(days=90)


@action(needs=MANAGE_TOKENS)
def create_org_token(actor: Actor, org: Org, *, values: Mapping[str, Any]) -> CreatedToken:
    """Create an API token of an organization with its own privileges, never wider than the actor's."""
    wish = parse(OrgTokenShape, values)
    key = tokens.new_key()
    token = ApiToken(
        org=org,
        name=wish.name,
        digest=tokens.digest(key),
        hint=tokens.hint(key),
        created_by=find_admin(actor),
        src_ips=wish.src_ips,
    )
    rows = _privileges(actor, org, token, wish.privileges)
    token.save()
    Privilege.objects.bulk_create(rows)
    record(actor, "accounts.token.created", token, after={**token_document(token), "src_ips": token.src_ips})
    return CreatedToken(token.id, token.name, key)


@action(needs=MANAGE_TOKENS)
def update_org_token(
    actor: Actor, token: ApiToken, *, values: Mapping[str, Any], seen: Seen = None
) -> ApiToken:
    """Change the name and the privileges of an organization token; absent keys stay.

    Its source addresses are fixed once it exists. Raises Stale for another token than was seen.
    """
    wish = parse(OrgTokenChange, values)
    lock_token(token, seen)
    before = token_document(token)
    if wish.privileges is not None:
        _replace_privileges(actor, token, wish.privileges)
    token.name = token.name if wish.name is None else wish.name
    after = token_document(token)
    if after == before:
        return token
    token.modified_time = timezone.now()
    token.save(update_fields=["name", "modified_time"])
    record(actor, "accounts.token.updated", token, before=before, after=after)
    return token


@action(needs=MANAGE_TOKENS)
def delete_org_token(actor: Actor, token: ApiToken, *, seen: Seen = None) -> None:
    """Revoke an organization token; it stops working at once."""
    discard_token(actor, token, seen)


@action(needs=SIGNED_IN)
def discard_unused_tokens(actor: Actor, *, most: int = 1_000) -> int:
    """Remove tokens of people and organizations that nobody has used for 90 days; the oldest go first."""
    until = timezone.now() - UNUSED
    idle = Q(last_used__lt=until) | Q(last_used=None, created_time__lt=until)
    with_lock = ApiToken.objects.select_for_update(skip_locked=True).filter(idle).order_by("created_time")
    found = list(with_lock[:most])
    record_many(actor, "accounts.token.lapsed", [Change(one, before={"name": one.name}) for one in found])
    ApiToken.objects.filter(id__in=[token.id for token in found]).delete()
    return len(found)


def _replace_privileges(actor: Actor, token: ApiToken, wanted: Sequence[PrivilegeShape]) -> None:
    org = Org.objects.get(pk=str(token.org_id))
    had = {_reach(row): row for row in token.privileges.all()}
    wish = {_reach(row): row for row in _privileges(actor, org, token, wanted)}
    Privilege.objects.filter(id__in=[row.id for key, row in had.items() if key not in wish]).delete()
    Privilege.objects.bulk_create([row for key, row in wish.items() if key not in had])
    token.forget_privileges()


def _privileges(actor: Actor, org: Org, token: ApiToken, wanted: Sequence[PrivilegeShape]) -> list[Privilege]:
    found = given(actor, org, wanted, people=False)
    return [Privilege(token=token, org=org, **one.columns) for one in found]


def _reach(row: Privilege) -> tuple[str, UUID | None, UUID | None]:
    return row.role, row.site_id, row.sitegroup_id
