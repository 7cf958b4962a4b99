"""Responses that must let nobody in, each made from a good one; EVIL is whom each tries to become.

They are added by wrapped.py, tampered.py and misdirected.py.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Final

from lxml import etree

from tests.sso.idp import DS, SAML, IdP, assertion_of, sign

EVIL: Final = "evil@example.org"
Mutant = Callable[[IdP, str], bytes]
MUTANTS: Final[dict[str, Mutant]] = {}
Tree = etree._Element


def mutant(make: Mutant) -> Mutant:
    MUTANTS[make.__name__] = make
    return make


def add(name: str, make: Mutant) -> None:
    MUTANTS[name] = make


def parts(idp: IdP, acs: str) -> tuple[Tree, Tree, Tree, Tree]:
    """Root, signed assertion, its signature, and an evil copy without one."""
    root = idp.signed(acs)
    assertion = assertion_of(root)
    signature = assertion.find(f"{{{DS}}}Signature")
    evil = evil_copy(assertion)
    return root, assertion, signature, evil


def evil_copy(element: Tree, *, keep_id: bool = False) -> Tree:
    """A copy that says another name, without a signature of its own."""
    evil = copy.deepcopy(element)
    for signature in evil.findall(f"{{{DS}}}Signature"):
        evil.remove(signature)
    for name_id in evil.iter(f"{{{SAML}}}NameID"):
        name_id.text = EVIL
    if not keep_id:
        evil.set("ID", "_evil")
    return evil


def signed_response(idp: IdP, acs: str) -> tuple[Tree, Tree, Tree]:
    """A response that is signed as a whole, its signature, and an evil copy."""
    root = idp.response(acs)
    sign(root, root, idp.owner)
    return root, root.find(f"{{{DS}}}Signature"), evil_copy(root)
