"""Organization groups of an MSP, the sets of organizations that roles of its people name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from accounts.orggroups import create_orggroup, delete_orggroup, update_orggroup
from mistadmin.core.access import MANAGE_MSP
from mistadmin.portal import groups
from orgs.msp_queries import get_orggroup, org_choices, orggroup_as_row, table_of_orggroups


class OfOrgs(groups.GroupPage):
    """Groups of the organizations of an MSP."""

    words = groups.Words(
        group="organization group",
        title="Organization Groups",
        members="Organizations",
        path="orggroups",
        field="orgs",
        about="Roles that name a group hold in all of its organizations, also in those that join later.",
        help="Whoever has a role at this group reaches the chosen ones at once, and no others any more.",
        deleting="Its organizations stay as they are. Roles of people that name this group end with it.",
    )

    def may_change(self) -> bool:
        return self.actor.can(MANAGE_MSP, self.msp)

    def require_change(self) -> None:
        self.offer(create_orggroup, self.msp)

    def table(self) -> list[dict[str, Any]]:
        return table_of_orggroups(self.actor, self.msp)

    def choices(self) -> Iterable[Mapping[str, Any]]:
        return org_choices(self.actor, self.msp)

    def load(self, **ids: UUID) -> Any:
        return get_orggroup(self.actor, self.msp, ids["orggroup_id"])

    def members_of(self, group: Any) -> Collection[str]:
        ids: list[str] = orggroup_as_row(group)["org_ids"]
        return ids

    def create(self, values: Mapping[str, Any]) -> Any:
        return create_orggroup(self.actor, self.msp, values=values)

    def update(self, group: Any, values: Mapping[str, Any]) -> Any:
        return update_orggroup(self.actor, group, changes=values)

    def remove(self, group: Any) -> None:
        delete_orggroup(self.actor, group)


class OrgGroups(OfOrgs, groups.Groups):
    """The organization groups that the viewer may see."""


class CreateOrgGroup(OfOrgs, groups.CreateGroup):
    """Create Organization Group."""


class OrgGroup(OfOrgs, groups.Group):
    """One organization group."""


class DeleteOrgGroup(OfOrgs, groups.DeleteGroup):
    """Delete an organization group."""
