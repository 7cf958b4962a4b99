"""Reads, types and checks every environment variable of the product, without importing Django."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import os
import re
import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NoReturn, TypeVar
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

T = TypeVar("T")
D = TypeVar("D")
MasterKey = tuple[str, bytes]

PROJECT_DIR = Path(__file__).resolve().parents[2]
DEFAULT_BASE_URL = "http://127.0.0.1:8000"
INSTANCES = ("global01", "global02", "global03", "global04", "europe01", "federal")
LOG_LEVELS = ("debug", "info", "warning", "error")
MASTER_KEY_BYTES = 32
SECRET_KEY_CHARS = 32
# libpq settings an operator may pass in the query of DATABASE_URL.
POSTGRES_OPTIONS = {"sslmode", "sslrootcert", "sslcert", "sslkey", "application_name", "target_session_attrs"}
EXAMPLES = {
    "MISTADMIN_HOME": "/var/lib/mistadmin",
    "DATABASE_URL": "postgres://mistadmin:password@db.example.org:5432/mistadmin",
    "REDIS_URL": "redis://redis.example.org:6379/0",
    "MISTADMIN_BASE_URL": "https://console.example.org",
    "MISTADMIN_ALLOWED_HOSTS": "console.example.org,10.0.0.5",
    "MISTADMIN_SECRET_KEY": "50 random characters",
    "MISTADMIN_MASTER_KEYS": "2026b:<32 bytes as base64>,2026a:<32 bytes as base64>",
    "EMAIL_URL": "smtp://user:password@mail.example.org:587",
    "MISTADMIN_EMAIL_FROM": "mistadmin@example.org",
    "MISTADMIN_INSTANCE": "global01",
    "MISTADMIN_JUNIPER_URL": "https://accounts.example.org",
    "MISTADMIN_GOOGLE_CLIENT_ID": "1234-abcd.apps.googleusercontent.com",
    "MISTADMIN_GOOGLE_CLIENT_SECRET": "the-secret-shown-beside-the-client-ID",
    "MISTADMIN_GOOGLE_ISSUER": "https://accounts.google.com",
    "MISTADMIN_TRUSTED_PROXIES": "1",
    "MISTADMIN_LOG_LEVEL": "info",
    "MISTADMIN_DEBUG": "false",
}


class EnvError(Exception):
    """One or more variables cannot be used; `problems` holds one sentence per variable."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems

    def exit(self) -> NoReturn:
        """Print what is wrong to stderr and end the process with status 2."""
        print(
            "mistadmin cannot start:",
            *(f"  {problem}" for problem in self.problems),
            sep="\n",
            file=sys.stderr,
        )
        raise SystemExit(2)


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


@dataclass(frozen=True)
class Env:
    """Every setting an operator can make, typed and checked."""

    home: Path
    database: Database
    redis_url: str | None = field(repr=False)
    base_url: str
    allowed_hosts: tuple[str, ...]
    secret_key: str = field(repr=False)
    master_keys: tuple[MasterKey, ...] = field(repr=False)
    email: MailServer | None
    email_from: str
    instance: str
    juniper_url: str
    google_client_id: str
    google_client_secret: str = field(repr=False)
    google_issuer: str
    trusted_proxies: int
    log_level: str
    debug: bool


