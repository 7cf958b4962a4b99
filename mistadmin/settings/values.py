"""What the text of each environment variable means; every function raises ValueError with the problem."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

MasterKey = tuple[str, bytes]
MASTER_KEY_BYTES = 32
SECRET_KEY_CHARS = 32
# libpq settings an operator may pass in the query of DATABASE_URL.
POSTGRES_OPTIONS = {"sslmode", "sslrootcert", "sslcert", "sslkey", "application_name", "target_session_attrs"}


@dataclass(frozen=True)
class Database:
    """Where rows live; `engine` is "postgresql" or "sqlite3", `name` a database name or a file path."""

    engine: str
    name: str
    host: str = ""
    port: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class MailServer:
    """The SMTP server that mail is handed to; `tls` is "none", "starttls" or "implicit"."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    tls: str


def home(raw: str) -> Path:
    return Path(raw).expanduser().absolute()


def _items(raw: str) -> list[str]:
    return [item for item in re.split(r"[,\s]+", raw) if item]


def _port(url: SplitResult, default: int) -> int:
    # SplitResult.port raises ValueError with a message that says what is wrong with it.
    return url.port or default


def base_url(raw: str) -> str:
    url = urlsplit(raw)
    _port(url, 0)
    if url.scheme not in ("http", "https"):
        raise ValueError(f"{raw!r} does not start with http:// or https://")
    if not url.hostname:
        raise ValueError(f"{raw!r} names no host")
    if url.path.strip("/") or url.query or url.fragment or url.username:
        raise ValueError(f"{raw!r} has more than a scheme, a host and a port")
    return f"{url.scheme}://{url.netloc}"


def service_url(raw: str) -> str:
    """The address of a service that is trusted with credentials, without a slash at the end."""
    url = urlsplit(raw)
    _port(url, 0)
    if not url.hostname:
        raise ValueError(f"{raw!r} names no host")
    if url.scheme != "https" and not (url.scheme == "http" and _is_loopback(url.hostname)):
        raise ValueError("the address does not start with https:// (http:// is for this machine only)")
    if url.query or url.fragment or url.username or url.password:
        raise ValueError("the address has more than a scheme, a host, a port and a path")
    return raw.rstrip("/")


def credential(raw: str) -> str:
    """What another service calls or asks of this instance; the value is not repeated when it is wrong."""
    if not re.fullmatch(r"[\x21-\x7e]{1,255}", raw):
        raise ValueError("it has spaces or other characters that no client has")
    return raw


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def mail_domain(base_url: str) -> str:
    host = urlsplit(base_url).hostname or ""
    # An address is no domain that mail comes from.
    return host if re.search(r"[a-z]", host) and ":" not in host else "localhost"


def database(raw: str) -> Database:
    url = urlsplit(raw)
    name = unquote(url.path[1:])
    if url.scheme == "sqlite" and name:
        return Database("sqlite3", name)
    if url.scheme not in ("postgres", "postgresql"):
        raise ValueError("the database address does not start with postgres://")
    if not name:
        raise ValueError("the address names no database after the host")
    options = dict(parse_qsl(url.query))
    if unknown := sorted(set(options) - POSTGRES_OPTIONS):
        raise ValueError(f"unknown option {unknown[0]!r} (known: {', '.join(sorted(POSTGRES_OPTIONS))})")
    return Database(
        engine="postgresql",
        name=name,
        host=unquote(url.hostname or ""),
        port=str(_port(url, 5432)),
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
        options=options,
    )


def redis_url(raw: str) -> str:
    url = urlsplit(raw)
    _port(url, 0)
    if url.scheme not in ("redis", "rediss") or not url.hostname:
        raise ValueError("the address does not start with redis:// or rediss:// and a host")
    if not re.fullmatch(r"(/\d*)?", url.path):
        raise ValueError("what follows the host is not the number of a Redis database")
    return raw


def mail_server(raw: str) -> MailServer:
    url = urlsplit(raw)
    if url.scheme not in ("smtp", "smtps") or not url.hostname:
        raise ValueError("the address does not start with smtp:// or smtps:// and a host")
    port = _port(url, 465 if url.scheme == "smtps" else 25)
    wanted = dict(parse_qsl(url.query)).get("starttls")
    # Credentials never travel in clear unless the operator asks for it by starttls=false.
    starttls = flag(wanted) if wanted else bool(url.username) or port == 587
    tls = "implicit" if url.scheme == "smtps" else "starttls" if starttls else "none"
    return MailServer(url.hostname, port, unquote(url.username or ""), unquote(url.password or ""), tls)


def address(raw: str) -> str:
    if not re.fullmatch(r"[^@\r\n]*[^@\s<]+@[^@\s>]+>?", raw):
        raise ValueError(f"{raw!r} is not an e-mail address")
    return raw


def hosts(raw: str) -> tuple[str, ...]:
    for host in _items(raw):
        if "/" in host or host == "*":
            raise ValueError(f"{host!r} is not a host name")
    return tuple(_items(raw))


def proxies(raw: str) -> int:
    if not re.fullmatch(r"\d", raw):
        raise ValueError(f"{raw!r} is not how many proxies (0 to 9) stand in front of this instance")
    return int(raw)


def secret_key(raw: str) -> str:
    if len(raw) < SECRET_KEY_CHARS:
        raise ValueError(f"the key has {len(raw)} characters, fewer than {SECRET_KEY_CHARS}")
    return raw


def master_keys(raw: str) -> tuple[MasterKey, ...]:
    keys = tuple(_master_key(item) for item in _items(raw))
    if not keys:
        raise ValueError("it holds no key")
    if len({key_id for key_id, _ in keys}) < len(keys):
        raise ValueError("two keys have the same id")
    return keys


def _master_key(item: str) -> MasterKey:
    key_id, _, encoded = item.partition(":")
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,16}", key_id):
        raise ValueError("a key is not written id:base64, the id of 1 to 16 letters, digits, - or _")
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise ValueError(f"the key {key_id!r} is not base64") from error
    if len(key) != MASTER_KEY_BYTES:
        raise ValueError(f"the key {key_id!r} has {len(key)} bytes instead of {MASTER_KEY_BYTES}")
    return key_id, key


def one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    def parse(raw: str) -> str:
        if raw.lower() not in choices:
            raise ValueError(f"{raw!r} is none of {', '.join(choices)}")
        return raw.lower()

    return parse


def flag(raw: str) -> bool:
    if raw.lower() in ("1", "true", "yes", "on"):
        return True
    if raw.lower() in ("0", "false", "no", "off"):
        return False
    raise ValueError(f"{raw!r} is neither true nor false")
