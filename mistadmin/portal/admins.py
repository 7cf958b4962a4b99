"""Administrators of an organization or an MSP (guide: Add Accounts for Portal Users, Revoke Access)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect

from accounts.actions.admins import revoke_admin, update_admin
from accounts.actions.invites import cancel_invite, invite_admin, resend_invite, update_invite
from accounts.giving import WHOLE_ORG
from accounts.members import (
    admin_version,
    get_admin,
    get_invite,
    invite_version,
    pending_invites,
    roles_of,
    shown_invite,
    table_of_admins,
)
from audit.queries import last_logins
from mistadmin.core.access import ROLES
from mistadmin.core.errors import Conflict, Invalid, Refusal, Stale, Throttled
from mistadmin.core.paging import Page
from mistadmin.core.portal import PortalView, form_problem
from mistadmin.core.versions import Seen
from orgs.msp_queries import table_of_orggroups
from sites.queries import list_sitegroups, list_sites

_ROWS: Final = 50
_INVITED: Final = Page(limit=200)
_PERSON: Final = ("email", "first_name", "last_name", "hours")
HOURS: Final = ((24, "1 day"), (48, "2 days"), (72, "3 days"), (168, "1 week"))
REACHES: Final = (("org", "All Sites"), ("sitegroup", "Site Groups"), ("site", "Specific Sites"))
REACHES_AT_MSP: Final = (("msp", "All Organizations"), ("orggroup", "Organization Groups"))
# What is ticked, by reach, with what to say when nothing is.
_TICKED: Final = {
    "site": ("site_ids", "choose at least one site"),
    "sitegroup": ("sitegroup_ids", "choose at least one site group"),
    "orggroup": ("orggroup_ids", "choose at least one organization group"),
}
_CHANGED: Final = "Somebody else changed this since you opened it. Nothing was saved."


class AdminPage(PortalView):
    """What the pages of administrators share."""

    @property
    def base(self) -> str:
        """The address of the list."""
        return f"{self.tenant.home}/admins"

    @property
    def reaches(self) -> tuple[tuple[str, str], ...]:
        """How far a role may reach here, the whole first."""
        return REACHES_AT_MSP if self.msp else REACHES

    def form(self, template: str, values: dict[str, Any], **more: Any) -> HttpResponse:
        """A form that gives a role and its reach."""
        return self.render(
            template,
            values=values,
            base=self.base,
            roles=ROLES.values(),
            # In each organization of an MSP they are roles in the whole of it.
            whole_org=() if self.msp else WHOLE_ORG,
            reaches=self.reaches,
            pickers=self._pickers(values),
            hours=_lives(values.get("hours")),
            **more,
        )

    def _pickers(self, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What may be ticked for each reach but the whole."""
        if self.msp:
            rows = {"orggroup": table_of_orggroups(self.actor, self.msp)}
        else:
            groups = list_sitegroups(self.actor, self.org, page=Page(limit=1000)).rows
            rows = {"sitegroup": groups, "site": list_sites(self.actor, self.org)}
        return [
            {"key": key, "name": name, "label": label, "choices": choices, "chosen": values.get(name)}
            for key, label in self.reaches[1:]
            for name in _TICKED[key][:1]
            for choices in [[(row["id"], row["name"]) for row in rows[key]]]
        ]


class Admins(AdminPage):
    """The administrators, and the invitations that are pending."""

    def get(self, request: HttpRequest, **ids: UUID) -> HttpResponse:
        text, asked = request.GET.get("q", "").strip()[:200], Page.of(request.GET)
        found = table_of_admins(self.actor, self.tenant, text=text, page=Page(asked.number, _ROWS))
        logins = last_logins(self.actor, self.tenant, [row["id"] for row in found.rows])
        rows = [{**row, "last_login": logins.get(row["id"])} for row in found.rows]
        return self.render(
            "admins/list.html",
            base=self.base,
            slice=found,
            rows=rows,
            # Above the first page; more than these nobody looks through.
            invited=pending_invites(self.actor, self.tenant, text=text, page=_INVITED)
            if asked.number == 1
            else None,
            q=text,
        )


