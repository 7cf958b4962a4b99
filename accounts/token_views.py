"""Portal: the API tokens of an organization (guide: Organization Settings, API Token)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.datastructures import MultiValueDict
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from accounts import actions
from accounts.queries import get_org_token, list_org_tokens
from accounts.shapes import MOST_PRIVILEGES, token_document, token_row
from mistadmin.core.access import ROLES, role_spelled
from mistadmin.core.errors import Invalid
from mistadmin.core.paging import Page
from mistadmin.core.portal import PortalView, form_problem
from sites.queries import list_sites, table_of_groups

ALL: Final = "all"
# A way to choose places -> the scope of the API, the key of the place, and what to say when none is chosen.
_REACHES: Final = {
    "groups": ("sitegroup", "sitegroup_id", "select one site group at least"),
    "sites": ("site", "site_id", "select one site at least"),
}
_CHOICES: Final = [(role.key, f"{role.label}: {role.description}") for role in ROLES.values()]


class TokenPage(PortalView):
    """What the windows of one token share."""

    def form(self, values: Mapping[str, Any], **more: Any) -> HttpResponse:
        """The form with these values; `token` in `more` is the one that is changed."""
        places = {
            "groups": table_of_groups(self.actor, self.org),
            "sites": list_sites(self.actor, self.org),
        }
        chosen: dict[str, Any] = {
            kind: [{**one, "chosen": str(one["id"]) in values[kind]} for one in rows]
            for kind, rows in places.items()
        }
        shown: dict[str, Any] = {"values": values, "roles": _CHOICES, "base": self.base}
        return self.render("accounts/org_tokens/form.html", **shown, **chosen, **more)

    @property
    def base(self) -> str:
        return f"/orgs/{self.org.id}/settings/tokens"


class Tokens(TokenPage):
    """The tokens of the organization."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        found = list_org_tokens(self.actor, self.org, page=Page.of(request.GET, limit=50))
        found.rows[:] = [{**row, **_told(row["privileges"])} for row in found.rows]
        return self.render("accounts/org_tokens/list.html", slice=found, base=self.base)


