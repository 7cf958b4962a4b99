"""An identity provider of ours: signs with real keys, and answers browsers over HTTP.

`IdP.response` builds what a provider says, `sign` signs it; everything about it can be made wrong.
"""

from __future__ import annotations

import base64
import html
import threading
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from lxml import etree

SAMLP: Final = "urn:oasis:names:tc:SAML:2.0:protocol"
SAML: Final = "urn:oasis:names:tc:SAML:2.0:assertion"
DS: Final = "http://www.w3.org/2000/09/xmldsig#"
NS: Final = {"samlp": SAMLP, "saml": SAML, "ds": DS}
EMAIL_FORMAT: Final = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"


@dataclass(frozen=True)
class Keys:
    """A private key with its self-signed certificate, both PEM."""

    key: bytes
    cert: str


@cache
def keys(name: str = "idp", kind: str = "rsa") -> Keys:
    """The keys of that name, made once for all tests."""
    private: Any = (
        rsa.generate_private_key(public_exponent=65537, key_size=2048)
        if kind == "rsa"
        else ec.generate_private_key(ec.SECP256R1())
    )
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    cert = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=3650))
        .sign(private, hashes.SHA256())
    )
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Keys(pem, cert.public_bytes(Encoding.PEM).decode())


def sign(
    root: etree._Element,
    target: etree._Element,
    owner: Keys,
    *,
    method: Any = xmlsec.Transform.RSA_SHA256,
    digest: Any = xmlsec.Transform.SHA256,
    transforms: Sequence[Any] = (xmlsec.Transform.ENVELOPED, xmlsec.Transform.EXCL_C14N),
    canonical: Any = xmlsec.Transform.EXCL_C14N,
    uri: str | None = None,
) -> None:
    """Sign `target` in place, as identity providers do: enveloped, after its Issuer."""
    node = xmlsec.template.create(root, canonical, method, ns="ds")
    issuer = target.find(f"{{{SAML}}}Issuer")
    target.insert(0 if issuer is None else list(target).index(issuer) + 1, node)
    reference = xmlsec.template.add_reference(node, digest, uri=uri or f"#{target.get('ID')}")
    for transform in transforms:
        xmlsec.template.add_transform(reference, transform)
    xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(node))
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(owner.key, xmlsec.KeyFormat.PEM)
    context.key.load_cert_from_memory(owner.cert.encode(), xmlsec.KeyFormat.CERT_PEM)
    xmlsec.tree.add_ids(root, ["ID"])
    context.sign(node)


def stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def encoded(root: etree._Element | bytes) -> str:
    """The form field of a response."""
    raw = root if isinstance(root, bytes) else etree.tostring(root)
    return base64.b64encode(raw).decode()


