"""Reads of organizations."""

from __future__ import annotations

from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Case, QuerySet, When

from audit.log import masked
from mistadmin.core import tenancy
from mistadmin.core.access import MANAGE_ORG, VIEW_ORG, VIEW_SETTINGS, Actor, Place, Placed
from mistadmin.core.errors import NotVisible
from mistadmin.core.shapes import epoch
from mistadmin.core.text import lowered
from orgs.juniper.accounts import accounts_of_setting
from orgs.models import Org


def orgs_of(actor: Actor, *, most: int, text: str = "") -> list[dict[str, Any]]:
    """Organizations that gave the actor a role, by name, then those reached through an MSP; `most` in all.

    `text` narrows to names that hold its words. Each has id, name and `through`, the name of the MSP; ""
    where the organization gave the role itself.
    """
    own = actor.own_org_ids
    orgs = orgs_named(actor, text)
    # The pages of one organization lead to the others, too.
    with tenancy.scoped(actor.scope):
        if len(own) == len(actor.org_ids):
            rows = orgs.order_by("name", "id").values("id", "name")[:most]
            return [{**row, "through": ""} for row in rows]
        later = Case(When(id__in=own, then=0), default=1)
        rows = orgs.order_by(later, "name", "id").values("id", "name", "msp__name")[:most]
        return [
            {"id": row["id"], "name": row["name"], "through": "" if row["id"] in own else row["msp__name"]}
            for row in rows
        ]


def orgs_named(actor: Actor, text: str) -> QuerySet[Org]:
    """The organizations that the actor reaches whose names hold every word of the text."""
    orgs: QuerySet[Org] = Org.objects.visible_to(actor)
    for word in text.split():
        orgs = orgs.filter(name__lower__contains=lowered(word))
    return orgs


def get_org(actor: Actor, org_id: UUID) -> Org:
    """One organization; raises NotVisible alike for a foreign and an unknown id."""
    # The setting holds every rule of the organization, and few callers read it.
    found = Org.objects.visible_to(actor).filter(id=org_id).select_related("msp").defer("setting")
    org: Org | None = found.first()
    if org is None:
        raise NotVisible
    actor.require(VIEW_ORG, org)
    return org


def place_of_org(actor: Actor, org_id: UUID) -> Place:
    """An organization by its id alone; raises NotVisible. The actor's grant proves that it exists."""
    place = Place(org_id)
    actor.require(VIEW_ORG, place)
    return place


def find_org(actor: Actor, name_or_id: str) -> Org:
    """One organization by its id or its exact name; raises NotVisible when none or several have the name."""
    orgs = Org.objects.visible_to(actor)
    try:
        return get_org(actor, UUID(name_or_id))
    except ValueError:
        found = list(orgs.filter(name=name_or_id)[:2])
    if len(found) != 1:
        raise NotVisible(f"{len(found)} organizations are called {name_or_id!r}.")
    return get_org(actor, found[0].id)


def hides_secrets(org_id: UUID) -> bool:
    """Whether secrets are shown to nobody, not even to those who may change them (api_policy.no_reveal)."""
    # Only this part of the setting, which holds every rule of the organization, leaves the database.
    policy = Org.objects.filter(id=org_id).values_list("setting__api_policy", flat=True).first()
    return isinstance(policy, dict) and bool(policy.get("no_reveal"))


class Secrets:
    """Masks the secrets of documents of one organization; asks for its policy once, and only when needed."""

    def __init__(self, actor: Actor, org_id: UUID) -> None:
        self._actor, self._org_id = actor, org_id

    def shown(self, document: dict[str, Any], need: str, place: Placed) -> dict[str, Any]:
        """The document, with its secrets for those who can do `need` there unless the policy hides them."""
        hidden: dict[str, Any] = masked(document)
        if hidden == document or (self._actor.can(need, place) and not self._hides):
            return document
        return hidden

    @cached_property
    def _hides(self) -> bool:
        return hides_secrets(self._org_id)


def get_setting(actor: Actor, org: Org) -> dict[str, Any]:
    """The organization setting; secrets are masked for those who cannot change it or when no_reveal is on."""
    actor.require(VIEW_SETTINGS, org)
    setting: dict[str, Any] = org.setting
    return {
        **Secrets(actor, org.id).shown(setting, MANAGE_ORG, org),
        "juniper": accounts_of_setting(org.id),
        "org_id": str(org.id),
        "created_time": epoch(org.created_time),
        "modified_time": epoch(org.modified_time),
    }
