"""Groups that roles name: of the sites of an organization, and of the organizations of an MSP."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.datastructures import MultiValueDict

from mistadmin.core.errors import Invalid
from mistadmin.core.portal import PortalView, form_problem


@dataclass(frozen=True, slots=True)
class Words:
    """What the pages call a group and its members; `path` is below the tenant, `above` what leads back."""

    group: str
    title: str
    members: str
    path: str
    field: str
    about: str
    help: str
    deleting: str
    above: tuple[str, str] | None = None

    @property
    def nothing(self) -> str:
        """The sentence of an empty list."""
        return f"No {self.group} is there to see."

    @property
    def key(self) -> str:
        """The members as the API spells them."""
        return f"{self.field.removesuffix('s')}_ids"


class GroupPage(PortalView, ABC):
    """What the windows of one group share; a kind of group says what it reads and which actions it calls."""

    words: ClassVar[Words]

    @abstractmethod
    def may_change(self) -> bool:
        """Whether the viewer may create, change and delete groups here."""

    @abstractmethod
    def require_change(self) -> None:
        """Refuse to whom the actions would refuse it."""

    @abstractmethod
    def table(self) -> list[dict[str, Any]]:
        """The groups by name: {id, name, size}."""

    @abstractmethod
    def choices(self) -> Iterable[Mapping[str, Any]]:
        """What may be a member: {id, name}."""

    @abstractmethod
    def load(self, **ids: UUID) -> Any:
        """The group of the path; raises NotVisible."""

    @abstractmethod
    def members_of(self, group: Any) -> Collection[str]:
        """The ids of its members."""

    @abstractmethod
    def create(self, values: Mapping[str, Any]) -> Any:
        """Create a group from its name and members."""

    @abstractmethod
    def update(self, group: Any, values: Mapping[str, Any]) -> Any:
        """Let a group have this name and exactly these members."""

    @abstractmethod
    def remove(self, group: Any) -> None:
        """Delete a group."""

    @property
    def base(self) -> str:
        return f"{self.tenant.home}/{self.words.path}"

    def page(self, template: str, **context: Any) -> HttpResponse:
        """Render with the words of this kind of group."""
        return self.render(template, base=self.base, words=self.words, **context)

    def form(self, name: str, chosen: Collection[str], **more: Any) -> HttpResponse:
        """The form; `group` in `more` is the one that is changed."""
        members = [{**one, "chosen": str(one["id"]) in chosen} for one in self.choices()]
        return self.page("groups/form.html", values={"name": name}, members=members, **more)

    def again(self, values: Mapping[str, Any], error: Invalid, **more: Any) -> HttpResponse:
        """The form as it was sent, with what is wrong: a problem of one member stands at all of them."""
        fields = {path.partition(".")[0]: text for path, text in error.fields.items()}
        if fields.pop(self.words.key, None):
            fields["members"] = "one of them does not exist any more; choose again"
        problem = form_problem(Invalid(fields) if fields else error)
        return self.form(values["name"], values[self.words.key], status=422, **problem, **more)

    def posted(self, form: MultiValueDict[str, str]) -> dict[str, Any]:
        """Name and members as the form sends them."""
        return {"name": form.get("name", ""), self.words.key: form.getlist(self.words.field)}


class Groups(GroupPage, ABC):
    """The groups, each with the number of its members."""

    def get(self, request: HttpRequest, **ids: UUID) -> HttpResponse:
        return self.page("groups/list.html", groups=self.table(), may_change=self.may_change())


class CreateGroup(GroupPage, ABC):
    """A new group."""

    def get(self, request: HttpRequest, **ids: UUID) -> HttpResponse:
        self.require_change()
        return self.form("", ())

    def post(self, request: HttpRequest, **ids: UUID) -> HttpResponse:
        self.require_change()
        values = self.posted(request.POST)
        try:
            group = self.create(values)
        except Invalid as error:
            return self.again(values, error)
        return self.done(f"{self.words.group.capitalize()} {group.name} created.", to=self.base)


class Group(GroupPage, ABC):
    """One group: its name and its members."""

    def get(self, request: HttpRequest, **ids: UUID) -> HttpResponse:
        self.require_change()
        group = self.load(**ids)
        return self.form(group.name, self.members_of(group), group=group)

    def post(self, request: HttpRequest, **ids: UUID) -> HttpResponse:
        self.require_change()
        group, values = self.load(**ids), self.posted(request.POST)
        try:
            group = self.update(group, values)
        except Invalid as error:
            return self.again(values, error, group=group)
        return self.done(f"{self.words.group.capitalize()} {group.name} saved.", to=self.base)


class DeleteGroup(GroupPage, ABC):
    """Ask, and delete a group; its members stay."""

    def get(self, request: HttpRequest, **ids: UUID) -> HttpResponse:
        self.require_change()
        return self.page("groups/delete.html", group=self.load(**ids))

    def post(self, request: HttpRequest, **ids: UUID) -> HttpResponse:
        self.require_change()
        group = self.load(**ids)
        self.remove(group)
        return self.done(f"{self.words.group.capitalize()} {group.name} deleted.", to=self.base)