class Invite(AdminPage):
    """Invite Administrator."""

    def get(self, request: HttpRequest, **ids: UUID) -> HttpResponse:
        self.offer(invite_admin, self.tenant)
        return self._ask({"reach": self.reaches[0][0], "hours": "24"})

    def post(self, request: HttpRequest, **ids: UUID) -> HttpResponse:
        self.offer(invite_admin, self.tenant)
        values = _values(request.POST)
        try:
            wish = {**_person(values), "privileges": _privileges(values, self.reaches)}
            invite_admin(self.actor, self.tenant, values=wish)
        except (Invalid, Throttled) as error:
            return self._ask(
                values, status=error.status if isinstance(error, Throttled) else 422, **_problem(error)
            )
        return self.done(f"{values['email'].strip()} is invited.", to=self.base)

    def _ask(self, values: dict[str, Any], **more: Any) -> HttpResponse:
        return self.form("admins/invite.html", values, **more)


class Edit(AdminPage, ABC):
    """What opens something with roles as a form, and saves it unless somebody else did meanwhile."""

    @abstractmethod
    def load(self, key: UUID) -> Any:
        """What is edited, as it is now; raises NotVisible."""

    @abstractmethod
    def show(self, target: Any, values: dict[str, Any], **more: Any) -> HttpResponse:
        """The form of it."""

    def saved(self, key: UUID, values: dict[str, Any], save: Callable[[Seen], object]) -> HttpResponse | None:
        """Save; None when it was, else the form again with what was typed."""
        version = self.request.POST.get("version", "")
        try:
            save(frozenset({version}) if version else None)
        except Stale:
            return self.show(self.load(key), values, status=409, error=_CHANGED, stale=True)
        except Conflict as error:
            return self.show(self.load(key), values, status=409, error=str(error))
        except Invalid as error:
            # Of the version that was opened: what was changed meanwhile is still to be noticed.
            return self.show(self.load(key), values, status=422, version=version, **_problem(error))
        return None


class Admin(Edit):
    """One administrator: who it is, and the role and its reach."""

    def get(self, request: HttpRequest, admin_id: UUID, **ids: UUID) -> HttpResponse:
        admin = self.load(admin_id)
        return self.show(admin, _chosen(admin.held))

    def post(self, request: HttpRequest, admin_id: UUID, **ids: UUID) -> HttpResponse:
        admin, values = self.load(admin_id), _values(request.POST)

        def save(seen: Seen) -> None:
            wish = {"privileges": _privileges(values, self.reaches)}
            update_admin(self.actor, self.tenant, admin=admin, values=wish, seen=seen)

        refused = self.saved(admin_id, values, save)
        # Who gave up the role of Super User may not look at the list any more.
        to = self.tenant.home if admin_id == self.actor.id else self.base
        return refused or self.done(f"Roles of {admin.full_name} saved.", to=to)

    def load(self, key: UUID) -> Any:
        return get_admin(self.actor, self.tenant, key)

    def show(self, target: Any, values: dict[str, Any], **more: Any) -> HttpResponse:
        more.setdefault("version", admin_version(target))
        return self.form(
            "admins/admin.html",
            values,
            admin=target,
            held=roles_of(target.held),
            several=len({row.role for row in target.held}) > 1,
            last_login=last_logins(self.actor, self.tenant, [target.id]).get(target.id),
            **more,
        )


class Revoke(AdminPage):
    """Revoke Access, and the window that asks first."""

    def get(self, request: HttpRequest, admin_id: UUID, **ids: UUID) -> HttpResponse:
        return self._ask(get_admin(self.actor, self.tenant, admin_id))

    def post(self, request: HttpRequest, admin_id: UUID, **ids: UUID) -> HttpResponse:
        admin = get_admin(self.actor, self.tenant, admin_id)
        try:
            revoke_admin(self.actor, self.tenant, admin=admin)
        except Conflict as error:
            return self._ask(admin, status=409, error=str(error))
        to = "/" if admin_id == self.actor.id else self.base
        return self.done(f"Access of {admin.full_name} revoked.", to=to)

    def _ask(self, admin: Any, **more: Any) -> HttpResponse:
        return self.render("admins/revoke.html", admin=admin, back=f"{self.base}/{admin.id}", **more)


class PendingInvite(Edit):
    """One pending invitation: its names, its life, the role and its reach."""

    def get(self, request: HttpRequest, invite_id: UUID, **ids: UUID) -> HttpResponse:
        invite = self.load(invite_id)
        person = {name: getattr(invite, name) for name in _PERSON}
        return self.show(invite, {**person, **_chosen(invite.privileges.all())})

    def post(self, request: HttpRequest, invite_id: UUID, **ids: UUID) -> HttpResponse:
        invite = self.load(invite_id)
        values = {**_values(request.POST), "email": invite.email}

        def save(seen: Seen) -> None:
            changes = {**_person(values), "privileges": _privileges(values, self.reaches)}
            update_invite(self.actor, self.tenant, invite=invite, changes=changes, seen=seen)

        refused = self.saved(invite_id, values, save)
        return refused or self.done(f"Invitation of {invite.email} saved.", to=self.base)

    def load(self, key: UUID) -> Any:
        return get_invite(self.actor, self.tenant, key)

    def show(self, target: Any, values: dict[str, Any], **more: Any) -> HttpResponse:
        more.setdefault("version", invite_version(target))
        shown = shown_invite(target)
        several = len(shown["roles"]) > 1
        return self.form(
            "admins/pending.html", values, invite=shown, held=shown["roles"], several=several, **more
        )


