"""What people type into switches and WAN edges so that they call this instance and ask to join."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from inventory.adoption import Credential

CLIENT: Final = "mistadmin"
_CODE: Final = re.compile(r"(\S+)\.([0-9a-f]{64})")
_STATEMENT: Final = {name: re.compile(rf"\b{name} (\S+)") for name in ("device-id", "secret")}
_PORTS: Final = {"http": 80, "https": 443}


def junos_commands(credential: Credential, base_url: str) -> str:
    """Set-statements for a Junos device (EX, QFX, SRX), to be entered in configuration mode and committed.

    The login user gets no password and no key: adopting a device opens it to nobody.
    """
    parts = urlsplit(base_url)
    outbound = f"set system services outbound-ssh client {CLIENT}"
    return "\n".join(
        (
            f"set system login user {CLIENT} class super-user",
            "set system services netconf ssh",
            f"{outbound} device-id {credential.scope}",
            f"{outbound} secret {credential.secret}",
            f"{outbound} services netconf",
            f"{outbound} keep-alive retry 3 timeout 15",
            f"{outbound} reconnect-strategy sticky",
            f"{outbound} {parts.hostname} port {parts.port or _PORTS[parts.scheme]} retry 1000 timeout 60",
        )
    )


def read_credential(text: str) -> Credential | None:
    """The credential in a registration code, or in commands that were shown; None when there is none."""
    code = _CODE.fullmatch(text.strip())
    if code:
        return Credential(*code.groups())
    scope, secret = (_STATEMENT[name].search(text) for name in ("device-id", "secret"))
    return Credential(scope[1], secret[1]) if scope and secret else None


def registration_code(credential: Credential) -> str:
    """The credential in one word, as Session Smart Routers take it."""
    return f"{credential.scope}.{credential.secret}"


def router_commands(credential: Credential) -> dict[str, str]:
    """How a Session Smart Router registers: by its conductor, or from its own shell."""
    code = registration_code(credential)
    return {
        "registration_code": code,
        "conductor_cmd": f"register {CLIENT} {code}",
        "router_shell_cmd": f"128agent register --registration-code {code}",
    }
