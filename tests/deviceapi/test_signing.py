"""The signature is plain HMAC-SHA256 over four lines."""

from __future__ import annotations

import hashlib
import hmac

from deviceapi.signing import canonical, sign, verify


def test_canonical_string_is_four_lines() -> None:
    digest = hashlib.sha256(b"{}").hexdigest()
    assert canonical("POST", "/device/v1/checkin", "1764000000.25", b"{}") == (
        f"POST\n/device/v1/checkin\n1764000000.25\n{digest}".encode()
    )


def test_signature_is_the_one_of_rfc_2104() -> None:
    # RFC 4231, test case 2.
    assert sign("Jefe", b"what do ya want for nothing?") == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )
    assert sign("s", b"m") == hmac.new(b"s", b"m", hashlib.sha256).hexdigest()


def test_signature_of_another_secret_or_message_is_refused() -> None:
    signature = sign("secret", b"message")
    assert verify("secret", b"message", signature)
    assert not verify("other", b"message", signature)
    assert not verify("secret", b"Message", signature)
    assert not verify("secret", b"message", signature[:-1])
    assert not verify("secret", b"message", "ü" * 64)