@method_decorator(never_cache, "dispatch")
class CreateToken(TokenPage):
    """Create Token; the key is in the answer and never shown again."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        self.offer(actions.create_org_token, self.org)
        return self.form({"name": "", "role": "", "reach": ALL, "groups": (), "sites": (), "src_ips": ""})

    def post(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        self.offer(actions.create_org_token, self.org)
        values = _posted(request.POST)
        try:
            token = actions.create_org_token(
                self.actor,
                self.org,
                values={
                    "name": values["name"],
                    "privileges": _privileges(values),
                    "src_ips": values["src_ips"].replace(",", " ").split(),
                },
            )
        except Invalid as error:
            return self.form(values, status=422, **_problem(error))
        return self.render("accounts/org_tokens/created.html", token=token, base=self.base)


class Token(TokenPage):
    """One token: its name, what it may do and where. Its addresses and its key stay."""

    def get(self, request: HttpRequest, org_id: UUID, token_id: UUID) -> HttpResponse:
        self.offer(actions.update_org_token, self.org)
        token = get_org_token(self.actor, self.org, token_id)
        return self._form(token, _stored(token_document(token)))

    def post(self, request: HttpRequest, org_id: UUID, token_id: UUID) -> HttpResponse:
        self.offer(actions.update_org_token, self.org)
        token, values = get_org_token(self.actor, self.org, token_id), _posted(request.POST)
        changes: dict[str, Any] = {"name": values["name"]}
        try:
            if not _is_mixed(token_document(token)):
                changes["privileges"] = _privileges(values)
            actions.update_org_token(self.actor, token, values=changes)
        except Invalid as error:
            return self._form(token, values, status=422, **_problem(error))
        return self.done(f"API token {values['name']} saved.", to=self.base)

    def _form(self, token: Any, values: Mapping[str, Any], **more: Any) -> HttpResponse:
        mixed = _is_mixed(token_document(token))
        told = _told(token_row(token)["privileges"]) if mixed else {}
        return self.form(values, token=token, mixed=mixed, told=told, **more)


class RevokeToken(TokenPage):
    """Ask, and revoke a token."""

    def get(self, request: HttpRequest, org_id: UUID, token_id: UUID) -> HttpResponse:
        self.offer(actions.delete_org_token, self.org)
        token = get_org_token(self.actor, self.org, token_id)
        return self.render("accounts/org_tokens/revoke.html", token=token, back=self.base)

    def post(self, request: HttpRequest, org_id: UUID, token_id: UUID) -> HttpResponse:
        self.offer(actions.delete_org_token, self.org)
        token = get_org_token(self.actor, self.org, token_id)
        actions.delete_org_token(self.actor, token)
        return self.done(f"API token {token.name} revoked.", to=self.base)


def _posted(form: MultiValueDict[str, str]) -> dict[str, Any]:
    texts = {name: form.get(name, "") for name in ("name", "role", "reach", "src_ips")}
    return {**texts, "groups": form.getlist("groups"), "sites": form.getlist("sites")}


def _privileges(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the form grants, as the API spells it; raises Invalid at the field."""
    role = ROLES.get(values["role"])
    if role is None:
        raise Invalid({"role": "choose an access level"})
    spelled = {"role": role.mist_role, "views": [role.view] if role.view else []}
    if values["reach"] == ALL:
        return [{"scope": "org", **spelled}]
    if values["reach"] not in _REACHES:
        raise Invalid({"reach": "choose where the token may be used"})
    scope, key, nothing = _REACHES[values["reach"]]
    places = values[values["reach"]]
    if not places:
        raise Invalid({values["reach"]: nothing})
    if len(places) > MOST_PRIVILEGES:
        raise Invalid({values["reach"]: f"select {MOST_PRIVILEGES} at most, or put the sites in a group"})
    return [{"scope": scope, key: place, **spelled} for place in places]


def _stored(document: Mapping[str, Any]) -> dict[str, Any]:
    held = document["privileges"]
    role = _role(held[0]) if held else None
    values = {"name": document["name"], "role": role.key if role else "", "reach": ALL, "src_ips": ""}
    for reach, (scope, key, _) in _REACHES.items():
        values[reach] = [row[key] for row in held if row["scope"] == scope]
        values["reach"] = reach if values[reach] else values["reach"]
    return values


def _is_mixed(document: Mapping[str, Any]) -> bool:
    """Whether the form could not say what the token may: it has several roles or kinds of places."""
    held = document["privileges"]
    return (
        len({(row["role"], *row.get("views", ())) for row in held}) > 1 or len({r["scope"] for r in held}) > 1
    )


def _told(held: list[dict[str, Any]]) -> dict[str, Any]:
    """Access level and reach in words."""
    roles = dict.fromkeys(role.label for row in held if (role := _role(row)))
    places = ["All sites" if row["scope"] == "org" else row["name"] for row in held]
    return {"access": ", ".join(roles), "reach": ", ".join(dict.fromkeys(places))}


def _role(row: Mapping[str, Any]) -> Any:
    return role_spelled(row["role"], next(iter(row.get("views", ())), None))


def _problem(error: Invalid) -> dict[str, Any]:
    """A problem at the fields of the form: privileges are chosen, so what is wrong is that one is gone."""
    fields = {}
    for path, text in error.fields.items():
        if path.startswith("src_ips"):
            fields["src_ips"] = "one of these is no address: write 192.0.2.7 or 192.0.2.0/24, at most ten"
        elif path.startswith("privileges"):
            fields["reach"] = "one of the chosen places does not exist any more; choose again"
        else:
            fields[path] = text
    return form_problem(Invalid(fields) if fields else error)
