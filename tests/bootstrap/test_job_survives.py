"""A worker that is killed in the middle of a job: the job goes on, and nothing is done twice."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import Any

import pytest

from mistadmin.settings import env
from tests.bootstrap.test_serve import Server, until

pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.slow,
    pytest.mark.embedded,
    pytest.mark.skipif(sys.platform != "linux", reason="reads the process table of Linux"),
]
DEVICES = 4_000
START = f"""
import json
from accounts.auth import actor_for
from inventory.forms import Selection
from inventory.jobs import Planned, to_name
from mistadmin.core.access import INSTALL
from orgs.jobs import start_job
from tests.world import make_admin, make_devices, make_org

admin = make_admin("Ada")
org = make_org("Acme", by=admin)
actor, chosen = actor_for(admin), Selection(ids=tuple(one.id for one in make_devices(org, {DEVICES})))
rows = Planned(actor, org, chosen, INSTALL, to_name(actor, org, chosen, "AP-{{ctr:4}}"))
start_job(actor, org, kind="inventory.name", title="Rename", rows=rows)
print(json.dumps("started"))
"""


@pytest.fixture
def server(tmp_path: Any) -> Any:
    server = Server(tmp_path / "home", "--no-demo").wait_until_ready()
    yield server
    server.end()


def ask(server: Server, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{server.home / 'db.sqlite3'}?mode=ro", uri=True)) as database:
        return database.execute(sql).fetchall()


def test_job_goes_on_after_its_worker_was_killed(server: Server) -> None:
    environ = {**os.environ, "MISTADMIN_HOME": str(server.home)}
    for name in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"):
        environ.pop(name, None)
    command = [sys.executable, "-m", "mistadmin.cli", "manage", "shell", "-v", "0", "-c", START]
    said = subprocess.run(command, env=environ, cwd=env.PROJECT_DIR, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout.splitlines()[-1]) == "started"

    until(lambda: ask(server, "SELECT done FROM core_job")[0][0] > 0, server.text)
    os.kill(server.processes("worker")[0], signal.SIGKILL)
    assert ask(server, "SELECT status FROM core_job") == [("running",)], "killed too late to show anything"

    until(lambda: ask(server, "SELECT status FROM core_job") == [("done",)], server.text)
    assert ask(server, "SELECT total, done, failed FROM core_job") == [(DEVICES, DEVICES, 0)]
    entries = "FROM audit_entry WHERE event = 'inventory.device.renamed'"
    assert ask(server, f"SELECT count(*), count(DISTINCT object_id) {entries}") == [(DEVICES, DEVICES)]
    assert ask(server, "SELECT count(DISTINCT name) FROM inventory_device") == [(DEVICES,)]
