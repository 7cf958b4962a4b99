"""XSW1 to XSW10, the permutations of SAMLRaider's wrapping attacks, and their relatives."""

from __future__ import annotations

from lxml import etree

from tests.sso.idp import DS, SAML, SAMLP, IdP, sub
from tests.sso.mutants import evil_copy, mutant, parts, signed_response


@mutant
def xsw1(idp: IdP, acs: str) -> bytes:
    root, signature, evil = signed_response(idp, acs)
    root.remove(signature)
    signature.append(root)
    evil.insert(1, signature)
    return etree.tostring(evil)


@mutant
def xsw2(idp: IdP, acs: str) -> bytes:
    root, signature, evil = signed_response(idp, acs)
    root.remove(signature)
    evil.insert(1, signature)
    evil.insert(1, root)
    return etree.tostring(evil)


@mutant
def xsw3(idp: IdP, acs: str) -> bytes:
    root, assertion, _, evil = parts(idp, acs)
    root.insert(list(root).index(assertion), evil)
    return etree.tostring(root)


@mutant
def xsw4(idp: IdP, acs: str) -> bytes:
    root, assertion, _, evil = parts(idp, acs)
    root.replace(assertion, evil)
    evil.append(assertion)
    return etree.tostring(root)


@mutant
def xsw5(idp: IdP, acs: str) -> bytes:
    root, assertion, signature, evil = parts(idp, acs)
    assertion.remove(signature)
    evil.insert(1, signature)
    root.replace(assertion, evil)
    root.append(assertion)
    return etree.tostring(root)


@mutant
def xsw6(idp: IdP, acs: str) -> bytes:
    root, assertion, signature, evil = parts(idp, acs)
    assertion.remove(signature)
    root.replace(assertion, evil)
    evil.insert(1, signature)
    signature.append(assertion)
    return etree.tostring(root)


@mutant
def xsw7(idp: IdP, acs: str) -> bytes:
    root, assertion, _, evil = parts(idp, acs)
    extensions = etree.Element(f"{{{SAMLP}}}Extensions")
    extensions.append(evil)
    root.insert(list(root).index(assertion), extensions)
    return etree.tostring(root)


@mutant
def xsw8(idp: IdP, acs: str) -> bytes:
    root, assertion, signature, evil = parts(idp, acs)
    assertion.remove(signature)
    root.replace(assertion, evil)
    evil.insert(1, signature)
    etree.SubElement(signature, f"{{{DS}}}Object").append(assertion)
    return etree.tostring(root)


@mutant
def xsw9(idp: IdP, acs: str) -> bytes:
    root, assertion, _, _ = parts(idp, acs)
    root.insert(list(root).index(assertion), evil_copy(assertion, keep_id=True))
    return etree.tostring(root)


@mutant
def xsw10(idp: IdP, acs: str) -> bytes:
    root, assertion, signature, evil = parts(idp, acs)
    assertion.remove(signature)
    root.replace(assertion, evil)
    evil.insert(1, signature)
    status = root.find(f"{{{SAMLP}}}Status")
    etree.SubElement(status, f"{{{SAMLP}}}StatusDetail").append(assertion)
    return etree.tostring(root)


@mutant
def evil_in_advice(idp: IdP, acs: str) -> bytes:
    root, assertion, _, evil = parts(idp, acs)
    root.replace(assertion, evil)
    etree.SubElement(evil, f"{{{SAML}}}Advice").append(assertion)
    return etree.tostring(root)


@mutant
def evil_response_around_the_response(idp: IdP, acs: str) -> bytes:
    root, _, _, _ = parts(idp, acs)
    outer = evil_copy(root)
    outer.append(root)
    return etree.tostring(outer)


@mutant
def evil_encrypted_beside_the_signed(idp: IdP, acs: str) -> bytes:
    root, _, _, evil = parts(idp, acs)
    sub(root, "saml:EncryptedAssertion").append(evil)
    return etree.tostring(root)


@mutant
def duplicate_ids(idp: IdP, acs: str) -> bytes:
    root, assertion, _, _ = parts(idp, acs)
    root.set("ID", assertion.get("ID"))
    return etree.tostring(root)
