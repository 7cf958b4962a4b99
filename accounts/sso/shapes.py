"""Request models of single sign-on, and rows as the API spells them."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import AfterValidator, BeforeValidator, Field

from accounts.shapes import PrivilegeShape
from accounts.sso.models import Sso, SsoFailure, SsoGrant, SsoRole
from accounts.sso.saml import addresses, sp_metadata
from mistadmin.core.access import ROLES
from mistadmin.core.shapes import Doc, Name, Request, epoch

_MOST_CERTIFICATES: Final = 5
_LEAST_RSA_BITS: Final = 2048


def _web_address(text: str) -> str:
    """An https address; plain http is for this machine only."""
    text = text.strip()
    if not text:
        return text
    url = urlsplit(text)
    if not url.hostname or url.scheme not in ("https", "http") or not text.isprintable() or " " in text:
        raise ValueError("must be an address that starts with https://")
    if url.scheme == "http" and not _is_loopback(url.hostname):
        raise ValueError("must start with https://")
    if url.username or url.fragment:
        raise ValueError("must have no user name and no #")
    return text


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _certificate(text: str) -> str:
    """One or more certificates, as PEM; bare base64, as metadata has it, is understood too."""
    text = text.strip()
    if not text:
        return text
    if "-----BEGIN" not in text:
        body = "".join(text.split())
        lines = "\n".join(body[i : i + 64] for i in range(0, len(body), 64))
        text = f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----"
    try:
        found = x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        raise ValueError("must be a certificate as PEM text") from None
    if len(found) > _MOST_CERTIFICATES:
        raise ValueError(f"must be at most {_MOST_CERTIFICATES} certificates")
    for one in found:
        key = one.public_key()
        if isinstance(key, RSAPublicKey) and key.key_size < _LEAST_RSA_BITS:
            raise ValueError(f"has a key of {key.key_size} bits; {_LEAST_RSA_BITS} are needed")
        if not isinstance(key, (RSAPublicKey, EllipticCurvePublicKey)):
            raise ValueError("must have an RSA or an elliptic curve key")
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in found)


def _strong(text: Any) -> Any:
    if text == "sha1":
        raise ValueError("sha1 is not safe any more; choose sha256 or stronger")
    return text


def _admin_kind(text: Any) -> Any:
    if text in ("ldap", "mxedge_proxy", "oauth", "openroaming"):
        raise ValueError("must be saml: the other types are for network access, not for administrators")
    return text


_Text = Annotated[str, Field(max_length=255)]
_Url = Annotated[str, Field(max_length=1000), AfterValidator(_web_address)]


class SsoShape(Doc):
    """An identity provider (createOrgSso, updateOrgSso)."""

    name: Name
    idp_type: Annotated[Literal["saml"], BeforeValidator(_admin_kind)] = "saml"
    issuer: Annotated[str, Field(max_length=1000)] | None = None
    idp_sso_url: _Url | None = None
    idp_cert: Annotated[str, Field(max_length=50_000), AfterValidator(_certificate)] | None = None
    idp_sign_algo: Annotated[Literal["sha256", "sha384", "sha512"], BeforeValidator(_strong)] | None = None
    nameid_format: Literal["email", "unspecified"] | None = None
    custom_logout_url: _Url | None = None
    default_role: _Text | None = None
    ignore_unmatched_roles: bool | None = None
    role_attr_from: _Text | None = None
    role_attr_extraction: Literal["", "cn"] | None = None


class SsoRoleShape(Request):
    """A role that identity providers assert, with what it grants (createOrgSsoRole)."""

    name: Name
    privileges: Annotated[list[PrivilegeShape], Field(min_length=1, max_length=20)]


def sso_row(sso: Sso) -> dict[str, Any]:
    """An identity provider as the API spells it."""
    return {
        **sso.document,
        "id": str(sso.id),
        "org_id": str(sso.org_id),
        "name": sso.name,
        "domain": sso.domain,
        "created_time": epoch(sso.created_time),
        "modified_time": epoch(sso.modified_time),
    }


def sso_document(sso: Sso) -> dict[str, Any]:
    """What is changed of an identity provider."""
    return {**sso.document, "name": sso.name}


def role_row(role: SsoRole) -> dict[str, Any]:
    """A role as the API spells it."""
    return {
        "id": str(role.id),
        "org_id": str(role.org_id),
        "created_time": epoch(role.created_time),
        "modified_time": epoch(role.modified_time),
        **role_document(role),
    }


def role_document(role: SsoRole) -> dict[str, Any]:
    """What is changed of a role."""
    grants = sorted(role.grants.all(), key=lambda one: one.position)
    return {"name": role.name, "privileges": [_privilege(role, one) for one in grants]}


def metadata_row(sso: Sso) -> dict[str, str]:
    """Our side of a provider (getOrgSamlMetadata)."""
    where = addresses(sso)
    return {
        "entity_id": where.acs,
        "acs_url": where.acs,
        "logout_url": where.logout,
        "metadata": sp_metadata(sso),
    }


def failure_row(failure: SsoFailure) -> dict[str, Any]:
    """A refused log-in as the API spells it."""
    return {
        "timestamp": epoch(failure.timestamp),
        "detail": failure.detail,
        "saml_assertion_xml": failure.xml,
    }


def _privilege(role: SsoRole, grant: SsoGrant) -> dict[str, Any]:
    kind = ROLES[grant.role]
    spelled: dict[str, Any] = {"scope": grant.scope, "org_id": str(role.org_id), "role": kind.mist_role}
    if kind.view:
        spelled["views"] = [kind.view]
    if grant.site_id:
        spelled["site_id"] = str(grant.site_id)
    if grant.sitegroup_id:
        spelled["sitegroup_id"] = str(grant.sitegroup_id)
    return spelled
