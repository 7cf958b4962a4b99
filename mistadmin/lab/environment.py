"""The environment in which a Mist client reaches the lab."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mistadmin.lab.hosts import MIST_HOSTS

# mistapi prints a line per request for the upper-case spelling; the others would lead past the lab.
REMOVED = ("HTTPS_PROXY", "CURL_CA_BUNDLE", "MIST_APITOKEN")


@dataclass(frozen=True)
class Route:
    """What a client needs: host, API token key, port of the proxy, certificate of the authority."""

    mist_host: str
    key: str | None
    proxy_port: int
    authority: Path

    def variables(self) -> dict[str, str]:
        """Return the variables to set; without a key the client logs in with its own e-mail and password."""
        token = {"MIST_APITOKEN": self.key} if self.key else {}
        return {
            "MIST_HOST": self.mist_host,
            **token,
            "https_proxy": f"http://127.0.0.1:{self.proxy_port}",
            "REQUESTS_CA_BUNDLE": str(self.authority),
            "SSL_CERT_FILE": str(self.authority),
        }


def child_environment(outer: Mapping[str, str], route: Route) -> dict[str, str]:
    """Return the environment of the command: the outer one, led to the lab."""
    new = route.variables()
    replaced = {name.upper() for name in (*new, *REMOVED)}
    kept = {name: value for name, value in outer.items() if name.upper() not in replaced}
    exceptions = {name: without_mist_hosts(kept[name]) for name in kept if name.upper() == "NO_PROXY"}
    return {**kept, **exceptions, **new}


def shell_lines(outer: Mapping[str, str], route: Route) -> list[str]:
    """Return POSIX shell lines which make the difference between the outer environment and the command's."""
    inner = child_environment(outer, route)
    gone = [f"unset {name}" for name in outer if name not in inner]
    changed = [
        f"export {name}={shlex.quote(value)}" for name, value in inner.items() if outer.get(name) != value
    ]
    return gone + changed


def without_mist_hosts(no_proxy: str, hosts: Sequence[str] = MIST_HOSTS) -> str:
    """Return a NO_PROXY list without the entries that would lead a Mist API host past the proxy."""
    entries = [entry.strip() for entry in no_proxy.split(",")]
    return ",".join(entry for entry in entries if entry and not _covers(entry, hosts))


def _covers(entry: str, hosts: Sequence[str]) -> bool:
    if entry == "*":
        return True
    suffix = entry.lower().split(":")[0].lstrip("*.")
    return bool(suffix) and any(host.endswith(suffix) for host in hosts)
