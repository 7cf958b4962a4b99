"""The product behind the lab: a mistapi script by token and by password, and an instance of the lab's own."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.contrib.auth.hashers import make_password
from django.core.management import call_command

from accounts.actions import create_user_token
from accounts.bootstrap import ensure_demo
from accounts.models import Admin
from accounts.queries import actor_for_email
from inventory.manufacturing import make_units
from mistadmin.core.access import Actor
from mistadmin.lab.certificates import make_authority
from mistadmin.lab.environment import Route, child_environment
from mistadmin.lab.hosts import MIST_HOSTS
from mistadmin.lab.instance import Instance, health
from mistadmin.lab.proxy import LabProxy

JOURNEY = Path(__file__).with_name("journey_client.py")
INVITED = "tests.lab.invited_client"
PASSWORD = "a long pass phrase of the lab"


@pytest.fixture
def administrator(transactional_db: None) -> str:
    """The demo administrator, alone, with a password of its own; returns the e-mail address."""
    call_command("flush", interactive=False, verbosity=0)  # who is there stays without one
    email = ensure_demo().email or ""
    Admin.objects.filter(email=email).update(password=make_password(PASSWORD), password_change_due=False)
    return email


@pytest.mark.parametrize("host", ["api.mist.com", "api.eu.mist.com"])
def test_mistapi_script_runs_unchanged(live_server, administrator: str, tmp_path: Path, host: str) -> None:
    units = make_units(Actor.system("test"), model="AP45", count=5)
    codes = tmp_path / "codes"
    codes.write_text("\n".join(unit.claim_code for unit in units))
    key = create_user_token(actor_for_email(administrator), values={"name": "journey"}).key
    authority, context = make_authority(MIST_HOSTS, tmp_path)
    with LabProxy(MIST_HOSTS, context, Instance(live_server.url).origin()) as proxy:
        environ = child_environment(os.environ, Route(host, key, proxy.port, authority))
        ran = subprocess.run(
            [sys.executable, str(JOURNEY), str(codes)],
            env={**environ, "MIST_USER": administrator, "MIST_PASSWORD": PASSWORD},
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.splitlines()[-1] == "journey: done"


GET_SELF = """
import mistapi, os, signal, sys, time
from mistapi.api.v1.self import self
api = mistapi.APISession(env_file="no-such-file", console_log_level=50, show_cli_notif=False)
api.login()
print(api.email, len(mistapi.api.v1.self.apitokens.listApiTokens(api).data), flush=True)
"""


def own_lab(home: Path, *arguments: str) -> subprocess.Popen[str]:
    # Every address of another instance is out of reach, so that the lab starts one of its own.
    environ = {**os.environ, "MISTADMIN_HOME": str(home), "MISTADMIN_BASE_URL": "http://127.0.0.1:9"}
    for name in ("DATABASE_URL", "REDIS_URL", "TEST_DATABASE_URL", "DJANGO_SETTINGS_MODULE"):
        environ.pop(name, None)
    return subprocess.Popen(
        [sys.executable, "-m", "mistadmin.cli", "lab", *arguments],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def token_history(home: Path) -> tuple[int, list[str]]:
    """How many API tokens the demo administrator has, and what the log says of tokens."""
    with sqlite3.connect(home / "db.sqlite3") as database:
        (left,) = database.execute(
            "select count(*) from accounts_apitoken token"
            " join accounts_admin admin on admin.id = token.admin_id"
            " where admin.email = 'admin@mistadmin.example'"
        ).fetchone()
        events = database.execute(
            "select event from audit_entry where event like 'accounts.token.%' order by id"
        )
        return left, [event for (event,) in events]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the labs' instance: made by the first lab, found by the next ones."""
    return tmp_path_factory.mktemp("lab")


@pytest.mark.slow
@pytest.mark.embedded
def test_own_instance_and_token_live_as_long_as_the_command(home: Path) -> None:
    process = own_lab(home, "--", sys.executable, "-c", GET_SELF + "sys.exit(3)")
    output, errors = process.communicate(timeout=120)
    assert (process.returncode, output) == (3, "admin@mistadmin.example 1\n"), errors
    assert "(started for this command)" in errors
    assert sorted(token_history(home)[1]) == ["accounts.token.created", "accounts.token.deleted"]
    assert token_history(home)[0] == 0
    addresses = [word for word in errors.split() if word.startswith("http://127.0.0.1:")]
    assert health(addresses[-1]) == {}


@pytest.mark.slow
@pytest.mark.embedded
def test_somebody_is_invited_works_at_one_site_and_is_revoked(home: Path) -> None:
    process = own_lab(home, "--", sys.executable, "-m", INVITED, str(home / "mail"))
    output, errors = process.communicate(timeout=180)
    assert process.returncode == 0, output + errors
    assert output.splitlines()[-1] == "invited: done"


@pytest.mark.slow
@pytest.mark.embedded
def test_token_is_revoked_when_the_command_is_ended(home: Path) -> None:
    process = own_lab(home, "--", sys.executable, "-c", GET_SELF + "time.sleep(600)")
    assert process.stdout.readline() == "admin@mistadmin.example 1\n"
    process.send_signal(signal.SIGTERM)
    time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 128 + signal.SIGTERM
    process.communicate()
    assert token_history(home)[0] == 0


@pytest.mark.slow
@pytest.mark.embedded
def test_unknown_administrator_is_named(home: Path) -> None:
    process = own_lab(home, "--admin", "nobody@example.com", "--", "true")
    errors = process.communicate(timeout=120)[1]
    assert process.returncode == 125
    assert "no administrator has the e-mail address nobody@example.com" in errors