def read(environ: Mapping[str, str] = os.environ) -> Env:
    """The checked environment; raises EnvError that names every bad variable at once.

    Makes the home folder (0700) and, where the variables give none, the key files in it (0600).
    """
    reader = _Reader(environ)
    home = reader.get("MISTADMIN_HOME", _home, PROJECT_DIR / "var")
    base_url = reader.get("MISTADMIN_BASE_URL", _base_url, "") or _served_address(home)
    given = Env(
        home=home,
        database=reader.get("DATABASE_URL", _database, Database("sqlite3", str(home / "db.sqlite3"))),
        redis_url=reader.get("REDIS_URL", _redis_url, None),
        base_url=base_url,
        allowed_hosts=reader.get("MISTADMIN_ALLOWED_HOSTS", _hosts, ()),
        secret_key=reader.get("MISTADMIN_SECRET_KEY", _secret_key, ""),
        master_keys=reader.get("MISTADMIN_MASTER_KEYS", _master_keys, ()),
        email=reader.get("EMAIL_URL", _mail_server, None),
        email_from=reader.get("MISTADMIN_EMAIL_FROM", _address, f"mistadmin@{_mail_domain(base_url)}"),
        instance=reader.get("MISTADMIN_INSTANCE", _one_of(INSTANCES), INSTANCES[0]),
        juniper_url=reader.get("MISTADMIN_JUNIPER_URL", _service_url, ""),
        google_client_id=reader.get("MISTADMIN_GOOGLE_CLIENT_ID", _credential, ""),
        google_client_secret=reader.get("MISTADMIN_GOOGLE_CLIENT_SECRET", _credential, ""),
        google_issuer=reader.get("MISTADMIN_GOOGLE_ISSUER", _service_url, "https://accounts.google.com"),
        trusted_proxies=reader.get("MISTADMIN_TRUSTED_PROXIES", _proxies, 0),
        log_level=reader.get("MISTADMIN_LOG_LEVEL", _one_of(LOG_LEVELS), "info"),
        debug=reader.get("MISTADMIN_DEBUG", _flag, False),
    )
    reader.raise_problems()
    return _with_kept_keys(given, reader)


def prepare_home(home: Path) -> None:
    """Make the state folder, private to its owner; ValueError when it cannot be written to."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in ("broker", "mail", "static"):
            (home / name).mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise ValueError(f"the folder {home} cannot be made: {error.strerror or error}") from error
    if not os.access(home, os.W_OK | os.X_OK):
        raise ValueError(f"the folder {home} cannot be written to by this user")


def address_file(home: Path) -> Path:
    """Where `mistadmin serve` says under which address it runs, for commands that talk to it."""
    return home / "address"


def _served_address(home: Path) -> str:
    try:
        return _base_url(address_file(home).read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        return DEFAULT_BASE_URL


def new_master_key(key_id: str = "k1") -> str:
    """A fresh key for stored secrets, in the `id:base64` form of MISTADMIN_MASTER_KEYS."""
    return f"{key_id}:{base64.b64encode(secrets.token_bytes(MASTER_KEY_BYTES)).decode()}"


def _new_secret_key() -> str:
    return secrets.token_urlsafe(50)


def _with_kept_keys(given: Env, reader: _Reader) -> Env:
    """The environment with the keys of the home folder where the variables give none."""
    home = given.home
    reader.attempt("MISTADMIN_HOME", lambda: prepare_home(home), None)
    reader.raise_problems()
    secret_key = given.secret_key or reader.attempt(
        "MISTADMIN_SECRET_KEY", lambda: _secret_key(_kept(home / "secret_key", _new_secret_key)), ""
    )
    master_keys = given.master_keys or reader.attempt(
        "MISTADMIN_MASTER_KEYS", lambda: _master_keys(_kept(home / "master_keys", new_master_key)), ()
    )
    reader.raise_problems()
    return replace(given, secret_key=secret_key, master_keys=master_keys)


class _Reader:
    """Collects one problem per variable, so that an operator mends them in one go."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[str] = []

    def get(self, name: str, parse: Callable[[str], T], default: D) -> T | D:
        raw = self.environ.get(name, "").strip()
        return self.attempt(name, lambda: parse(raw), default) if raw else default

    def attempt(self, name: str, step: Callable[[], T], otherwise: D) -> T | D:
        try:
            return step()
        except ValueError as error:
            self.problems.append(f"{name}: {error}. Example: {name}={EXAMPLES[name]}")
            return otherwise

    def raise_problems(self) -> None:
        if self.problems:
            raise EnvError(self.problems)


def _kept(path: Path, make: Callable[[], str]) -> str:
    """The text of a private file, made on first use; of two processes that make it, one wins."""
    try:
        if not path.exists():
            _publish(path, make())
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"the file {path} cannot be used: {error}") from error


