"""Metadata of identity providers: the fields of a provider out of the XML that it publishes."""

from __future__ import annotations

from typing import Final

from lxml import etree

from mistadmin.core.errors import Invalid

MOST_BYTES: Final = 512 * 1024
_MD: Final = "{urn:oasis:names:tc:SAML:2.0:metadata}"
_DS: Final = "{http://www.w3.org/2000/09/xmldsig#}"
_REDIRECT: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"


def read_metadata(raw: bytes) -> dict[str, str]:
    """Issuer, sign-on address and certificates (PEM or bare base64) of the one provider in it.

    Raises Invalid naming `metadata`. Its own signature proves nothing here: whoever pastes it vouches for it.
    """
    entity = _entity(_root(raw))
    role = entity.find(f"{_MD}IDPSSODescriptor")
    if role is None:
        raise _wrong("describes no identity provider")
    doors = [one for one in role.findall(f"{_MD}SingleSignOnService") if one.get("Binding") == _REDIRECT]
    if not doors:
        raise _wrong("names no sign-on address for HTTP-Redirect")
    certificates = [
        _pem("".join((found.text or "").split()))
        for key in role.findall(f"{_MD}KeyDescriptor")
        if key.get("use") in (None, "signing")
        for found in key.iter(f"{_DS}X509Certificate")
    ]
    if not certificates:
        raise _wrong("has no certificate for signing")
    return {
        "issuer": (entity.get("entityID") or "").strip(),
        "idp_sso_url": (doors[0].get("Location") or "").strip(),
        "idp_cert": "\n".join(dict.fromkeys(certificates)),
    }


def _root(raw: bytes) -> etree._Element:
    if len(raw) > MOST_BYTES:
        raise _wrong(f"is longer than {MOST_BYTES // 1024} kB")
    # UTF-16 would hide a document type from this look; providers write UTF-8.
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw or b"\0" in raw:
        raise _wrong("has a document type, which is not accepted")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        return etree.fromstring(raw.strip(), parser)
    except (etree.XMLSyntaxError, ValueError):
        raise _wrong("is not XML") from None


def _entity(root: etree._Element) -> etree._Element:
    if root.tag == f"{_MD}EntityDescriptor":
        return root
    every = root.iter(f"{_MD}EntityDescriptor")
    found = [one for one in every if one.find(f"{_MD}IDPSSODescriptor") is not None]
    if len(found) != 1:
        raise _wrong(f"describes {len(found)} identity providers; paste the one of yours")
    return found[0]


def _pem(body: str) -> str:
    lines = "\n".join(body[start : start + 64] for start in range(0, len(body), 64))
    return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----"


def _wrong(problem: str) -> Invalid:
    return Invalid({"metadata": problem})
