"""Site groups (guide: Site Configuration, Site Groups), the sets of sites that roles and templates name."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.datastructures import MultiValueDict

from mistadmin.core.errors import Invalid
from mistadmin.core.portal import PortalView, form_problem
from sites.actions import create_sitegroup, delete_sitegroup, update_sitegroup
from sites.grouping import create_filled_sitegroup, update_filled_sitegroup
from sites.queries import get_sitegroup, list_sites, sitegroup_as_row, table_of_groups


class GroupPage(PortalView):
    """What the windows of one group share."""

    @property
    def base(self) -> str:
        return f"/orgs/{self.org.id}/sitegroups"

    def form(self, name: str, site_ids: Collection[str], **more: Any) -> HttpResponse:
        """The form; `group` in `more` is the one that is changed."""
        sites = [{**one, "chosen": str(one["id"]) in site_ids} for one in list_sites(self.actor, self.org)]
        return self.render("sites/group.html", values={"name": name}, sites=sites, base=self.base, **more)


class SiteGroups(GroupPage):
    """The groups of the organization, each with the number of its sites."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        groups = table_of_groups(self.actor, self.org)
        may = self.actor.can(create_sitegroup.__action_needs__, self.org)  # type: ignore[attr-defined]
        return self.render("sites/groups.html", groups=groups, base=self.base, may_change=may)


class CreateSiteGroup(GroupPage):
    """Create Site Group."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        self.offer(create_sitegroup, self.org)
        return self.form("", ())

    def post(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        self.offer(create_sitegroup, self.org)
        values = _posted(request.POST)
        try:
            group = create_filled_sitegroup(self.actor, self.org, values=values)
        except Invalid as error:
            return self.form(**values, status=422, **_problem(error))
        return self.done(f"Site group {group.name} created.", to=self.base)


class SiteGroup(GroupPage):
    """One group: its name and its sites."""

    def get(self, request: HttpRequest, org_id: UUID, sitegroup_id: UUID) -> HttpResponse:
        self.offer(update_sitegroup, self.org)
        group = get_sitegroup(self.actor, self.org, sitegroup_id)
        return self.form(group.name, sitegroup_as_row(self.actor, group)["site_ids"], group=group)

    def post(self, request: HttpRequest, org_id: UUID, sitegroup_id: UUID) -> HttpResponse:
        self.offer(update_sitegroup, self.org)
        group = get_sitegroup(self.actor, self.org, sitegroup_id)
        values = _posted(request.POST)
        try:
            group = update_filled_sitegroup(self.actor, group, values=values)
        except Invalid as error:
            return self.form(**values, status=422, group=group, **_problem(error))
        return self.done(f"Site group {group.name} saved.", to=self.base)


class DeleteSiteGroup(GroupPage):
    """Ask, and delete a group; its sites stay."""

    def get(self, request: HttpRequest, org_id: UUID, sitegroup_id: UUID) -> HttpResponse:
        self.offer(delete_sitegroup, self.org)
        group = get_sitegroup(self.actor, self.org, sitegroup_id)
        return self.render("sites/group_delete.html", group=group, back=self.base)

    def post(self, request: HttpRequest, org_id: UUID, sitegroup_id: UUID) -> HttpResponse:
        self.offer(delete_sitegroup, self.org)
        group = get_sitegroup(self.actor, self.org, sitegroup_id)
        delete_sitegroup(self.actor, group)
        return self.done(f"Site group {group.name} deleted.", to=self.base)


def _posted(form: MultiValueDict[str, str]) -> dict[str, Any]:
    return {"name": form.get("name", ""), "site_ids": form.getlist("sites")}


def _problem(error: Invalid) -> dict[str, Any]:
    """A problem at the fields of the form, where sites are chosen."""
    fields = {path.partition(".")[0]: text for path, text in error.fields.items()}
    if "site_ids" in fields:
        fields["sites"] = "one of them does not exist any more; choose again"
        del fields["site_ids"]
    return form_problem(Invalid(fields) if fields else error)
