"""Portal: the API tokens of an organization (guide: Organization Settings, API Token)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from accounts import actions
from accounts.queries import get_org_token, list_org_tokens
from accounts.shapes import token_document, token_row
from accounts.token_forms import (
    ALL,
    CALLED,
    LABELS,
    document_of,
    is_mixed,
    opening,
    posted,
    privileges_of,
    problem_of,
    said_of,
    stored,
    told_of,
    values_of,
)
from audit.queries import last_change
from mistadmin.core.access import ROLES
from mistadmin.core.edits import Clash, Edit, Write
from mistadmin.core.errors import Invalid
from mistadmin.core.paging import Page
from mistadmin.core.portal import PortalView, form_clash
from mistadmin.core.versions import Seen
from sites.queries import list_sites, table_of_groups

_CHOICES: Final = [(role.key, f"{role.label}: {role.description}") for role in ROLES.values()]


class TokenPage(PortalView):
    """What the windows of one token share."""

    def form(self, values: Mapping[str, Any], **more: Any) -> HttpResponse:
        """The form with these values; `token` in `more` is the one that is changed."""
        places = {
            "groups": table_of_groups(self.actor, self.org),
            "sites": list_sites(self.actor, self.org),
        }
        choices: dict[str, Any] = {
            kind: [(one["id"], one["name"]) for one in rows] for kind, rows in places.items()
        }
        shown: dict[str, Any] = {"values": values, "roles": _CHOICES, "base": self.base}
        return self.render("accounts/org_tokens/form.html", **shown, **choices, **more)

    @property
    def base(self) -> str:
        return f"/orgs/{self.org.id}/settings/tokens"


class Tokens(TokenPage):
    """The tokens of the organization."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        found = list_org_tokens(self.actor, self.org, page=Page.of(request.GET, limit=50))
        found.rows[:] = [{**row, **told_of(row["privileges"])} for row in found.rows]
        return self.render("accounts/org_tokens/list.html", slice=found, base=self.base)


@method_decorator(never_cache, "dispatch")
class CreateToken(TokenPage):
    """Create Token; the key is in the answer and never shown again."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        self.offer(actions.create_org_token, self.org)
        return self.form({"name": "", "role": "", "reach": ALL, "groups": (), "sites": (), "src_ips": ""})

    def post(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        self.offer(actions.create_org_token, self.org)
        values = posted(request.POST)
        try:
            token = actions.create_org_token(
                self.actor,
                self.org,
                values={
                    "name": values["name"],
                    "privileges": privileges_of(values),
                    "src_ips": values["src_ips"].replace(",", " ").split(),
                },
            )
        except Invalid as error:
            return self.form(values, status=422, **problem_of(error))
        return self.render("accounts/org_tokens/created.html", token=token, base=self.base)


class Token(TokenPage):
    """One token: its name, what it may do and where. Its addresses and its key stay."""

    def get(self, request: HttpRequest, org_id: UUID, token_id: UUID) -> HttpResponse:
        self.offer(actions.update_org_token, self.org)
        token = get_org_token(self.actor, self.org, token_id)
        return self._form(token, stored(token_document(token)), edit=opening(token))

    def post(self, request: HttpRequest, org_id: UUID, token_id: UUID) -> HttpResponse:
        self.offer(actions.update_org_token, self.org)
        token = get_org_token(self.actor, self.org, token_id)
        values, edit = posted(request.POST), Edit.posted(request.POST)
        said = said_of(values, mixed=is_mixed(token_document(token)))
        try:
            edit.save(said, write=self._write(token_id), now=lambda: opening(self._token(token_id)))
        except Clash as clash:
            by = last_change(self.actor, token, "accounts.token.updated")
            shown = form_clash(clash, by=by, labels=LABELS)
            return self._form(token, values_of(clash.merged), called=self._called(), **shown)
        except Invalid as error:
            return self._form(token, values, status=422, edit=edit, **problem_of(error))
        return self.done(f"API token {values['name']} saved.", to=self.base)

    def _token(self, token_id: UUID) -> Any:
        return get_org_token(self.actor, self.org, token_id)

    def _write(self, token_id: UUID) -> Write:
        def write(changes: Mapping[str, Any], seen: Seen) -> None:
            token = self._token(token_id)
            wish = {"name": changes.get("name", token.name)}
            if changes.keys() & {"role", "reach"}:
                wish["privileges"] = privileges_of(values_of({**document_of(token), **changes}))
            actions.update_org_token(self.actor, token, values=wish, seen=seen)

        return write

    def _called(self) -> dict[str, str]:
        """What roles and places are called."""
        places = [*table_of_groups(self.actor, self.org), *list_sites(self.actor, self.org)]
        return {**CALLED, **{str(one["id"]): one["name"] for one in places}}

    def _form(self, token: Any, values: Mapping[str, Any], **more: Any) -> HttpResponse:
        mixed = is_mixed(token_document(token))
        told = told_of(token_row(token)["privileges"]) if mixed else {}
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