def _publish(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text + "\n")
        # A hard link refuses an existing name and shows the file only when it is complete.
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def _home(raw: str) -> Path:
    return Path(raw).expanduser().absolute()


def _items(raw: str) -> list[str]:
    return [item for item in re.split(r"[,\s]+", raw) if item]


def _port(url: SplitResult, default: int) -> int:
    # SplitResult.port raises ValueError with a message that says what is wrong with it.
    return url.port or default


def _base_url(raw: str) -> str:
    url = urlsplit(raw)
    _port(url, 0)
    if url.scheme not in ("http", "https"):
        raise ValueError(f"{raw!r} does not start with http:// or https://")
    if not url.hostname:
        raise ValueError(f"{raw!r} names no host")
    if url.path.strip("/") or url.query or url.fragment or url.username:
        raise ValueError(f"{raw!r} has more than a scheme, a host and a port")
    return f"{url.scheme}://{url.netloc}"


def _service_url(raw: str) -> str:
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


def _credential(raw: str) -> str:
    """What another service calls or asks of this instance; the value is not repeated when it is wrong."""
    if not re.fullmatch(r"[\x21-\x7e]{1,255}", raw):
        raise ValueError("it has spaces or other characters that no client has")
    return raw


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _mail_domain(base_url: str) -> str:
    host = urlsplit(base_url).hostname or ""
    # An address is no domain that mail comes from.
    return host if re.search(r"[a-z]", host) and ":" not in host else "localhost"


def _database(raw: str) -> Database:
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


def _redis_url(raw: str) -> str:
    url = urlsplit(raw)
    _port(url, 0)
    if url.scheme not in ("redis", "rediss") or not url.hostname:
        raise ValueError("the address does not start with redis:// or rediss:// and a host")
    if not re.fullmatch(r"(/\d*)?", url.path):
        raise ValueError("what follows the host is not the number of a Redis database")
    return raw


def _mail_server(raw: str) -> MailServer:
    url = urlsplit(raw)
    if url.scheme not in ("smtp", "smtps") or not url.hostname:
        raise ValueError("the address does not start with smtp:// or smtps:// and a host")
    port = _port(url, 465 if url.scheme == "smtps" else 25)
    wanted = dict(parse_qsl(url.query)).get("starttls")
    # Credentials never travel in clear unless the operator asks for it by starttls=false.
    starttls = _flag(wanted) if wanted else bool(url.username) or port == 587
    tls = "implicit" if url.scheme == "smtps" else "starttls" if starttls else "none"
    return MailServer(url.hostname, port, unquote(url.username or ""), unquote(url.password or ""), tls)


def _address(raw: str) -> str:
    if not re.fullmatch(r"[^@\r\n]*[^@\s<]+@[^@\s>]+>?", raw):
        raise ValueError(f"{raw!r} is not an e-mail address")
    return raw


def _hosts(raw: str) -> tuple[str, ...]:
    for host in _items(raw):
        if "/" in host or host == "*":
            raise ValueError(f"{host!r} is not a host name")
    return tuple(_items(raw))


def _proxies(raw: str) -> int:
    if not re.fullmatch(r"\d", raw):
        raise ValueError(f"{raw!r} is not how many proxies (0 to 9) stand in front of this instance")
    return int(raw)


def _secret_key(raw: str) -> str:
    if len(raw) < SECRET_KEY_CHARS:
        raise ValueError(f"the key has {len(raw)} characters, fewer than {SECRET_KEY_CHARS}")
    return raw


def _master_keys(raw: str) -> tuple[MasterKey, ...]:
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


def _one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    def parse(raw: str) -> str:
        if raw.lower() not in choices:
            raise ValueError(f"{raw!r} is none of {', '.join(choices)}")
        return raw.lower()

    return parse


def _flag(raw: str) -> bool:
    if raw.lower() in ("1", "true", "yes", "on"):
        return True
    if raw.lower() in ("0", "false", "no", "off"):
        return False
    raise ValueError(f"{raw!r} is neither true nor false")
