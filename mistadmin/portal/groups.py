"""Groups that roles name: of the sites of an organization, and of the organizations of an MSP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from accounts import orggroups
from audit.queries import last_change
from mistadmin.core.edits import Clash, Edit
from mistadmin.core.errors import Invalid
from mistadmin.core.portal import PortalView, form_clash, form_problem
from mistadmin.core.versions import Seen, version_of
from orgs import msp_queries
from sites import actions, grouping, queries

_IN: Final = "In the group"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of group: what it is called, what reads it and which actions change it.

    `short` is a member as addresses and the API spell it, `about` and `deleting` are sentences of the pages,
    `above` is the page that leads here and its title, `updated` is the event of a renamed group.
    """

    short: str
    noun: str
    about: str
    deleting: str
    table: Callable[..., list[dict[str, Any]]]
    choices: Callable[..., list[dict[str, Any]]]
    load: Callable[..., Any]
    document: Callable[[Any], dict[str, Any]]
    create: Callable[..., Any]
    update: Callable[..., Any]
    delete: Callable[..., None]
    updated: str
    above: tuple[str, str] | None = None

    @property
    def group(self) -> str:
        """What a group is called."""
        return f"{self.noun} group"

    @property
    def members(self) -> str:
        """What its members are called."""
        return f"{self.noun}s"

    @property
    def nothing(self) -> str:
        """The sentence of an empty list."""
        return f"No {self.group} is there to see."

    @property
    def help(self) -> str:
        """The help at the choice of members."""
        reached = f"the chosen {self.members} at once, and no others any more"
        return f"Whoever has a role at this group reaches {reached}."

    @property
    def field(self) -> str:
        """The members as the form sends them."""
        return f"{self.short}s"

    @property
    def key(self) -> str:
        """The members as actions take them."""
        return f"{self.short}_ids"


OF_SITES: Final = Kind(
    short="site",
    noun="site",
    about="Roles and templates that name a group hold at all of its sites, also at those that join later.",
    deleting="Its sites stay as they are. Roles of people and tokens that name this group end with it.",
    table=queries.table_of_groups,
    choices=queries.list_sites,
    load=queries.get_sitegroup,
    document=grouping.filled_document,
    create=grouping.create_filled_sitegroup,
    update=grouping.update_filled_sitegroup,
    delete=actions.delete_sitegroup,
    updated="sites.sitegroup.updated",
    above=("sites", "Site Configuration"),
)
OF_ORGS: Final = Kind(
    short="org",
    noun="organization",
    about="Roles that name a group hold in all of its organizations, also in those that join later.",
    deleting="Its organizations stay as they are. Roles of people that name this group end with it.",
    table=msp_queries.table_of_orggroups,
    choices=msp_queries.org_choices,
    load=msp_queries.get_orggroup,
    document=msp_queries.filled_orggroup,
    create=orggroups.create_orggroup,
    update=orggroups.update_orggroup,
    delete=orggroups.delete_orggroup,
    updated="orgs.orggroup.updated",
)


class GroupPage(PortalView):
    """What the windows of one group share.

    A form is {"name": ..., id of a member: _IN, ...}: different members are different changes.
    """

    @property
    def kind(self) -> Kind:
        return OF_ORGS if self.msp else OF_SITES

    @property
    def base(self) -> str:
        return f"{self.tenant.home}/{self.kind.short}groups"

    def load(self) -> Any:
        """The group of the path; raises NotVisible."""
        return self.kind.load(self.actor, self.tenant, self.kwargs[f"{self.kind.short}group_id"])

    def page(self, template: str, **context: Any) -> HttpResponse:
        """Render with what this kind of group is called."""
        return self.render(template, kind=self.kind, base=self.base, **context)

    def form(self, form: Mapping[str, Any], group: Any = None, **more: Any) -> HttpResponse:
        """The window with this form, of a new group or of one that is changed."""
        called = self.kind.group
        title = f"{called.capitalize()} {group.name}" if group else f"Create {called.title()}"
        choices = [(one["id"], one["name"]) for one in self.kind.choices(self.actor, self.tenant)]
        values = {"name": form["name"], self.kind.field: _members(form)}
        shown = {"title": title, "group": group, "values": values, "choices": choices}
        return self.page("groups/form.html", **shown, **more)

    def again(self, form: Mapping[str, Any], error: Invalid, **more: Any) -> HttpResponse:
        """The form as it was sent, with what is wrong: a problem of one member stands at all of them."""
        fields = {path.partition(".")[0]: text for path, text in error.fields.items()}
        if fields.pop(self.kind.key, None):
            fields[self.kind.field] = "one of them does not exist any more; choose again"
        return self.form(form, status=422, **form_problem(Invalid(fields) if fields else error), **more)

    def posted(self) -> dict[str, Any]:
        """The form as it is sent."""
        sent = self.request.POST
        return {**dict.fromkeys(sent.getlist(self.kind.field), _IN), "name": sent.get("name", "")}

    def values(self, form: Mapping[str, Any]) -> dict[str, Any]:
        """A form as actions take it."""
        return {"name": form["name"], self.kind.key: _members(form)}

    def told(self, name: str, what: str) -> HttpResponse:
        """Say what became of a group, on the list."""
        return self.done(f"{self.kind.group.capitalize()} {name.strip()} {what}.", to=self.base)


