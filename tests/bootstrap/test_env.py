"""Every variable is read, typed and checked at start; what is wrong is said by name, with an example."""

import base64
import os
import stat
import subprocess
import sys

import pytest

from mistadmin.settings import env, values

ROOT_IGNORES_MODES = hasattr(os, "geteuid") and os.geteuid() == 0


def read(tmp_path, **variables):
    return env.read({"MISTADMIN_HOME": str(tmp_path / "home"), **variables})


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_nothing_set_means_embedded_on_loopback(tmp_path):
    settings = read(tmp_path)
    assert settings.database == values.Database("sqlite3", str(tmp_path / "home" / "db.sqlite3"))
    assert settings.redis_url is None
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.email is None
    assert settings.debug is False


def test_first_start_makes_private_home_and_keys_and_later_starts_keep_them(tmp_path):
    first, second = read(tmp_path), read(tmp_path)
    home = tmp_path / "home"
    assert mode(home) == 0o700
    assert mode(home / "secret_key") == mode(home / "master_keys") == 0o600
    assert len(first.secret_key) >= 50
    assert [len(key) for _, key in first.master_keys] == [32]
    assert (first.secret_key, first.master_keys) == (second.secret_key, second.master_keys)


def test_processes_that_start_together_agree_on_the_keys(tmp_path):
    code = "from mistadmin.settings import env; print(env.read().secret_key)"
    environ = {**os.environ, "MISTADMIN_HOME": str(tmp_path / "home")}
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", code], env=environ, cwd=env.PROJECT_DIR, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    keys = {run.communicate(timeout=30)[0] for run in runs}
    assert len(keys) == 1
    assert sorted(path.name for path in (tmp_path / "home").iterdir() if path.is_file()) == [
        "master_keys",
        "secret_key",
    ]


def test_account_service_is_reached_over_https_or_on_this_machine(tmp_path):
    for url in (
        "https://accounts.example.org/base",
        "http://127.0.0.1:8443",
        "http://[::1]:1",
        "http://localhost",
    ):
        assert read(tmp_path, MISTADMIN_JUNIPER_URL=f"{url}/").juniper_url == url
    assert read(tmp_path).juniper_url == ""
    for url in (
        "http://accounts.example.org",
        "http://10.0.0.1",
        "ftp://x",
        "https://",
        "https://a:b@c",
        "https://a?b",
    ):
        with pytest.raises(env.EnvError, match="MISTADMIN_JUNIPER_URL"):
            read(tmp_path, MISTADMIN_JUNIPER_URL=url)


def test_secrets_are_not_shown_when_the_settings_are_printed(tmp_path):
    settings = read(
        tmp_path,
        DATABASE_URL="postgres://u:db-pass@h/d",
        REDIS_URL="redis://:redis-pass@h/0",
        EMAIL_URL="smtp://u:mail-pass@h",
        MISTADMIN_SECRET_KEY="secret-key-" * 5,
    )
    shown = repr(settings)
    for hidden in ("db-pass", "redis-pass", "mail-pass", "secret-key-", str(settings.master_keys)):
        assert hidden not in shown


def test_postgres_address_is_taken_apart_and_unquoted(tmp_path):
    database = read(
        tmp_path, DATABASE_URL="postgres://ad%40min:p%2Fw@db.example.org:6543/mist?sslmode=require"
    ).database
    assert (database.engine, database.host, database.port) == ("postgresql", "db.example.org", "6543")
    assert (database.user, database.password, database.name) == ("ad@min", "p/w", "mist")
    assert database.options == {"sslmode": "require"}


@pytest.mark.parametrize(
    ("url", "port", "tls"),
    [
        ("smtp://mail.example.org", 25, "none"),
        ("smtp://mail.example.org:587", 587, "starttls"),
        ("smtp://user:pass@mail.example.org:25", 25, "starttls"),
        ("smtp://user:pass@mail.example.org:25?starttls=false", 25, "none"),
        ("smtps://user:pass@mail.example.org", 465, "implicit"),
    ],
)
def test_mail_credentials_travel_encrypted_unless_told_otherwise(tmp_path, url, port, tls):
    server = read(tmp_path, EMAIL_URL=url).email
    assert (server.port, server.tls) == (port, tls)


def test_master_keys_keep_their_order_the_first_is_current(tmp_path):
    old, new = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))
    settings = read(tmp_path, MISTADMIN_MASTER_KEYS=f"new:{new}, old:{old}")
    assert settings.master_keys == (("new", b"\x02" * 32), ("old", b"\x01" * 32))
    assert not (tmp_path / "home" / "master_keys").exists()


