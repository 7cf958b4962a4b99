"""The signature of a device's call: HMAC-SHA256 (RFC 2104) over method, path, time and digest of the body."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

MAC_HEADER: Final = "X-Device-Mac"
TIME_HEADER: Final = "X-Device-Time"
SIGNATURE_HEADER: Final = "X-Device-Signature"
# Of an adopting unit only: the same bytes signed with inventory.scopes.unit_key.
ADOPT_HEADER: Final = "X-Adopt-Signature"


def canonical(method: str, path: str, called_at: str, body: bytes) -> bytes:
    """The bytes that are signed; `called_at` is the text of the time header."""
    return "\n".join((method, path, called_at, hashlib.sha256(body).hexdigest())).encode()


def sign(secret: str, message: bytes) -> str:
    """The signature as lower-case hex."""
    return hmac.digest(secret.encode(), message, "sha256").hex()


def verify(secret: str, message: bytes, signature: str) -> bool:
    """Whether the signature was made with the secret, compared in constant time."""
    return hmac.compare_digest(sign(secret, message).encode(), signature.encode())