class Groups(GroupPage):
    """The groups that the viewer may see, each with the number of its members."""

    def get(self, request: HttpRequest, **ids: UUID) -> HttpResponse:
        groups = self.kind.table(self.actor, self.tenant)
        may = self.actor.can(self.kind.create.__action_needs__, self.tenant)  # type: ignore[attr-defined]
        return self.page("groups/list.html", groups=groups, may_change=may)


class CreateGroup(GroupPage):
    """A new group."""

    def get(self, request: HttpRequest, **ids: UUID) -> HttpResponse:
        self.offer(self.kind.create, self.tenant)
        return self.form({"name": ""})

    def post(self, request: HttpRequest, **ids: UUID) -> HttpResponse:
        self.offer(self.kind.create, self.tenant)
        form = self.posted()
        try:
            group = self.kind.create(self.actor, self.tenant, values=self.values(form))
        except Invalid as error:
            return self.again(form, error)
        return self.told(group.name, "created")


class Group(GroupPage):
    """One group: its name and its members."""

    def get(self, request: HttpRequest, **ids: UUID) -> HttpResponse:
        self.offer(self.kind.update, self.tenant)
        group = self.load()
        return self.form(self._stored(group), group=group, edit=self._opening(group))

    def post(self, request: HttpRequest, **ids: UUID) -> HttpResponse:
        self.offer(self.kind.update, self.tenant)
        group, form, edit = self.load(), self.posted(), Edit.posted(request.POST)
        # The form is silent about members that it was opened with and has no more.
        known = self._stored(group) if edit.opened is None else edit.opened
        try:
            edit.save({**dict.fromkeys(known), **form}, write=self._write, now=self._now)
        except Clash as clash:
            return self.form(clash.merged, group=group, **self._clash(group, clash))
        except Invalid as error:
            return self.again(form, error, group=group, edit=edit)
        return self.told(form["name"], "saved")

    def _stored(self, group: Any) -> dict[str, Any]:
        stored = self.kind.document(group)
        return {**dict.fromkeys(stored[self.kind.key], _IN), "name": stored["name"]}

    def _opening(self, group: Any) -> Edit:
        return Edit.opening(version_of(group, self.kind.document(group)), self._stored(group))

    def _now(self) -> Edit:
        return self._opening(self.load())

    def _write(self, changes: Mapping[str, Any], seen: Seen) -> None:
        group = self.load()
        wish = {key: value for key, value in {**self._stored(group), **changes}.items() if value is not None}
        self.kind.update(self.actor, group, changes=self.values(wish), seen=seen)

    def _clash(self, group: Any, clash: Clash) -> dict[str, Any]:
        # Sites that come and go are told of by their own entries.
        renamed = "name" in clash.changed
        by = last_change(self.actor, group, self.kind.updated) if renamed else None
        choices = self.kind.choices(self.actor, self.tenant)
        members = {str(one["id"]): f"{self.kind.noun.capitalize()} {one['name']}" for one in choices}
        return form_clash(clash, by=by, labels={"name": "Name", **members})


class DeleteGroup(GroupPage):
    """Ask, and delete a group; its members stay."""

    def get(self, request: HttpRequest, **ids: UUID) -> HttpResponse:
        self.offer(self.kind.delete, self.tenant)
        return self.page("groups/delete.html", group=self.load(), back=self.base)

    def post(self, request: HttpRequest, **ids: UUID) -> HttpResponse:
        self.offer(self.kind.delete, self.tenant)
        group = self.load()
        self.kind.delete(self.actor, group)
        return self.told(group.name, "deleted")


def _members(form: Mapping[str, Any]) -> list[str]:
    return [key for key in form if key != "name"]
