"""Organization > Settings > Single Sign-On: identity providers, roles, and why somebody did not come in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from accounts.sso.actions import (
    create_role,
    create_sso,
    delete_role,
    delete_sso,
    update_role,
    update_sso,
)
from accounts.sso.metadata import MOST_BYTES, read_metadata
from accounts.sso.queries import get_role, get_sso, list_failures, list_roles
from accounts.sso.saml import addresses, is_complete, sp_metadata
from accounts.sso.shapes import role_document, sso_document
from audit.queries import last_change
from mistadmin.core.access import ROLES, role_spelled
from mistadmin.core.edits import Clash, Edit
from mistadmin.core.errors import Invalid
from mistadmin.core.paging import Page
from mistadmin.core.portal import PortalView, form_clash, form_problem
from mistadmin.core.versions import Seen, version_of
from sites.queries import list_sitegroups, list_sites

_TEXTS: Final = (
    *("name", "issuer", "idp_sso_url", "idp_cert", "idp_sign_algo", "nameid_format"),
    *("default_role", "role_attr_from", "role_attr_extraction", "custom_logout_url"),
)
_LABELS: Final = {
    "name": "Name",
    "issuer": "Issuer",
    "idp_sso_url": "Sign-on URL",
    "idp_cert": "Certificate",
    "idp_sign_algo": "Signing algorithm",
    "nameid_format": "NameID format",
    "default_role": "Default role",
    "ignore_unmatched_roles": "Unknown roles",
    "role_attr_from": "Role attribute",
    "role_attr_extraction": "Role is",
    "custom_logout_url": "Logout URL",
}
_DEFAULTS: Final = {"idp_sign_algo": "sha256", "nameid_format": "email", "role_attr_from": "Role"}
_CHOICES: Final[dict[str, Any]] = {
    "algorithms": [("sha256", "SHA-256"), ("sha384", "SHA-384"), ("sha512", "SHA-512")],
    "formats": [("email", "E-mail address"), ("unspecified", "Unspecified")],
    "extractions": [("", "The whole value"), ("cn", "The CN of a distinguished name")],
}
_FAILURES: Final = 20
_MOST_ROWS: Final = 20


class _ProviderForm(PortalView):
    """The form of a provider, which can be filled in from metadata before it is saved."""

    def sent(self) -> dict[str, Any]:
        """What the form says; an empty field clears its key."""
        form = self.request.POST
        values: dict[str, Any] = {key: form.get(key, "").strip() or None for key in _TEXTS}
        ignores = "ignore_unmatched_roles" in form
        return {**values, "name": values["name"] or "", "ignore_unmatched_roles": ignores}

    def imported(self) -> dict[str, str]:
        """The fields of the metadata that was pasted or chosen as a file; raises Invalid."""
        file = self.request.FILES.get("file")
        raw = file.read(MOST_BYTES + 1) if file else self.request.POST.get("metadata", "").encode()
        if not raw.strip():
            raise Invalid({"metadata": "paste the XML, or choose its file"})
        return read_metadata(raw)

    def form(self, values: Mapping[str, Any], **more: Any) -> HttpResponse:
        """The page with these values in its form."""
        roles = list_roles(self.actor, self.org, page=Page(1, 1000)).rows
        known = {**_DEFAULTS, **{key: value for key, value in values.items() if value is not None}}
        names = [(row["name"], row["name"]) for row in roles]
        default = known.get("default_role")
        if default and (default, default) not in names:
            names.append((default, f"{default} (not there any more)"))
        more.setdefault("metadata", self.request.POST.get("metadata", ""))
        return self.render("orgs/sso.html", values=known, role_names=names, **_CHOICES, **more)


class Create(_ProviderForm):
    """Add Identity Provider."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        self.offer(create_sso, self.org)
        return self.form({})

    def post(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        self.offer(create_sso, self.org)
        values = self.sent()
        try:
            if "import" in request.POST:
                return self.form({**values, **self.imported()}, filled=True)
            sso = create_sso(self.actor, self.org, values=values)
        except Invalid as error:
            return self.form(values, status=422, **form_problem(error))
        to = f"/orgs/{org_id}/settings/sso/{sso.id}"
        text = f"Identity provider {sso.name} added. Its own side needs the addresses below."
        return self.done(text, to=to)


class Provider(_ProviderForm):
    """One provider: our addresses for its side, its fields, and who did not come in."""

    def get(self, request: HttpRequest, org_id: UUID, sso_id: UUID) -> HttpResponse:
        return self._show(get_sso(self.actor, self.org, sso_id))

    def post(self, request: HttpRequest, org_id: UUID, sso_id: UUID) -> HttpResponse:
        sso = get_sso(self.actor, self.org, sso_id)
        values, edit = self.sent(), Edit.posted(request.POST)

        def write(changes: Mapping[str, Any], seen: Seen) -> None:
            update_sso(self.actor, get_sso(self.actor, self.org, sso_id), changes=changes, seen=seen)

        try:
            if "import" in request.POST:
                return self._show(sso, {**values, **self.imported()}, edit=edit, filled=True)
            edit.save(values, write=write, now=lambda: _opening(get_sso(self.actor, self.org, sso_id)))
        except Clash as clash:
            by = last_change(self.actor, self.org, "accounts.sso.updated")
            return self._show(sso, clash.merged, **form_clash(clash, by=by, labels=_LABELS))
        except Invalid as error:
            return self._show(sso, values, status=422, edit=edit, **form_problem(error))
        return self.done(f"Identity provider {values['name']} saved.", to=request.path)

    def _show(self, sso: Any, values: Mapping[str, Any] | None = None, **more: Any) -> HttpResponse:
        more.setdefault("edit", _opening(sso))
        return self.form(
            sso_document(sso) if values is None else values,
            sso=sso,
            where=addresses(sso),
            complete=is_complete(sso),
            failures=list_failures(self.actor, sso, page=Page(1, _FAILURES)),
            **more,
        )


class Metadata(PortalView):
    """Our metadata for a provider as a file."""

    def get(self, request: HttpRequest, org_id: UUID, sso_id: UUID) -> HttpResponse:
        sso = get_sso(self.actor, self.org, sso_id)
        name = f'attachment; filename="mistadmin-{sso.domain}.xml"'
        headers = {"Content-Disposition": name}
        return HttpResponse(sp_metadata(sso), content_type="application/samlmetadata+xml", headers=headers)


class Delete(PortalView):
    """Ask, and remove a provider with the accounts that come in through it."""

    def get(self, request: HttpRequest, org_id: UUID, sso_id: UUID) -> HttpResponse:
        sso = get_sso(self.actor, self.org, sso_id)
        back = f"/orgs/{org_id}/settings/sso/{sso.id}"
        return self.render("orgs/sso_delete.html", sso=sso, people=sso.identities.count(), back=back)

    def post(self, request: HttpRequest, org_id: UUID, sso_id: UUID) -> HttpResponse:
        sso = get_sso(self.actor, self.org, sso_id)
        delete_sso(self.actor, sso)
        return self.done(f"Identity provider {sso.name} deleted.", to=f"/orgs/{org_id}/settings#sso")


class _RoleForm(PortalView):
    """A role and what it grants: each row of the form is a role of ours and where it reaches."""

    def sent(self) -> dict[str, Any]:
        """What the form says; rows without a role are left out."""
        form = self.request.POST
        rows = zip(form.getlist("role"), form.getlist("reach"), strict=False)
        return {
            "name": form.get("name", ""),
            "privileges": [_privilege(role, reach) for role, reach in rows if role in ROLES],
        }

    def form(self, values: Mapping[str, Any], *, blank: int = 0, **more: Any) -> HttpResponse:
        """The window with these values; `blank` rows more than are filled."""
        rows = [_row(one) for one in values.get("privileges", [])]
        rows += [{"role": "", "reach": "org"}] * (blank or not rows)
        groups = list_sitegroups(self.actor, self.org, page=Page(1, 1000)).rows
        places = [("sitegroup", "Site groups", groups), ("site", "Sites", list_sites(self.actor, self.org))]
        return self.render(
            "orgs/ssorole.html",
            values=values,
            rows=rows[:_MOST_ROWS],
            roles=[(role.key, role.label) for role in ROLES.values()],
            places=[
                (label, [(f"{kind}:{one['id']}", one["name"]) for one in found])
                for kind, label, found in places
                if found
            ],
            **more,
        )


class CreateRole(_RoleForm):
    """Add Role."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        self.offer(create_role, self.org)
        return self.form({})

    def post(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        self.offer(create_role, self.org)
        values = self.sent()
        if "more" in request.POST:
            return self.form(values, blank=1)
        try:
            role = create_role(self.actor, self.org, values=values)
        except Invalid as error:
            return self.form(values, status=422, **_role_problem(error))
        return self.done(f"Role {role.name} added.", to=f"/orgs/{org_id}/settings#sso")


class Role(_RoleForm):
    """Change a role; whoever came in with it has the new rights at once."""

    def get(self, request: HttpRequest, org_id: UUID, role_id: UUID) -> HttpResponse:
        role = get_role(self.actor, self.org, role_id)
        return self.form(role_document(role), role=role, edit=_role_opening(role))

    def post(self, request: HttpRequest, org_id: UUID, role_id: UUID) -> HttpResponse:
        role = get_role(self.actor, self.org, role_id)
        values, edit = self.sent(), Edit.posted(request.POST)
        if "more" in request.POST:
            return self.form(values, role=role, edit=edit, blank=1)

        def write(changes: Mapping[str, Any], seen: Seen) -> None:
            update_role(self.actor, get_role(self.actor, self.org, role_id), changes=changes, seen=seen)

        try:
            edit.save(values, write=write, now=lambda: _role_opening(get_role(self.actor, self.org, role_id)))
        except Clash as clash:
            by = last_change(self.actor, self.org, "accounts.ssorole.updated")
            labels = {"name": "Name", "privileges": "Rights"}
            return self.form(clash.merged, role=role, **form_clash(clash, by=by, labels=labels))
        except Invalid as error:
            return self.form(values, role=role, edit=edit, status=422, **_role_problem(error))
        return self.done(f"Role {values['name']} saved.", to=f"/orgs/{org_id}/settings#sso")


class DeleteRole(PortalView):
    """Ask, and remove a role."""

    def get(self, request: HttpRequest, org_id: UUID, role_id: UUID) -> HttpResponse:
        role = get_role(self.actor, self.org, role_id)
        back = f"/orgs/{org_id}/settings#sso"
        return self.render("orgs/ssorole_delete.html", role=role, people=role.identities.count(), back=back)

    def post(self, request: HttpRequest, org_id: UUID, role_id: UUID) -> HttpResponse:
        role = get_role(self.actor, self.org, role_id)
        delete_role(self.actor, role)
        return self.done(f"Role {role.name} deleted.", to=f"/orgs/{org_id}/settings#sso")


def _opening(sso: Any) -> Edit:
    document = sso_document(sso)
    shown = {key: document.get(key) or _DEFAULTS.get(key) for key in _TEXTS}
    shown["ignore_unmatched_roles"] = bool(document.get("ignore_unmatched_roles"))
    return Edit.opening(version_of(sso, document), shown)


def _role_opening(role: Any) -> Edit:
    document = role_document(role)
    shown = [{k: v for k, v in one.items() if k != "org_id"} for one in document["privileges"]]
    return Edit.opening(version_of(role, document), {"name": role.name, "privileges": shown})


def _privilege(key: str, reach: str) -> dict[str, Any]:
    role, (scope, _, place) = ROLES[key], reach.partition(":")
    spelled: dict[str, Any] = {"scope": scope, "role": role.mist_role}
    if role.view:
        spelled["views"] = [role.view]
    if scope in ("site", "sitegroup"):
        spelled[f"{scope}_id"] = place
    return spelled


def _row(privilege: Mapping[str, Any]) -> dict[str, str]:
    role = role_spelled(privilege["role"], (privilege.get("views") or [None])[0])
    scope = privilege["scope"]
    reach = scope if scope == "org" else f"{scope}:{privilege.get(f'{scope}_id')}"
    return {"role": role.key if role else "", "reach": reach}


def _role_problem(error: Invalid) -> dict[str, Any]:
    problem = form_problem(error)
    rest = [text for key, text in problem["errors"].items() if key.startswith("privileges")]
    if rest:
        none = "privileges" in error.fields
        problem["errors"]["privileges"] = "choose at least one role" if none else rest[0]
    return problem
