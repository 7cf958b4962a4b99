"""SAML 2.0 as the service provider: our addresses, requests, and what a response of theirs proves.

Web browser SSO profile: requests by HTTP-Redirect, responses by HTTP-POST (saml-profiles-2.0-os, 4.1).
python3-saml verifies signature and schema; the profile is checked here once more and more strictly, because
that library takes a prefix for a destination and a missing audience for ours.
"""

from __future__ import annotations

import base64
import re
import secrets
import time
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from lxml import etree
from onelogin.saml2.metadata import OneLogin_Saml2_Metadata
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from onelogin.saml2.utils import OneLogin_Saml2_Utils

from accounts.sso import guard
from accounts.sso.guard import SAML, SAMLP, Refused

# How far the clocks of two machines may be apart.
SKEW: Final = timedelta(seconds=60)
# An assertion is for now; older ones are replays, whatever their provider says of them.
_OLDEST: Final = timedelta(hours=1)
_REQUEST_SECONDS: Final = 15 * 60
_REQUEST_ID: Final = re.compile(r"_([0-9a-f]{8,12}\.[0-9a-f]{16})\.([0-9a-f]{32})")
_MOMENT: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?Z")
_POST: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
_REDIRECT: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
_BEARER: Final = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
_FORMATS: Final = {
    "email": "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
    "unspecified": "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
}
_SUCCESS: Final = "urn:oasis:names:tc:SAML:2.0:status:Success"
_NAME_ID_MOST: Final = 255


