"""Responses that must let nobody in, each made from a good one: XSW1 to XSW10 and everything else we know of.

EVIL is whom each of them tries to become. XSW are the permutations of SAMLRaider's wrapping attacks.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import xmlsec
from lxml import etree

from tests.sso.idp import DS, SAML, SAMLP, IdP, assertion_of, keys, sign, sub

EVIL: Final = "evil@example.org"
Mutant = Callable[[IdP, str], bytes]
MUTANTS: Final[dict[str, Mutant]] = {}
_Tree = etree._Element
_TRANSFORM: Final = xmlsec.Transform


def mutant(make: Mutant) -> Mutant:
    MUTANTS[make.__name__] = make
    return make


def add(name: str, make: Mutant) -> None:
    MUTANTS[name] = make


# Wrapping


def _parts(idp: IdP, acs: str) -> tuple[_Tree, _Tree, _Tree, _Tree]:
    """Root, signed assertion, its signature, and an evil copy without one."""
    root = idp.signed(acs)
    assertion = assertion_of(root)
    signature = assertion.find(f"{{{DS}}}Signature")
    evil = _evil(assertion)
    return root, assertion, signature, evil


def _evil(element: _Tree, *, keep_id: bool = False) -> _Tree:
    """A copy that says another name, without a signature of its own."""
    evil = copy.deepcopy(element)
    for signature in evil.findall(f"{{{DS}}}Signature"):
        evil.remove(signature)
    for name_id in evil.iter(f"{{{SAML}}}NameID"):
        name_id.text = EVIL
    if not keep_id:
        evil.set("ID", "_evil")
    return evil


def _signed_response(idp: IdP, acs: str) -> tuple[_Tree, _Tree, _Tree]:
    """A response that is signed as a whole, its signature, and an evil copy."""
    root = idp.response(acs)
    sign(root, root, idp.owner)
    return root, root.find(f"{{{DS}}}Signature"), _evil(root)


@mutant
def xsw1(idp: IdP, acs: str) -> bytes:
    root, signature, evil = _signed_response(idp, acs)
    root.remove(signature)
    signature.append(root)
    evil.insert(1, signature)
    return etree.tostring(evil)


@mutant
def xsw2(idp: IdP, acs: str) -> bytes:
    root, signature, evil = _signed_response(idp, acs)
    root.remove(signature)
    evil.insert(1, signature)
    evil.insert(1, root)
    return etree.tostring(evil)


@mutant
def xsw3(idp: IdP, acs: str) -> bytes:
    root, assertion, _, evil = _parts(idp, acs)
    root.insert(list(root).index(assertion), evil)
    return etree.tostring(root)


@mutant
def xsw4(idp: IdP, acs: str) -> bytes:
    root, assertion, _, evil = _parts(idp, acs)
    root.replace(assertion, evil)
    evil.append(assertion)
    return etree.tostring(root)


@mutant
def xsw5(idp: IdP, acs: str) -> bytes:
    root, assertion, signature, evil = _parts(idp, acs)
    assertion.remove(signature)
    evil.insert(1, signature)
    root.replace(assertion, evil)
    root.append(assertion)
    return etree.tostring(root)


@mutant
def xsw6(idp: IdP, acs: str) -> bytes:
    root, assertion, signature, evil = _parts(idp, acs)
    assertion.remove(signature)
    root.replace(assertion, evil)
    evil.insert(1, signature)
    signature.append(assertion)
    return etree.tostring(root)


@mutant
def xsw7(idp: IdP, acs: str) -> bytes:
    root, assertion, _, evil = _parts(idp, acs)
    extensions = etree.Element(f"{{{SAMLP}}}Extensions")
    extensions.append(evil)
    root.insert(list(root).index(assertion), extensions)
    return etree.tostring(root)


@mutant
def xsw8(idp: IdP, acs: str) -> bytes:
    root, assertion, signature, evil = _parts(idp, acs)
    assertion.remove(signature)
    root.replace(assertion, evil)
    evil.insert(1, signature)
    etree.SubElement(signature, f"{{{DS}}}Object").append(assertion)
    return etree.tostring(root)


@mutant
def xsw9(idp: IdP, acs: str) -> bytes:
    root, assertion, _, _ = _parts(idp, acs)
    root.insert(list(root).index(assertion), _evil(assertion, keep_id=True))
    return etree.tostring(root)


@mutant
def xsw10(idp: IdP, acs: str) -> bytes:
    root, assertion, signature, evil = _parts(idp, acs)
    assertion.remove(signature)
    root.replace(assertion, evil)
    evil.insert(1, signature)
    status = root.find(f"{{{SAMLP}}}Status")
    etree.SubElement(status, f"{{{SAMLP}}}StatusDetail").append(assertion)
    return etree.tostring(root)


@mutant
def evil_in_advice(idp: IdP, acs: str) -> bytes:
    root, assertion, _, evil = _parts(idp, acs)
    root.replace(assertion, evil)
    etree.SubElement(evil, f"{{{SAML}}}Advice").append(assertion)
    return etree.tostring(root)


@mutant
def evil_response_around_the_response(idp: IdP, acs: str) -> bytes:
    root, _, _, _ = _parts(idp, acs)
    outer = _evil(root)
    outer.append(root)
    return etree.tostring(outer)


@mutant
def evil_encrypted_beside_the_signed(idp: IdP, acs: str) -> bytes:
    root, _, _, evil = _parts(idp, acs)
    sub(root, "saml:EncryptedAssertion").append(evil)
    return etree.tostring(root)


@mutant
def duplicate_ids(idp: IdP, acs: str) -> bytes:
    root, assertion, _, _ = _parts(idp, acs)
    root.set("ID", assertion.get("ID"))
    return etree.tostring(root)


# Signatures


def _signs(**how: Any) -> Mutant:
    def make(idp: IdP, acs: str) -> bytes:
        root = idp.response(acs, EVIL)
        sign(root, assertion_of(root), idp.owner, **how)
        return etree.tostring(root)

    return make


def _text(pattern: str, by: str) -> Mutant:
    """The text of a good response changed after it was signed."""

    def make(idp: IdP, acs: str) -> bytes:
        raw = etree.tostring(idp.signed(acs)).decode()
        changed = re.sub(pattern, by, raw, count=1, flags=re.DOTALL)
        assert changed != raw
        return changed.encode()

    return make


@mutant
def unsigned(idp: IdP, acs: str) -> bytes:
    return etree.tostring(idp.response(acs, EVIL))


@mutant
def response_signed_only(idp: IdP, acs: str) -> bytes:
    return etree.tostring(_signed_response(idp, acs)[0])


@mutant
def signed_by_foreign_keys(idp: IdP, acs: str) -> bytes:
    return etree.tostring(IdP(idp.issuer, keys("globex")).signed(acs, EVIL))


@mutant
def signature_of_another_element(idp: IdP, acs: str) -> bytes:
    root = idp.response(acs, EVIL)
    assertion_of(root).find(f"{{{SAML}}}Issuer").set("ID", "_issuer")
    sign(root, assertion_of(root), idp.owner, uri="#_issuer")
    return etree.tostring(root)


@mutant
def signature_taken_from_another_assertion(idp: IdP, acs: str) -> bytes:
    root, assertion, _, _ = _parts(idp, acs)
    other = assertion_of(idp.signed(acs, EVIL))
    other.set("ID", assertion.get("ID"))
    other.replace(other.find(f"{{{DS}}}Signature"), assertion.find(f"{{{DS}}}Signature"))
    root.replace(assertion, other)
    return etree.tostring(root)


@mutant
def two_signatures_on_the_assertion(idp: IdP, acs: str) -> bytes:
    root, assertion, signature, _ = _parts(idp, acs)
    assertion.insert(1, copy.deepcopy(signature))
    return etree.tostring(root)


@mutant
def two_references(idp: IdP, acs: str) -> bytes:
    root, _, signature, _ = _parts(idp, acs)
    info = signature.find(f"{{{DS}}}SignedInfo")
    info.append(copy.deepcopy(info.find(f"{{{DS}}}Reference")))
    return etree.tostring(root)


@mutant
def hmac_with_the_certificate(idp: IdP, acs: str) -> bytes:
    changed = _text(r"more#rsa-sha256", "more#hmac-sha256")
    return changed(idp, acs)


@mutant
def signed_under_the_response(idp: IdP, acs: str) -> bytes:
    root, assertion, signature, _ = _parts(idp, acs)
    assertion.remove(signature)
    root.insert(1, signature)
    return etree.tostring(root)


add("rsa_sha1", _signs(method=_TRANSFORM.RSA_SHA1))
add("digest_sha1", _signs(digest=_TRANSFORM.SHA1))
add("inclusive_canonicalization", _signs(canonical=_TRANSFORM.C14N))
add("canonicalization_with_comments", _signs(canonical=_TRANSFORM.EXCL_C14N_COMMENTS))
add("transform_with_comments", _signs(transforms=(_TRANSFORM.ENVELOPED, _TRANSFORM.EXCL_C14N_COMMENTS)))
add("transform_inclusive", _signs(transforms=(_TRANSFORM.ENVELOPED, _TRANSFORM.C14N)))
add("no_transform", _text(r"<ds:Transforms>.*?</ds:Transforms>", "<ds:Transforms></ds:Transforms>"))
add("transform_xslt", _text(r"xmldsig#enveloped-signature", "xmldsig#xslt"))
add(
    "transform_with_a_stylesheet",
    _text(
        r'<ds:Transform Algorithm="[^"]+#enveloped-signature"/>',
        '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116">'
        '<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0"/></ds:Transform>',
    ),
)
add(
    "transform_xpath",
    _text(
        r'<ds:Transform Algorithm="[^"]+#enveloped-signature"/>',
        '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116">'
        "<ds:XPath>//*</ds:XPath></ds:Transform>",
    ),
)
add("reference_to_everything", _text(r'URI="#[^"]+"', 'URI=""'))
add("reference_to_a_file", _text(r'URI="#[^"]+"', 'URI="file:///etc/passwd"'))
add("reference_to_the_network", _text(r'URI="#[^"]+"', 'URI="http://127.0.0.1:9/x"'))
add("no_signature_value", _text(r"(<ds:SignatureValue>)[^<]+", r"\1"))
add("no_digest", _text(r"(<ds:DigestValue>)[^<]+", r"\1"))
add("algorithm_none", _text(r'(<ds:SignatureMethod Algorithm=")[^"]+', r"\1"))
add("retrieval_method", _text(r"<ds:X509Data>.*?</ds:X509Data>", '<ds:RetrievalMethod URI="#x"/>'))

# What was signed, changed afterwards


add("changed_name", _text(r"nina@example\.org", EVIL))
add("changed_role", _text(r"Operators", "Super Users"))
add("comment_in_the_name", _text(r"nina@example\.org", "ni<!-- -->na@example.org"))
add("comment_that_cuts_the_name", _text(r"nina@example\.org", f"{EVIL}<!-- -->nina@example.org"))
add("cdata_in_the_name", _text(r"nina@example\.org", "<![CDATA[nina@example.org]]>"))
add("instruction_in_the_name", _text(r"nina@example\.org", "nina<?x y?>@example.org"))
add("element_in_the_name", _text(r"nina@example\.org", f"<x/>{EVIL}"))
add("no_id", _text(r'(<saml:Assertion) ID="[^"]+"', r"\1"))

# XML


@mutant
def not_base64(idp: IdP, acs: str) -> bytes:
    return b"\x00\x01 nothing"


@mutant
def document_type(idp: IdP, acs: str) -> bytes:
    return b"<!DOCTYPE x>" + etree.tostring(idp.signed(acs))


@mutant
def entity(idp: IdP, acs: str) -> bytes:
    raw = etree.tostring(idp.signed(acs)).replace(b"nina@example.org", b"&evil;")
    return f'<!DOCTYPE x [<!ENTITY evil "{EVIL}">]>'.encode() + raw


@mutant
def external_entity(idp: IdP, acs: str) -> bytes:
    raw = etree.tostring(idp.signed(acs)).replace(b"nina@example.org", b"&evil;")
    return b'<!DOCTYPE x [<!ENTITY evil SYSTEM "file:///etc/passwd">]>' + raw


@mutant
def billion_laughs(idp: IdP, acs: str) -> bytes:
    lines = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE x [<!ENTITY l0 "ha">{lines}]><x>&l9;</x>'.encode()


@mutant
def other_encoding(idp: IdP, acs: str) -> bytes:
    return b'<?xml version="1.0" encoding="utf-16"?>' + etree.tostring(idp.signed(acs))


@mutant
def utf_16(idp: IdP, acs: str) -> bytes:
    return etree.tostring(idp.signed(acs)).decode().encode("utf-16")


@mutant
def utf_7(idp: IdP, acs: str) -> bytes:
    return b'<?xml version="1.0" encoding="utf-7"?>' + etree.tostring(idp.signed(acs))


@mutant
def huge(idp: IdP, acs: str) -> bytes:
    return etree.tostring(idp.signed(acs, attributes={"x": "y" * 200_000}))


@mutant
def many_elements(idp: IdP, acs: str) -> bytes:
    return etree.tostring(idp.response(acs, EVIL)).replace(
        b"<saml:Subject>", b"<x/>" * 20_000 + b"<saml:Subject>"
    )


@mutant
def deep(idp: IdP, acs: str) -> bytes:
    return b"<a>" * 10_000 + b"</a>" * 10_000


@mutant
def empty(idp: IdP, acs: str) -> bytes:
    return b""


@mutant
def another_root(idp: IdP, acs: str) -> bytes:
    return etree.tostring(assertion_of(idp.signed(acs, EVIL)))


# Signed well, and not for us, or not for now


def _says(**values: Any) -> Mutant:
    return lambda idp, acs: etree.tostring(idp.signed(acs, EVIL, **values))


def _edited(edit: Callable[[_Tree], object]) -> Mutant:
    """Changed before it was signed."""

    def make(idp: IdP, acs: str) -> bytes:
        root = idp.response(acs, EVIL)
        edit(root)
        found = assertion_of(root)
        sign(root, found, idp.owner)
        return etree.tostring(root)

    return make


def _without(path: str) -> Mutant:
    def edit(root: _Tree) -> None:
        for element in root.findall(f".//{{*}}{path}"):
            element.getparent().remove(element)

    return _edited(edit)


def _set(path: str, name: str, value: str | None) -> Mutant:
    def edit(root: _Tree) -> None:
        for element in [root] if path == "." else root.findall(f".//{{*}}{path}"):
            element.attrib.pop(name, None)
            if value is not None:
                element.set(name, value)

    return _edited(edit)


def _twice(path: str) -> Mutant:
    def edit(root: _Tree) -> None:
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