@dataclass
class IdP:
    """An identity provider with its entity id and keys."""

    issuer: str = "https://idp.example.org/saml"
    owner: Keys = field(default_factory=keys)

    def provider(self, **values: Any) -> dict[str, Any]:
        """What an organization enters of it."""
        return {
            "name": "Example IdP",
            "issuer": self.issuer,
            "idp_sso_url": "https://idp.example.org/sso",
            "idp_cert": self.owner.cert,
            "idp_sign_algo": "sha256",
            "nameid_format": "email",
            **values,
        }

    def response(
        self,
        acs: str,
        name_id: str = "nina@example.org",
        *,
        roles: Sequence[str] = ("Operators",),
        attributes: Mapping[str, str] | None = None,
        request_id: str | None = None,
        issuer: str | None = None,
        audience: str | None = None,
        recipient: str | None = None,
        destination: str | None = None,
        begins: timedelta = timedelta(minutes=-1),
        ends: timedelta = timedelta(minutes=5),
        issued: timedelta = timedelta(),
        role_attribute: str = "Role",
    ) -> etree._Element:
        """An unsigned response with one assertion."""
        now = datetime.now(UTC)
        issuer = self.issuer if issuer is None else issuer
        answers = {"InResponseTo": request_id} if request_id else {}
        root = etree.Element(
            f"{{{SAMLP}}}Response",
            {
                "ID": f"_{uuid4().hex}",
                "Version": "2.0",
                "IssueInstant": stamp(now + issued),
                "Destination": acs if destination is None else destination,
                **answers,
            },
            nsmap={"samlp": SAMLP, "saml": SAML},
        )
        sub(root, "saml:Issuer", issuer)
        sub(sub(root, "samlp:Status"), "samlp:StatusCode", Value="urn:oasis:names:tc:SAML:2.0:status:Success")
        assertion = sub(
            root, "saml:Assertion", ID=f"_{uuid4().hex}", Version="2.0", IssueInstant=stamp(now + issued)
        )
        sub(assertion, "saml:Issuer", issuer)
        subject = sub(assertion, "saml:Subject")
        sub(subject, "saml:NameID", name_id, Format=EMAIL_FORMAT)
        confirmation = sub(
            subject, "saml:SubjectConfirmation", Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"
        )
        sub(
            confirmation,
            "saml:SubjectConfirmationData",
            Recipient=acs if recipient is None else recipient,
            NotOnOrAfter=stamp(now + ends),
            **answers,
        )
        conditions = sub(
            assertion, "saml:Conditions", NotBefore=stamp(now + begins), NotOnOrAfter=stamp(now + ends)
        )
        restriction = sub(conditions, "saml:AudienceRestriction")
        sub(restriction, "saml:Audience", acs if audience is None else audience)
        statement = sub(assertion, "saml:AuthnStatement", AuthnInstant=stamp(now))
        context = sub(statement, "saml:AuthnContext")
        sub(context, "saml:AuthnContextClassRef", "urn:oasis:names:tc:SAML:2.0:ac:classes:Password")
        stated = {role_attribute: list(roles)} if roles else {}
        stated |= {name: [value] for name, value in (attributes or {}).items()}
        if stated:
            listed = sub(assertion, "saml:AttributeStatement")
            for name, values in stated.items():
                attribute = sub(listed, "saml:Attribute", Name=name)
                for value in values:
                    sub(attribute, "saml:AttributeValue", value)
        return root

    def signed(self, acs: str, name_id: str = "nina@example.org", **values: Any) -> etree._Element:
        """A response whose assertion is signed."""
        root = self.response(acs, name_id, **values)
        sign(root, assertion_of(root), self.owner)
        return root

    def logout(self, address: str, name_id: str, *, signed: bool = True) -> etree._Element:
        """A request that ends somebody's sessions."""
        root = etree.Element(
            f"{{{SAMLP}}}LogoutRequest",
            {
                "ID": f"_{uuid4().hex}",
                "Version": "2.0",
                "IssueInstant": stamp(datetime.now(UTC)),
                "Destination": address,
            },
            nsmap={"samlp": SAMLP, "saml": SAML},
        )
        sub(root, "saml:Issuer", self.issuer)
        sub(root, "saml:NameID", name_id, Format=EMAIL_FORMAT)
        if signed:
            sign(root, root, self.owner)
        return root

    def metadata(self, address: str) -> str:
        """What an organization imports of it."""
        cert = "".join(self.owner.cert.splitlines()[1:-1])
        binding = "urn:oasis:names:tc:SAML:2.0:bindings"
        return f"""<?xml version="1.0"?>
<!-- made for tests -->
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{html.escape(self.issuer)}">
  <md:IDPSSODescriptor protocolSupportEnumeration="{SAMLP}">
    <md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="{DS}"><ds:X509Data>
      <ds:X509Certificate>{cert}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
    <md:SingleSignOnService Binding="{binding}:HTTP-POST" Location="{html.escape(address)}/post"/>
    <md:SingleSignOnService Binding="{binding}:HTTP-Redirect" Location="{html.escape(address)}"/>
  </md:IDPSSODescriptor>
</md:EntityDescriptor>"""


def sub(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    prefix, _, local = name.partition(":")
    element = etree.SubElement(parent, f"{{{NS[prefix]}}}{local}", attributes)
    element.text = text
    return element


def assertion_of(root: etree._Element) -> etree._Element:
    found = root.find(f".//{{{SAML}}}Assertion")
    assert found is not None
    return found


def request_of(url: str) -> etree._Element:
    """The request in an address that a browser was sent to."""
    deflated = base64.b64decode(parse_qs(urlsplit(url).query)["SAMLRequest"][0])
    return etree.fromstring(zlib.decompress(deflated, -15))


@contextmanager
def serving(idp: IdP, name_id: str, **values: Any) -> Iterator[str]:
    """The provider over HTTP: who comes with a request gets a page with a button that sends the answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            request = request_of(self.path)
            acs = request.get("AssertionConsumerServiceURL", "")
            root = idp.signed(acs, name_id, request_id=request.get("ID"), **values)
            relay = html.escape(query.get("RelayState", [""])[0])
            page = (
                '<!DOCTYPE html><title>Example IdP</title><link rel="icon" href="data:,">'
                f'<form method="post" action="{html.escape(acs)}">'
                f'<input type="hidden" name="SAMLResponse" value="{encoded(root)}">'
                f'<input type="hidden" name="RelayState" value="{relay}">'
                "<button>Continue as Nina</button></form>"
            ).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, format: str, *args: Any) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/sso"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
