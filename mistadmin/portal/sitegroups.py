"""Site groups (guide: Site Configuration, Site Groups), the sets of sites that roles and templates name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.datastructures import MultiValueDict

from audit.queries import last_change
from mistadmin.core.edits import Clash, Edit, Write
from mistadmin.core.errors import Invalid
from mistadmin.core.portal import PortalView, form_clash, form_problem
from mistadmin.core.versions import Seen, version_of
from sites.actions import create_sitegroup, delete_sitegroup, update_sitegroup
from sites.grouping import create_filled_sitegroup, filled_document, update_filled_sitegroup
from sites.queries import get_sitegroup, list_sites, table_of_groups

_IN: Final = "In the group"


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
        return self._form(group, filled_document(group), edit=_opening(group))

    def post(self, request: HttpRequest, org_id: UUID, sitegroup_id: UUID) -> HttpResponse:
        self.offer(update_sitegroup, self.org)
        group = get_sitegroup(self.actor, self.org, sitegroup_id)
        values, edit = _posted(request.POST), Edit.posted(request.POST)
        known = _opening(group).opened if edit.opened is None else edit.opened
        try:
            edit.save(
                _said(values, known or {}), write=self._write(sitegroup_id), now=self._now(sitegroup_id)
            )
        except Clash as clash:
            merged = _chosen(clash.merged)
            return self._form(group, merged, **self._clash(group, clash))
        except Invalid as error:
            return self._form(group, values, status=422, edit=edit, **_problem(error))
        return self.done(f"Site group {values['name'].strip()} saved.", to=self.base)

    def _form(self, group: Any, values: Mapping[str, Any], **more: Any) -> HttpResponse:
        return self.form(values["name"], values["site_ids"], group=group, **more)

    def _write(self, sitegroup_id: UUID) -> Write:
        def write(changes: Mapping[str, Any], seen: Seen) -> None:
            group = get_sitegroup(self.actor, self.org, sitegroup_id)
            wish = {key: value for key, value in {**_document(group), **changes}.items() if value is not None}
            update_filled_sitegroup(self.actor, group, values=_chosen(wish), seen=seen)

        return write

    def _now(self, sitegroup_id: UUID) -> Callable[[], Edit]:
        return lambda: _opening(get_sitegroup(self.actor, self.org, sitegroup_id))

    def _clash(self, group: Any, clash: Clash) -> dict[str, Any]:
        # Sites that come and go are told of by their own entries.
        renamed = "name" in clash.changed
        by = last_change(self.actor, group, "sites.sitegroup.updated") if renamed else None
        names = {str(site["id"]): f"Site {site['name']}" for site in list_sites(self.actor, self.org)}
        return form_clash(clash, by=by, labels={"name": "Name", **names})


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


def _document(group: Any) -> dict[str, Any]:
    """The form of a group with a key for each of its sites: different sites are different changes."""
    filled = filled_document(group)
    return {"name": filled["name"], **dict.fromkeys(filled["site_ids"], _IN)}


def _opening(group: Any) -> Edit:
    return Edit.opening(version_of(group, filled_document(group)), _document(group))


def _said(values: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """What the form says, also of the sites that it was opened with and has no more."""
    gone = dict.fromkeys(known.keys() - {"name", *values["site_ids"]})
    return {"name": values["name"], **gone, **dict.fromkeys(values["site_ids"], _IN)}


def _chosen(document: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": document["name"], "site_ids": [key for key in document if key != "name"]}


def _posted(form: MultiValueDict[str, str]) -> dict[str, Any]:
    return {"name": form.get("name", ""), "site_ids": form.getlist("sites")}


def _problem(error: Invalid) -> dict[str, Any]:
    """A problem at the fields of the form, where sites are chosen."""
    fields = {path.partition(".")[0]: text for path, text in error.fields.items()}
    if "site_ids" in fields:
        fields["sites"] = "one of them does not exist any more; choose again"
        del fields["site_ids"]
    return form_problem(Invalid(fields) if fields else error)
