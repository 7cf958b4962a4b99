"""Signed well, and not for us, or not for now."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from lxml import etree

from tests.sso.idp import IdP, assertion_of, sign, sub
from tests.sso.mutants import EVIL, Mutant, Tree, add


def _says(**values: Any) -> Mutant:
    return lambda idp, acs: etree.tostring(idp.signed(acs, EVIL, **values))


def _edited(edit: Callable[[Tree], object]) -> Mutant:
    """Changed before it was signed."""

    def make(idp: IdP, acs: str) -> bytes:
        root = idp.response(acs, EVIL)
        edit(root)
        found = assertion_of(root)
        sign(root, found, idp.owner)
        return etree.tostring(root)

    return make


def _without(path: str) -> Mutant:
    def edit(root: Tree) -> None:
        for element in root.findall(f".//{{*}}{path}"):
            element.getparent().remove(element)

    return _edited(edit)


def _set(path: str, name: str, value: str | None) -> Mutant:
    def edit(root: Tree) -> None:
        for element in [root] if path == "." else root.findall(f".//{{*}}{path}"):
            element.attrib.pop(name, None)
            if value is not None:
                element.set(name, value)

    return _edited(edit)


def _twice(path: str) -> Mutant:
    def edit(root: Tree) -> None:
        element = root.find(f".//{{*}}{path}")
        element.addnext(copy.deepcopy(element))

    return _edited(edit)


_FAR: Final = timedelta(days=1)
for _name, _values in {
    "wrong_audience": {"audience": "https://other.example/login"},
    "audience_that_begins_alike": {"audience": "http://127.0.0.1:8000/api/v1/saml/"},
    "wrong_recipient": {"recipient": "https://other.example/login"},
    "wrong_destination": {"destination": "https://other.example/login"},
    "no_destination": {"destination": ""},
    "wrong_issuer": {"issuer": "https://other.example"},
    "no_issuer": {"issuer": ""},
    "expired": {"begins": -_FAR, "ends": timedelta(minutes=-2)},
    "from_the_future": {"begins": timedelta(minutes=2), "ends": timedelta(minutes=9)},
    "issued_in_the_future": {"issued": timedelta(minutes=5)},
    "good_for_a_year_and_old": {"issued": timedelta(hours=-2), "begins": -_FAR, "ends": 365 * _FAR},
    "answer_to_no_request": {"request_id": "_never"},
    "answer_to_a_forged_request": {"request_id": f"_{'0' * 8}.{'0' * 16}.{'0' * 32}"},
}.items():
    add(_name, _says(**_values))
add(
    "recipient_longer",
    lambda idp, acs: etree.tostring(idp.signed(acs, EVIL, recipient=f"{acs}/x")),
)
add("destination_longer", lambda idp, acs: etree.tostring(idp.signed(acs, EVIL, destination=f"{acs}/x")))
add("no_name", lambda idp, acs: etree.tostring(idp.signed(acs, "")))
add("long_name", lambda idp, acs: etree.tostring(idp.signed(acs, "e" * 300)))
add("name_with_control_characters", lambda idp, acs: etree.tostring(idp.signed(acs, "evil\t\u202eorg")))
for _name in (
    "Audience",
    "AudienceRestriction",
    "Conditions",
    "SubjectConfirmation",
    "SubjectConfirmationData",
):
    add(f"without_{_name}", _without(_name))
for _name in ("Subject", "NameID", "AuthnStatement", "Status"):
    add(f"without_{_name}", _without(_name))
for _name in ("Conditions", "NameID", "Subject", "SubjectConfirmation", "AuthnStatement"):
    add(f"two_{_name}", _twice(_name))
add("status_failed", _set("StatusCode", "Value", "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"))
add(
    "other_confirmation",
    _set("SubjectConfirmation", "Method", "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches"),
)
add("no_recipient", _set("SubjectConfirmationData", "Recipient", None))
add("confirmation_without_end", _set("SubjectConfirmationData", "NotOnOrAfter", None))
add("conditions_without_end", _set("Conditions", "NotOnOrAfter", None))
add("odd_time", _set("Conditions", "NotOnOrAfter", "tomorrow"))
add("local_time", _set("Conditions", "NotOnOrAfter", "2099-01-01T00:00:00+02:00"))
add("transient_name", _set("NameID", "Format", "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"))
add("saml_1", _set(".", "Version", "1.1"))
add("request_in_the_assertion_only", _set("SubjectConfirmationData", "InResponseTo", "_other"))
add("unknown_condition", _edited(lambda root: sub(root.find(".//{*}Conditions"), "saml:Condition")))
add("session_over", _set("AuthnStatement", "SessionNotOnOrAfter", "2020-01-01T00:00:00Z"))
