"""Reads, types and checks every environment variable of the product, without importing Django."""

from __future__ import annotations

import base64
import os
import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NoReturn, TypeVar

from mistadmin.settings import values

T = TypeVar("T")
D = TypeVar("D")

PROJECT_DIR = Path(__file__).resolve().parents[2]
DEFAULT_BASE_URL = "http://127.0.0.1:8000"
INSTANCES = ("global01", "global02", "global03", "global04", "europe01", "federal")
LOG_LEVELS = ("debug", "info", "warning", "error")
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
class Env:
    """Every setting an operator can make, typed and checked."""

    home: Path
    database: values.Database
    redis_url: str | None = field(repr=False)
    base_url: str
    allowed_hosts: tuple[str, ...]
    secret_key: str = field(repr=False)
    master_keys: tuple[values.MasterKey, ...] = field(repr=False)
    email: values.MailServer | None
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
    home = reader.get("MISTADMIN_HOME", values.home, PROJECT_DIR / "var")
    base_url = reader.get("MISTADMIN_BASE_URL", values.base_url, "") or _served_address(home)
    given = Env(
        home=home,
        database=reader.get(
            "DATABASE_URL", values.database, values.Database("sqlite3", str(home / "db.sqlite3"))
        ),
        redis_url=reader.get("REDIS_URL", values.redis_url, None),
        base_url=base_url,
        allowed_hosts=reader.get("MISTADMIN_ALLOWED_HOSTS", values.hosts, ()),
        secret_key=reader.get("MISTADMIN_SECRET_KEY", values.secret_key, ""),
        master_keys=reader.get("MISTADMIN_MASTER_KEYS", values.master_keys, ()),
        email=reader.get("EMAIL_URL", values.mail_server, None),
        email_from=reader.get(
            "MISTADMIN_EMAIL_FROM", values.address, f"mistadmin@{values.mail_domain(base_url)}"
        ),
        instance=reader.get("MISTADMIN_INSTANCE", values.one_of(INSTANCES), INSTANCES[0]),
        juniper_url=reader.get("MISTADMIN_JUNIPER_URL", values.service_url, ""),
        google_client_id=reader.get("MISTADMIN_GOOGLE_CLIENT_ID", values.credential, ""),
        google_client_secret=reader.get("MISTADMIN_GOOGLE_CLIENT_SECRET", values.credential, ""),
        google_issuer=reader.get(
            "MISTADMIN_GOOGLE_ISSUER", values.service_url, "https://accounts.google.com"
        ),
        trusted_proxies=reader.get("MISTADMIN_TRUSTED_PROXIES", values.proxies, 0),
        log_level=reader.get("MISTADMIN_LOG_LEVEL", values.one_of(LOG_LEVELS), "info"),
        debug=reader.get("MISTADMIN_DEBUG", values.flag, False),
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
        return values.base_url(address_file(home).read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        return DEFAULT_BASE_URL


def new_master_key(key_id: str = "k1") -> str:
    """A fresh key for stored secrets, in the `id:base64` form of MISTADMIN_MASTER_KEYS."""
    return f"{key_id}:{base64.b64encode(secrets.token_bytes(values.MASTER_KEY_BYTES)).decode()}"


def _new_secret_key() -> str:
    return secrets.token_urlsafe(50)


def _with_kept_keys(given: Env, reader: _Reader) -> Env:
    """The environment with the keys of the home folder where the variables give none."""
    home = given.home
    reader.attempt("MISTADMIN_HOME", lambda: prepare_home(home), None)
    reader.raise_problems()
    secret_key = given.secret_key or reader.attempt(
        "MISTADMIN_SECRET_KEY", lambda: values.secret_key(_kept(home / "secret_key", _new_secret_key)), ""
    )
    master_keys = given.master_keys or reader.attempt(
        "MISTADMIN_MASTER_KEYS", lambda: values.master_keys(_kept(home / "master_keys", new_master_key)), ()
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
