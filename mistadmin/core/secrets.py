"""Stored secrets: AES-256-GCM under a list of master keys, bound to where they are stored.

A sealed value is `key id | nonce | ciphertext`; `where` (table:column:row) is authenticated with it, so a
value copied to another row does not open. The first master key seals; the others still open, which is what
makes rotation possible: put a new key first, run `mistadmin rotate-keys`, then drop the old one.
"""

from __future__ import annotations

import os
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_NONCE: Final = 12
_ID: Final = 1


# What stands for a stored secret wherever it is not shown.
MASK: Final = "******"

# What a key of a document is called that holds a secret, wherever it stands.
_SECRET_KEYS: Final = frozenset(
    {
        *("password", "secret", "key", "keys", "apitoken", "api_key", "token", "private_key", "psk"),
        *("passphrase", "auth_key", "auth_keys", "pre_shared_key", "community", "authorization"),
        *("community_name", "org_apitoken", "account_key", "keywrap_kek", "keywrap_mack"),
    }
)
_SECRET_ENDINGS: Final = ("_password", "_secret", "_token", "_api_key", "_private_key", "_passphrase", "_psk")


class Unsealable(Exception):
    """A stored secret does not open: its master key is gone, or the value was moved or changed."""


def seal(secret: str, where: str) -> bytes:
    """Encrypt a secret for the place `where` with the current master key."""
    key_id, key = settings.MASTER_KEYS[0]
    nonce = os.urandom(_NONCE)
    name = key_id.encode()
    sealed = AESGCM(key).encrypt(nonce, secret.encode(), where.encode())
    return bytes([len(name)]) + name + nonce + sealed


def unseal(sealed: bytes, where: str) -> str:
    """Decrypt what `seal` made for the same place; raises Unsealable."""
    name, rest = _split(bytes(sealed))
    key = dict(settings.MASTER_KEYS).get(name)
    if key is None:
        raise Unsealable(f"no master key {name!r}; add it to MISTADMIN_MASTER_KEYS")
    try:
        return AESGCM(key).decrypt(rest[:_NONCE], rest[_NONCE:], where.encode()).decode()
    except (InvalidTag, ValueError):  # a value cut short has no whole nonce
        raise Unsealable(f"the value at {where} was changed or moved") from None


def is_secret(key: Any, value: Any) -> bool:
    """Whether what stands under a key of a document is a secret."""
    if not isinstance(key, str) or value in (None, "", {}, []):
        return False
    name = key.lower()
    return name in _SECRET_KEYS or name.endswith(_SECRET_ENDINGS)


def is_current(sealed: bytes) -> bool:
    """Whether the value is sealed with the current master key."""
    return _split(bytes(sealed))[0] == settings.MASTER_KEYS[0][0]


def _split(sealed: bytes) -> tuple[str, bytes]:
    length = sealed[0] if sealed else 0
    return sealed[_ID : _ID + length].decode("ascii", "replace"), sealed[_ID + length :]
