"""What SAML XML has to look like before anything else reads it: small, plain, and signed in one way only.

Attacks on SAML live on what the standard allows and nobody needs: document types, transforms, comments that
split a value, a second assertion beside the signed one. All of that is refused by shape (RELIABILITY S13;
ADR 0025), so that one signed element is left and everybody reads the same one.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from lxml import etree

MOST_BYTES: Final = 128 * 1024
_MOST_ELEMENTS: Final = 3_000

SAMLP: Final = "{urn:oasis:names:tc:SAML:2.0:protocol}"
SAML: Final = "{urn:oasis:names:tc:SAML:2.0:assertion}"
DS: Final = "{http://www.w3.org/2000/09/xmldsig#}"
_EXC_C14N: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
_INCLUSIVE: Final = f"{{{_EXC_C14N}}}InclusiveNamespaces"
_ENVELOPED: Final = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"

# Algorithm -> how strong its digest is; an absent one is refused.
SIGNATURES: Final = {
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256": 256,
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384": 384,
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512": 512,
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256": 256,
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384": 384,
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512": 512,
}
_DIGESTS: Final = {
    "http://www.w3.org/2001/04/xmlenc#sha256": 256,
    "http://www.w3.org/2001/04/xmldsig-more#sha384": 384,
    "http://www.w3.org/2001/04/xmlenc#sha512": 512,
}
_CHILDREN: Final = {
    f"{SAMLP}Response": {f"{SAML}Issuer", f"{DS}Signature", f"{SAMLP}Status", f"{SAML}Assertion"},
    f"{SAML}Assertion": {
        *(f"{SAML}Issuer", f"{DS}Signature", f"{SAML}Subject", f"{SAML}Conditions"),
        *(f"{SAML}AuthnStatement", f"{SAML}AttributeStatement"),
    },
    f"{SAMLP}LogoutRequest": {
        *(f"{SAML}Issuer", f"{DS}Signature", f"{SAML}NameID", f"{SAMLP}SessionIndex"),
    },
    f"{DS}Signature": {f"{DS}SignedInfo", f"{DS}SignatureValue", f"{DS}KeyInfo"},
    f"{DS}SignedInfo": {f"{DS}CanonicalizationMethod", f"{DS}SignatureMethod", f"{DS}Reference"},
    f"{DS}Reference": {f"{DS}Transforms", f"{DS}DigestMethod", f"{DS}DigestValue"},
    f"{DS}KeyInfo": {f"{DS}X509Data", f"{DS}KeyValue", f"{DS}KeyName"},
}
_DECLARATION: Final = re.compile(r"<\?xml\s[^>]{0,200}\?>\s*")
_IDS: Final = ("ID", "Id", "id", "{http://www.w3.org/XML/1998/namespace}id")


class Refused(Exception):
    """Why a message of an identity provider is not accepted; the text is for administrators."""


def decoded(text: str) -> bytes:
    """The XML of a base64 form field; raises Refused when it is too long or none."""
    if len(text) > MOST_BYTES * 2:
        raise Refused("The message is too long.")
    try:
        raw = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Refused("The message is not base64.") from None
    return raw


def parsed(raw: bytes) -> etree._Element:
    """The root of plain XML in UTF-8: no document type, no entities, comments or instructions."""
    if len(raw) > MOST_BYTES:
        raise Refused("The message is too long.")
    try:
        text = raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise Refused("The message is not UTF-8.") from None
    declaration = _DECLARATION.match(text)
    if declaration and "encoding" in declaration[0] and not re.search("(?i)utf-8", declaration[0]):
        raise Refused("The message is not UTF-8.")
    body = text[declaration.end() :] if declaration else text
    # A bare < stands nowhere else in XML, so this sees every one of them before a parser does.
    if "<!" in body or "<?" in body:
        raise Refused("The message has a document type, a comment or an instruction, which are not accepted.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(body.encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Refused("The message is not XML.") from None
    if sum(1 for _ in root.iter()) > _MOST_ELEMENTS:
        raise Refused("The message is too long.")
    return root


def check_response(root: etree._Element, *, strength: int) -> etree._Element:
    """The one assertion of a response, of which only the signature itself is still to be verified.

    `strength` is the weakest digest that is accepted, in bits. Raises Refused.
    """
    if root.tag != f"{SAMLP}Response":
        raise Refused("The message is no SAML response.")
    if next(root.iter(f"{SAML}EncryptedAssertion"), None) is not None:
        raise Refused("The assertion is encrypted. Turn its encryption off at the identity provider.")
    found = list(root.iter(f"{SAML}Assertion"))
    if len(found) != 1 or found[0].getparent() is not root:
        raise Refused(f"The response has {len(found)} assertions in place of one.")
    (assertion,) = found
    _check_shape(root, assertion)
    signed = [one for one in (root, assertion) if one.find(f"{DS}Signature") is not None]
    if assertion not in signed:
        raise Refused("The assertion is not signed. Turn on its signature at the identity provider.")
    _check_signatures(root, signed, strength)
    return assertion


def check_logout(root: etree._Element, *, strength: int) -> None:
    """A signed request to log somebody out, of which only the signature is still to be verified."""
    if root.tag != f"{SAMLP}LogoutRequest":
        raise Refused("The message is no SAML request for logging out.")
    _check_shape(root)
    if root.find(f"{DS}Signature") is None:
        raise Refused("The request is not signed.")
    _check_signatures(root, [root], strength)


def text_of(parent: etree._Element, tag: str) -> str:
    """The text of the one child of this name, "" when there is none; raises Refused for more."""
    found = parent.findall(tag)
    if len(found) > 1 or any(len(one) for one in found):
        raise Refused(f"The message has more than one {etree.QName(tag).localname}.")
    return (found[0].text or "").strip() if found else ""


def _check_shape(*elements: etree._Element) -> None:
    for element in elements:
        _check_children(element)
    seen: set[str] = set()
    for element in elements[0].iter():
        for name in _IDS:
            value = element.get(name)
            if value is not None and value in seen:
                raise Refused("Two elements of the message have the same ID.")
            if value is not None:
                seen.add(value)


def _check_signatures(root: etree._Element, signed: list[etree._Element], strength: int) -> None:
    for parent in signed:
        signatures = parent.findall(f"{DS}Signature")
        if len(signatures) != 1:
            raise Refused(f"{_local(parent)} is signed more than once.")
        _check_signature(signatures[0], parent, strength)
    if len(list(root.iter(f"{DS}Signature"))) != len(signed):
        raise Refused("The message has a signature in an unexpected place.")


def _check_signature(signature: etree._Element, parent: etree._Element, strength: int) -> None:
    info, _ = _one(signature, "SignedInfo"), _one(signature, "SignatureValue")
    reference = _one(info, "Reference")
    for element in (signature, info, reference, *signature.findall(f"{DS}KeyInfo")):
        _check_children(element)
    identity = parent.get("ID")
    if not identity or reference.get("URI") != f"#{identity}":
        raise Refused("The signature is of another element.")
    if _one(info, "CanonicalizationMethod").get("Algorithm") != _EXC_C14N:
        raise Refused("The signature has an unexpected canonicalization.")
    _check_strength(SIGNATURES, _one(info, "SignatureMethod"), strength)
    _check_strength(_DIGESTS, _one(reference, "DigestMethod"), strength)
    _check_transforms(_one(reference, "Transforms"))


def _check_transforms(transforms: etree._Element) -> None:
    algorithms = [one.get("Algorithm") for one in transforms]
    if algorithms not in ([_ENVELOPED, _EXC_C14N], [_ENVELOPED]):
        raise Refused("The signature transforms what it signs, which is not accepted.")
    for inner in transforms.iterdescendants():
        if inner.tag not in (f"{DS}Transform", _INCLUSIVE):
            raise Refused("The signature transforms what it signs, which is not accepted.")


def _check_strength(known: dict[str, int], method: etree._Element, strength: int) -> None:
    algorithm = method.get("Algorithm", "")
    if known.get(algorithm, 0) < strength or len(method):
        name = algorithm.rpartition("#")[2] or "none"
        raise Refused(f"The algorithm {name[:40]} is weaker than SHA-{strength}, or not known.")


def _check_children(element: etree._Element) -> None:
    for child in element:
        if child.tag not in _CHILDREN[str(element.tag)]:
            raise Refused(f"{_local(element)} contains {_local(child)}, which is not accepted.")


def _one(parent: etree._Element, name: str) -> etree._Element:
    found = parent.findall(f"{DS}{name}")
    if len(found) != 1:
        raise Refused(f"The signature has {len(found)} {name} in place of one.")
    return found[0]


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname[:40]
