"""Signatures of the wrong kind, text changed after it was signed, and XML that is more than XML."""

from __future__ import annotations

import copy
import re
from typing import Any, Final

import xmlsec
from lxml import etree

from tests.sso.idp import DS, SAML, IdP, assertion_of, keys, sign
from tests.sso.mutants import EVIL, Mutant, add, mutant, parts, signed_response

_TRANSFORM: Final = xmlsec.Transform

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
    return etree.tostring(signed_response(idp, acs)[0])


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
    root, assertion, _, _ = parts(idp, acs)
    other = assertion_of(idp.signed(acs, EVIL))
    other.set("ID", assertion.get("ID"))
    other.replace(other.find(f"{{{DS}}}Signature"), assertion.find(f"{{{DS}}}Signature"))
    root.replace(assertion, other)
    return etree.tostring(root)


@mutant
def two_signatures_on_the_assertion(idp: IdP, acs: str) -> bytes:
    root, assertion, signature, _ = parts(idp, acs)
    assertion.insert(1, copy.deepcopy(signature))
    return etree.tostring(root)


@mutant
def two_references(idp: IdP, acs: str) -> bytes:
    root, _, signature, _ = parts(idp, acs)
    info = signature.find(f"{{{DS}}}SignedInfo")
    info.append(copy.deepcopy(info.find(f"{{{DS}}}Reference")))
    return etree.tostring(root)


@mutant
def hmac_with_the_certificate(idp: IdP, acs: str) -> bytes:
    changed = _text(r"more#rsa-sha256", "more#hmac-sha256")
    return changed(idp, acs)


@mutant
def signed_under_the_response(idp: IdP, acs: str) -> bytes:
    root, assertion, signature, _ = parts(idp, acs)
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