class ResendInvite(AdminPage):
    """Resend: a new link, and the old one is dead."""

    def get(self, request: HttpRequest, invite_id: UUID, **ids: UUID) -> HttpResponse:
        return redirect(f"{self.base}/invites/{get_invite(self.actor, self.tenant, invite_id).id}")

    def post(self, request: HttpRequest, invite_id: UUID, **ids: UUID) -> HttpResponse:
        invite = get_invite(self.actor, self.tenant, invite_id)
        resend_invite(self.actor, self.tenant, invite=invite)
        return self.done(f"A new link is on its way to {invite.email}; the old one is dead.", to=self.base)


class CancelInvite(AdminPage):
    """Cancel an invitation, and the window that asks first."""

    def get(self, request: HttpRequest, invite_id: UUID, **ids: UUID) -> HttpResponse:
        invite = shown_invite(get_invite(self.actor, self.tenant, invite_id))
        return self.render("admins/cancel.html", invite=invite, back=self.base)

    def post(self, request: HttpRequest, invite_id: UUID, **ids: UUID) -> HttpResponse:
        invite = get_invite(self.actor, self.tenant, invite_id)
        cancel_invite(self.actor, self.tenant, invite=invite)
        return self.done(f"Invitation of {invite.email} cancelled.", to=self.base)


def _lives(hours: Any) -> list[tuple[int, str]]:
    """How long a link may live, to choose from: with what is chosen, which the API gives to the hour."""
    known = {str(number): (number, label) for number, label in HOURS}
    text = str(hours)
    if text.isascii() and text.isdecimal() and len(text) < 4:
        known.setdefault(text, (int(text), f"{text} hours"))
    return sorted(known.values())


def _values(form: QueryDict) -> dict[str, Any]:
    """The fields as they were sent, to be shown again."""
    single = {name: form.get(name, "") for name in (*_PERSON, "role", "reach")}
    return {**single, **{name: form.getlist(name) for name, _ in _TICKED.values()}}


def _person(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in _PERSON}


def _privileges(values: Mapping[str, Any], reaches: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """What the form gives, as the API spells it; raises Invalid on `role` and `reach`."""
    role, reach = ROLES.get(values["role"]), values["reach"]
    problems = {} if role else {"role": "choose a role"}
    name, nothing = _TICKED.get(reach, ("", ""))
    if reach not in dict(reaches):
        problems["reach"] = "choose how far the role reaches"
    elif name and not values[name]:
        problems["reach"] = nothing
    if problems or role is None:
        raise Invalid(problems)
    spelled = {"scope": reach, "role": role.mist_role, "views": [role.view] if role.view else []}
    if reach == "site":
        return [{**spelled, "site_id": one} for one in values[name]]
    return [{**spelled, name: list(values[name])} if name else spelled]


def _chosen(rows: Iterable[Any]) -> dict[str, Any]:
    """What somebody holds as the form shows it; no role where there are several."""
    rows = list(rows)
    roles = {row.role for row in rows}
    ids = {
        name: [str(row.place.id) for row in rows if row.scope == key] for key, (name, _) in _TICKED.items()
    }
    whole = next((row.scope for row in rows if row.scope not in _TICKED), "")
    parts = (key for key in ("site", "sitegroup", "orggroup") if ids[_TICKED[key][0]])
    return {"role": roles.pop() if len(roles) == 1 else "", "reach": whole or next(parts), **ids}


def _problem(error: Refusal) -> dict[str, Any]:
    """What the form shows of a refusal: what is wrong with a privilege stands at the sites."""
    shown = form_problem(error)
    places = [text for path, text in shown["errors"].items() if path.startswith("privileges")]
    fields = {path: text for path, text in shown["errors"].items() if not path.startswith("privileges")}
    gone = "one of these does not exist any more; choose again"
    if places:
        fields["reach"] = gone if "does not exist" in places[0] else places[0]
    return {**shown, "errors": fields}
