"""The form of an organization's API token: what was sent, what is stored, and how they are compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.datastructures import MultiValueDict

from accounts.shapes import MOST_PRIVILEGES, token_document
from mistadmin.core.access import ROLES, role_spelled
from mistadmin.core.edits import Edit
from mistadmin.core.errors import Invalid
from mistadmin.core.portal import form_problem
from mistadmin.core.versions import version_of

ALL: Final = "all"
# A way to choose places -> the scope of the API, the key of the place, and what to say when none is chosen.
_REACHES: Final = {
    "groups": ("sitegroup", "sitegroup_id", "select one site group at least"),
    "sites": ("site", "site_id", "select one site at least"),
}
LABELS: Final = {"name": "Name", "role": "Access level", "reach": "Sites"}
# What values of the form are called that are no names themselves.
CALLED: Final = {
    ALL: "All Sites",
    "groups": "Site Groups",
    "sites": "Specific Sites",
    **{role.key: role.label for role in ROLES.values()},
}


def posted(form: MultiValueDict[str, str]) -> dict[str, Any]:
    """The form as it was sent."""
    texts = {name: form.get(name, "") for name in ("name", "role", "reach", "src_ips")}
    return {**texts, "groups": form.getlist("groups"), "sites": form.getlist("sites")}


def privileges_of(values: Mapping[str, Any]) -> list[dict[str, Any]]:
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


def stored(document: Mapping[str, Any]) -> dict[str, Any]:
    """A token as its form shows it."""
    held = document["privileges"]
    role = _role(held[0]) if held else None
    values = {"name": document["name"], "role": role.key if role else "", "reach": ALL, "src_ips": ""}
    for reach, (scope, key, _) in _REACHES.items():
        values[reach] = [row[key] for row in held if row["scope"] == scope]
        values["reach"] = reach if values[reach] else values["reach"]
    return values


def document_of(token: Any) -> dict[str, Any]:
    """What the form changes of a token, as edits compare it: where it may be used is one key, by ids."""
    document = token_document(token)
    return said_of(stored(document), mixed=is_mixed(document))


def said_of(values: Mapping[str, Any], *, mixed: bool) -> dict[str, Any]:
    """What the form says, in that shape; of a token that the form cannot describe, the name alone."""
    if mixed:
        return {"name": values["name"]}
    reach = values["reach"]
    return {"name": values["name"], "role": values["role"], "reach": [reach, *sorted(values.get(reach, ()))]}


def values_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """The form that says so."""
    reach, *places = document.get("reach", [ALL])
    chosen = {kind: places if kind == reach else [] for kind in _REACHES}
    return {
        "name": document["name"],
        "role": document.get("role", ""),
        "reach": reach,
        "src_ips": "",
        **chosen,
    }


def opening(token: Any) -> Edit:
    """The form of a token as it is now."""
    return Edit.opening(version_of(token, token_document(token)), document_of(token))


def is_mixed(document: Mapping[str, Any]) -> bool:
    """Whether the form could not say what the token may: it has several roles or kinds of places."""
    held = document["privileges"]
    return (
        len({(row["role"], *row.get("views", ())) for row in held}) > 1 or len({r["scope"] for r in held}) > 1
    )


def told_of(held: list[dict[str, Any]]) -> dict[str, Any]:
    """Access level and reach in words."""
    roles = dict.fromkeys(role.label for row in held if (role := _role(row)))
    places = ["All sites" if row["scope"] == "org" else row["name"] for row in held]
    return {"access": ", ".join(roles), "reach": ", ".join(dict.fromkeys(places))}


def _role(row: Mapping[str, Any]) -> Any:
    return role_spelled(row["role"], next(iter(row.get("views", ())), None))


def problem_of(error: Invalid) -> dict[str, Any]:
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
