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
from accounts.models import ApiToken, Privilege
from accounts.queries import find_admin
from accounts.shapes import OrgTokenChange, OrgTokenShape, PrivilegeShape, token_document
from accounts.token_edits import discard_token, lock_token
from accounts.tokens import CreatedToken
from audit.log import Change, record, record_many
from mistadmin.core.access import MANAGE_TOKENS, SIGNED_IN, Actor, Place, Role, role_spelled
from mistadmin.core.actions import action
from mistadmin.core.errors import Invalid, NotAllowed
from mistadmin.core.shapes import parse
from mistadmin.core.versions import Seen
from orgs.models import Org
from sites.models import Site, SiteGroup

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
    rows = [_privilege(actor, org, token, f"privileges.{number}", one) for number, one in enumerate(wanted)]
    return list({_reach(row): row for row in rows}.values())


def _privilege(actor: Actor, org: Org, token: ApiToken, path: str, wish: PrivilegeShape) -> Privilege:
    if wish.org_id not in (None, org.id):
        raise Invalid({f"{path}.org_id": "must be this organization"})
    role = _role(wish, path)
    site = _place(Site, org, wish.site_id, f"{path}.site_id", wanted=wish.scope == "site")
    group = _place(
        SiteGroup, org, wish.sitegroup_id, f"{path}.sitegroup_id", wanted=wish.scope == "sitegroup"
    )
    _require_own(actor, role, Place(org.id, site.id if site else None))
    return Privilege(token=token, org=org, role=role.key, site=site, sitegroup=group)


def _role(wish: PrivilegeShape, path: str) -> Role:
    if isinstance(wish.views, list) and len(wish.views) > 1:
        raise Invalid({f"{path}.views": "must name one view; give each its own privilege"})
    view = wish.view or (wish.views[0] if isinstance(wish.views, list) and wish.views else wish.views) or None
    role = role_spelled(wish.role, view if isinstance(view, str) else None)
    if role is None:
        raise Invalid({f"{path}.role": "no portal role is spelled so"})
    return role


def _place(model: Any, org: Org, place_id: UUID | None, path: str, *, wanted: bool) -> Any:
    if not wanted:
        return None
    place = model.objects.filter(org=org, id=place_id).first()
    if place is None:
        raise Invalid({path: "does not exist in this organization"})
    return place


def _require_own(actor: Actor, role: Role, place: Place) -> None:
    """Refuse a role that may more there than the actor; a group may get any site of the organization."""
    if not all(actor.can(ability, place) for ability in role.abilities):
        raise NotAllowed("A token cannot have more rights than you have.")


def _reach(row: Privilege) -> tuple[str, UUID | None, UUID | None]:
    return row.role, row.site_id, row.sitegroup_id