class Provider(Protocol):
    """An identity provider as far as SAML needs to know it."""

    @property
    def domain(self) -> str: ...

    @property
    def document(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a provider's people come in; the entity id is the address for responses, as Mist has it."""

    login: str
    acs: str
    logout: str


@dataclass(frozen=True, slots=True)
class Asserted:
    """What a verified assertion says: who it is, until when it may be used, and its attributes."""

    name_id: str
    assertion_id: str
    request_id: str
    until: datetime
    attributes: dict[str, list[str]] = field(default_factory=dict)

    def first(self, *names: str) -> str:
        """The first value of the first of these attributes that is there; "" without one."""
        found = (self.attributes[name] for name in names if self.attributes.get(name))
        return next(found, [""])[0]


def addresses(provider: Provider) -> Addresses:
    """The addresses of a provider, which start with the configured base URL."""
    acs = f"{settings.BASE_URL}/api/v1/saml/{provider.domain}"
    return Addresses(f"{settings.BASE_URL}/login/sso/{provider.domain}", f"{acs}/login", f"{acs}/logout")


def is_complete(provider: Provider) -> bool:
    """Whether enough is known of a provider to let anybody in."""
    return all(provider.document.get(key) for key in ("issuer", "idp_sso_url", "idp_cert"))


def sp_metadata(provider: Provider) -> str:
    """Our side as an XML document that identity providers import; it says so for a year."""
    until = (timezone.now() + timedelta(days=365)).replace(hour=0, minute=0, second=0, microsecond=0)
    sp = _service(provider)
    where = addresses(provider)
    sp["singleLogoutService"] = {"url": where.logout, "binding": _POST}
    built: str = OneLogin_Saml2_Metadata.builder(
        sp,
        authnsign=False,
        wsign=True,
        valid_until=int(until.timestamp()),
        cache_duration="",
        organization={},
    )
    return built.strip() + "\n"


def request_url(provider: Provider, relay_state: str) -> str:
    """Where to send a browser that wants to come in through the provider."""
    target = str(provider.document["idp_sso_url"])
    where = addresses(provider)
    root = etree.Element(
        f"{SAMLP}AuthnRequest",
        {
            "ID": new_request_id(provider),
            "Version": "2.0",
            "IssueInstant": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "Destination": target,
            "ProtocolBinding": _POST,
            "AssertionConsumerServiceURL": where.acs,
        },
        nsmap={"samlp": SAMLP[1:-1], "saml": SAML[1:-1]},
    )
    etree.SubElement(root, f"{SAML}Issuer").text = where.acs
    policy = {"Format": _name_format(provider), "AllowCreate": "true"}
    etree.SubElement(root, f"{SAMLP}NameIDPolicy", policy)
    deflated = zlib.compress(etree.tostring(root))[2:-4]
    query = urlencode({"SAMLRequest": base64.b64encode(deflated).decode(), "RelayState": relay_state})
    return f"{target}{'&' if urlsplit(target).query else '?'}{query}"


def new_request_id(provider: Provider) -> str:
    """The ID of a request, which we know again by its own signature: asking costs no row."""
    body = f"{int(time.time()):x}.{secrets.token_hex(8)}"
    return f"_{body}.{_mark(provider, body)}"


def read_response(provider: Provider, raw: bytes) -> Asserted:
    """What a response to us proves, once all of it is verified; raises Refused."""
    if not is_complete(provider):
        raise Refused("The provider is not complete: issuer, sign-on address and certificate are needed.")
    root = guard.parsed(raw)
    assertion = guard.check_response(root, strength=_strength(provider))
    # The cheap part, and the one with plain reasons, comes first; all of it has to hold.
    _check_status(root)
    _check_issuers(provider, root, assertion)
    asserted = _checked_profile(provider, root, assertion)
    if asserted.request_id:
        _check_request(provider, asserted.request_id)
    _verify(provider, raw)
    return asserted


def read_logout(provider: Provider, raw: bytes) -> str:
    """The NameID that a signed request of the provider logs out; raises Refused."""
    if not is_complete(provider):
        raise Refused("The provider is not complete: issuer, sign-on address and certificate are needed.")
    root = guard.parsed(raw)
    guard.check_logout(root, strength=_strength(provider))
    if not OneLogin_Saml2_Utils.validate_sign(
        guard.parsed(raw),
        xpath="/samlp:LogoutRequest/ds:Signature",
        multicerts=certificates(str(provider.document["idp_cert"])),
    ):
        raise Refused("The signature does not belong to the certificate of the provider.")
    now = timezone.now()
    if guard.text_of(root, f"{SAML}Issuer") != provider.document["issuer"]:
        raise Refused("The request has another issuer.")
    if root.get("Destination") != addresses(provider).logout:
        raise Refused("The request is meant for another address.")
    issued = _moment(root.get("IssueInstant"))
    if not now - _OLDEST < issued < now + SKEW:
        raise Refused("The request is from another time. Compare the clocks.")
    return _name_id(root)


def certificates(pem: str) -> list[str]:
    """The certificates of a PEM text, one or several: the next one is there before the old one goes."""
    return re.findall(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", pem, re.DOTALL)


def _service(provider: Provider) -> dict[str, Any]:
    where = addresses(provider)
    return {
        "entityId": where.acs,
        "assertionConsumerService": {"url": where.acs, "binding": _POST},
        "NameIDFormat": _name_format(provider),
        "x509cert": "",
        "privateKey": "",
    }


def _name_format(provider: Provider) -> str:
    return _FORMATS[provider.document.get("nameid_format") or "email"]


def _strength(provider: Provider) -> int:
    return int(str(provider.document.get("idp_sign_algo") or "sha256").removeprefix("sha"))


def _verify(provider: Provider, raw: bytes) -> None:
    """Signature, schema, and the library's own idea of the profile."""
    document = provider.document
    url = urlsplit(addresses(provider).acs)
    library = OneLogin_Saml2_Settings(
        {
            "strict": True,
            "debug": False,
            "sp": _service(provider),
            "idp": {
                "entityId": document["issuer"],
                "singleSignOnService": {"url": document["idp_sso_url"], "binding": _REDIRECT},
                "x509certMulti": {"signing": certificates(document["idp_cert"])},
            },
            "security": {
                "wantAssertionsSigned": True,
                "wantAttributeStatement": False,
                "rejectDeprecatedAlgorithm": True,
                "requestedAuthnContext": False,
                # Groups come as one attribute each from some providers.
                "allowRepeatAttributeName": True,
            },
        }
    )
    asked: dict[str, Any] = {
        "https": "on" if url.scheme == "https" else "off",
        "http_host": url.netloc,
        "script_name": url.path,
        "get_data": {},
        "post_data": {},
    }
    try:
        OneLogin_Saml2_Response(library, base64.b64encode(raw).decode()).is_valid(
            asked, raise_exceptions=True
        )
    except Exception as error:  # whatever the library trips over, nobody comes in
        raise Refused(_plain(error)) from None


def _plain(error: Exception) -> str:
    text = str(error)
    if "Signature validation failed" in text:
        return "The signature does not belong to the certificate of the provider."
    return f"The response is not valid: {text[:300].rstrip('.')}."


def _check_status(root: etree._Element) -> None:
    status = root.find(f"{SAMLP}Status")
    code = None if status is None else status.find(f"{SAMLP}StatusCode")
    value = "" if code is None else code.get("Value", "")
    if value != _SUCCESS:
        inner = None if code is None else code.find(f"{SAMLP}StatusCode")
        said = (value if inner is None else inner.get("Value", "")).rpartition(":")[2] or "nothing"
        raise Refused(f"The identity provider itself refused the log-in: it answered {said[:80]}.")


def _check_issuers(provider: Provider, root: etree._Element, assertion: etree._Element) -> None:
    wanted = provider.document["issuer"]
    issuer = guard.text_of(assertion, f"{SAML}Issuer")
    if issuer != wanted or guard.text_of(root, f"{SAML}Issuer") not in ("", wanted):
        raise Refused(f"The issuer is {issuer[:200] or 'missing'}, not the one of this provider.")


def _checked_profile(provider: Provider, root: etree._Element, assertion: etree._Element) -> Asserted:
    now, acs = timezone.now(), addresses(provider).acs
    if root.get("Destination") != acs:
        raise Refused(f"The response is meant for {_shown(root.get('Destination'))}, not for {acs}.")
    issued = _moment(assertion.get("IssueInstant"))
    if not now - _OLDEST < issued < now + SKEW:
        raise Refused("The assertion is from another time. Compare the clocks.")
    subject = _only(assertion, f"{SAML}Subject")
    confirmed = _confirmed_until(subject, acs, root.get("InResponseTo"), now)
    until = min(confirmed, _conditions_until(_only(assertion, f"{SAML}Conditions"), acs, now))
    return Asserted(
        name_id=_name_id(subject),
        assertion_id=assertion.get("ID", ""),
        request_id=root.get("InResponseTo", ""),
        until=min(until, issued + _OLDEST) + SKEW,
        attributes=_attributes(assertion),
    )


def _confirmed_until(subject: etree._Element, acs: str, answered: str | None, now: datetime) -> datetime:
    confirmation = _only(subject, f"{SAML}SubjectConfirmation")
    data = _only(confirmation, f"{SAML}SubjectConfirmationData")
    if confirmation.get("Method") != _BEARER:
        raise Refused("The subject is not confirmed for a browser.")
    if data.get("Recipient") != acs:
        raise Refused(f"The recipient is {_shown(data.get('Recipient'))}, not {acs}.")
    if data.get("InResponseTo") != answered:
        raise Refused("Response and assertion answer different requests.")
    _check_not_before(data, now)
    return _not_on_or_after(data, now)


def _conditions_until(conditions: etree._Element, acs: str, now: datetime) -> datetime:
    known = {f"{SAML}AudienceRestriction", f"{SAML}OneTimeUse"}
    if any(child.tag not in known for child in conditions):
        raise Refused("The assertion has a condition that is not known.")
    restrictions = conditions.findall(f"{SAML}AudienceRestriction")
    named = [{(one.text or "").strip() for one in each.findall(f"{SAML}Audience")} for each in restrictions]
    if not named or any(acs not in audiences for audiences in named):
        said = ", ".join(sorted(set().union(*named)))
        raise Refused(f"The audience is {_shown(said)}, not {acs}.")
    _check_not_before(conditions, now)
    return _not_on_or_after(conditions, now)


def _check_not_before(element: etree._Element, now: datetime) -> None:
    begins = element.get("NotBefore")
    if begins is not None and _moment(begins) > now + SKEW:
        raise Refused("The assertion is not valid yet. Compare the clocks.")


def _not_on_or_after(element: etree._Element, now: datetime) -> datetime:
    ends = _moment(element.get("NotOnOrAfter"))
    if ends + SKEW <= now:
        raise Refused("The assertion has expired. Compare the clocks.")
    return ends


def _name_id(subject: etree._Element) -> str:
    name_id = guard.text_of(subject, f"{SAML}NameID")
    if any(one.get("Format", "").endswith(":transient") for one in subject.iterfind(f"{SAML}NameID")):
        raise Refused("The NameID is transient: it would be another person at every log-in.")
    if not name_id or len(name_id) > _NAME_ID_MOST or not name_id.isprintable():
        raise Refused("The NameID is missing, too long or has control characters.")
    return name_id


def _attributes(assertion: etree._Element) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for attribute in assertion.iterfind(f"{SAML}AttributeStatement/{SAML}Attribute"):
        values = [(one.text or "").strip() for one in attribute.iterfind(f"{SAML}AttributeValue")]
        found.setdefault(attribute.get("Name", ""), []).extend(value for value in values if value)
    return found


def _check_request(provider: Provider, request_id: str) -> None:
    found = _REQUEST_ID.fullmatch(request_id)
    if not found or not constant_time_compare(found[2], _mark(provider, found[1])):
        raise Refused("The response answers a request that was never made.")
    if time.time() - int(found[1].partition(".")[0], 16) > _REQUEST_SECONDS:
        raise Refused("The log-in took too long: its request has expired.")


def _mark(provider: Provider, body: str) -> str:
    return salted_hmac(f"accounts.sso.request:{provider.domain}", body, algorithm="sha256").hexdigest()[:32]


def _moment(text: str | None) -> datetime:
    found = _MOMENT.fullmatch(text or "")
    try:
        return datetime.fromisoformat(found[1]).replace(tzinfo=UTC) if found else _no_moment()
    except ValueError:
        return _no_moment()


def _no_moment() -> datetime:
    raise Refused("A time of the message is missing or not in UTC.")


def _only(parent: etree._Element, tag: str) -> etree._Element:
    found = parent.findall(tag)
    if len(found) != 1:
        raise Refused(f"The assertion has {len(found)} {etree.QName(tag).localname} in place of one.")
    return found[0]


def _shown(address: str | None) -> str:
    return (address or "")[:200] or "nobody"