BAD = [
    ("DATABASE_URL", "mysql://h/d", "does not start with postgres://"),
    ("DATABASE_URL", "postgres://h", "names no database"),
    ("DATABASE_URL", "postgres://h:port/d", "Port could not be cast"),
    ("DATABASE_URL", "postgres://h/d?sslmod=require", "unknown option 'sslmod'"),
    ("REDIS_URL", "localhost:6379", "does not start with redis://"),
    ("REDIS_URL", "redis://h/cache", "not the number of a Redis database"),
    ("MISTADMIN_BASE_URL", "console.example.org", "does not start with http"),
    ("MISTADMIN_BASE_URL", "https://h/path", "more than a scheme, a host and a port"),
    ("MISTADMIN_BASE_URL", "http://h:99999", "out of range"),
    ("MISTADMIN_ALLOWED_HOSTS", "*", "'*' is not a host name"),
    ("MISTADMIN_SECRET_KEY", "short", "fewer than 32"),
    ("MISTADMIN_MASTER_KEYS", "k1", "is not base64|instead of 32"),
    ("MISTADMIN_MASTER_KEYS", "k1:AAAA", "has 3 bytes instead of 32"),
    ("MISTADMIN_MASTER_KEYS", "k1:!!", "is not base64"),
    ("MISTADMIN_MASTER_KEYS", "a b:AAAA", "instead of 32|not written id:base64"),
    ("EMAIL_URL", "mail.example.org", "does not start with smtp://"),
    ("MISTADMIN_EMAIL_FROM", "nobody", "not an e-mail address"),
    ("MISTADMIN_INSTANCE", "moon", "is none of global01"),
    ("MISTADMIN_JUNIPER_URL", "http://accounts.example.org", "does not start with https://"),
    ("MISTADMIN_GOOGLE_CLIENT_ID", "two words", "spaces or other characters"),
    ("MISTADMIN_GOOGLE_CLIENT_SECRET", "zwölf", "spaces or other characters"),
    ("MISTADMIN_GOOGLE_ISSUER", "http://accounts.example.org", "does not start with https://"),
    ("MISTADMIN_TRUSTED_PROXIES", "10.0.0.0/8", "is not how many proxies"),
    ("MISTADMIN_LOG_LEVEL", "loud", "is none of debug"),
    ("MISTADMIN_DEBUG", "perhaps", "neither true nor false"),
]


@pytest.mark.parametrize(("name", "value", "problem"), BAD)
def test_bad_variable_is_named_with_what_is_wrong_and_an_example(tmp_path, name, value, problem):
    with pytest.raises(env.EnvError, match=problem) as refusal:
        read(tmp_path, **{name: value})
    assert str(refusal.value).startswith(f"{name}: ")
    assert f"Example: {name}=" in str(refusal.value)
    assert not (tmp_path / "home").exists()


def test_every_bad_variable_is_told_at_once(tmp_path):
    with pytest.raises(env.EnvError) as refusal:
        read(tmp_path, MISTADMIN_DEBUG="perhaps", REDIS_URL="localhost")
    assert len(refusal.value.problems) == 2


def test_password_of_a_bad_database_address_is_not_repeated(tmp_path):
    with pytest.raises(env.EnvError) as refusal:
        read(tmp_path, DATABASE_URL="mysql://u:hunter22@h/d")
    assert "hunter22" not in str(refusal.value)


def test_every_variable_has_an_example():
    assert {name for name, _, _ in BAD} | {"MISTADMIN_HOME"} == set(env.EXAMPLES)


def test_home_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "home").write_text("in the way")
    with pytest.raises(env.EnvError, match=r"MISTADMIN_HOME: the folder .*home cannot be made"):
        read(tmp_path)


def test_home_that_cannot_be_written_to_is_refused(tmp_path, monkeypatch):
    if ROOT_IGNORES_MODES:
        # Root writes anywhere, so the answer of the system is given by hand.
        monkeypatch.setattr(env.os, "access", lambda *_: False)
    else:
        (tmp_path / "home").mkdir(mode=0o500)
    with pytest.raises(env.EnvError, match="cannot be"):
        read(tmp_path)


def test_key_file_that_was_damaged_is_refused_by_name(tmp_path):
    read(tmp_path)
    (tmp_path / "home" / "master_keys").write_text("k1:AAAA\n")
    with pytest.raises(env.EnvError, match="MISTADMIN_MASTER_KEYS: the key 'k1' has 3 bytes"):
        read(tmp_path)


@pytest.mark.parametrize("command", [["-m", "mistadmin.cli", "serve"], ["manage.py", "check"]])
def test_process_ends_with_status_2_and_a_message_without_traceback(tmp_path, command):
    environ = {**os.environ, "MISTADMIN_HOME": str(tmp_path / "home"), "MISTADMIN_BASE_URL": "ftp://x"}
    environ.pop("DJANGO_SETTINGS_MODULE", None)
    done = subprocess.run(
        [sys.executable, *command],
        env=environ,
        cwd=env.PROJECT_DIR,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert "MISTADMIN_BASE_URL: 'ftp://x' does not start with http://" in done.stderr
    assert "Traceback" not in done.stderr
