"""`mistadmin lab` as a process: its command's environment, status, signals, and what it says."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .conftest import EchoServer

PRINT_STATUS = (
    "import os, requests;"
    "answer = requests.get('https://' + os.environ['MIST_HOST'] + '/self');"
    "print(os.environ['MIST_APITOKEN'], answer.status_code)"
)


@pytest.fixture
def start(echo_server: EchoServer, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start `mistadmin lab` before the echo server; ended with the test."""
    running: list[subprocess.Popen[str]] = []

    def run(*arguments: str, **variables: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "mistadmin.cli", "lab", *arguments],
            env={**os.environ, "MISTADMIN_HOME": str(tmp_path), **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # Without a terminal, so that a signal is the test's own.
            start_new_session=True,
        )
        running.append(process)
        return process

    yield run
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
def run(
    start: Callable[..., subprocess.Popen[str]], echo_server: EchoServer
) -> Callable[..., tuple[int, str, str]]:
    """Run `mistadmin lab` with a given token to its end; returns status, output and errors."""

    def finish(*arguments: str, **variables: str) -> tuple[int, str, str]:
        process = start("--url", f"http://{echo_server.address}", "--token", "given", *arguments, **variables)
        output, errors = process.communicate(timeout=60)
        return process.returncode, output, errors

    return finish


def python(code: str) -> tuple[str, ...]:
    return "--", sys.executable, "-c", code


def test_command_reaches_the_instance(run, echo_server: EchoServer) -> None:
    assert run(*python(PRINT_STATUS)) == (
        0,
        "given 200\n",
        f"mistadmin lab: https://api.mist.com is http://{echo_server.address} (running)\n",
    )


def test_other_cloud_can_be_chosen(run) -> None:
    status, output, errors = run("--mist-host", "api.eu.mist.com", *python(PRINT_STATUS))
    assert (status, output) == (0, "given 200\n")
    assert "https://api.eu.mist.com is " in errors


def test_inherited_proxy_settings_do_not_lead_past_the_lab(run) -> None:
    dead = "http://127.0.0.1:9"
    status, output, _ = run(*python(PRINT_STATUS), HTTPS_PROXY=dead, https_proxy=dead, NO_PROXY="*")
    assert (status, output) == (0, "given 200\n")


@pytest.mark.parametrize("status", [0, 1, 42])
def test_status_is_the_commands(run, status: int) -> None:
    assert run(*python(f"raise SystemExit({status})"))[0] == status


def test_command_killed_by_a_signal_has_the_shells_status(run) -> None:
    assert run(*python("import os; os.kill(os.getpid(), 9)"))[0] == 128 + 9


def test_unknown_command_is_named(run) -> None:
    status, _, errors = run("--", "no-such-command")
    assert status == 127
    assert "no-such-command: no such command" in errors


def test_command_that_is_no_program_is_named(run, tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("text")
    status, _, errors = run("--", str(tmp_path / "notes"))
    assert status == 126
    assert "Permission denied" in errors


@pytest.mark.parametrize("arguments", [(), ("--",), ("--env", "--", "true"), ("true",)])
def test_incomplete_command_line_is_refused(run, arguments: tuple[str, ...]) -> None:
    status, _, errors = run(*arguments)
    assert status == 2
    assert "usage: mistadmin lab" in errors


def test_unknown_cloud_is_refused(run) -> None:
    status, _, errors = run("--mist-host", "api.example.com", "--", "true")
    assert status == 2
    assert "api.mist.com" in errors


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://x", "http://", "http://x/api", "http://x:port"])
def test_address_that_is_none_is_refused(start, url: str) -> None:
    process = start("--url", url, "--token", "given", "--", "true")
    assert "write the scheme, host and port only" in process.communicate(timeout=60)[1]
    assert process.returncode == 125


def test_other_server_at_the_address_is_refused(start) -> None:
    process = start("--url", "http://127.0.0.1:9", "--token", "given", "--", "true")
    assert (
        process.communicate(timeout=60)[1]
        == "mistadmin lab: no mistadmin answers at http://127.0.0.1:9/healthz\n"
    )
    assert process.returncode == 125


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_go_to_the_command(start, echo_server: EchoServer, number: signal.Signals) -> None:
    code = (
        "import signal, sys, time\n"
        f"signal.signal({int(number)}, lambda *_: sys.exit(7))\n"
        "print('up', flush=True)\n"
        "time.sleep(60)"
    )
    process = start("--url", f"http://{echo_server.address}", "--token", "given", *python(code))
    assert process.stdout.readline() == "up\n"
    process.send_signal(number)
    assert process.wait(20) == 7


def test_authority_is_deleted_afterwards(run) -> None:
    seen = "import os; folder = os.path.dirname(os.environ['SSL_CERT_FILE']);"
    code = seen + "print(oct(os.stat(folder).st_mode & 0o777), os.listdir(folder), folder)"
    _, output, _ = run(*python(code))
    mode, files, folder = output.split()
    assert (mode, files) == ("0o700", "['ca.pem']")
    assert not Path(folder).exists()


def test_variables_for_a_shell_work_until_ctrl_c(start, echo_server: EchoServer) -> None:
    process = start("--url", f"http://{echo_server.address}", "--token", "given", "--env")
    script = "\n".join([*read_exports(process), f'{sys.executable} -c "{PRINT_STATUS}"'])
    ran = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=60)
    assert ran.stdout == "given 200\n", ran.stderr
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    ran = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=60)
    assert ran.returncode != 0


def read_exports(process: subprocess.Popen[str]) -> Iterator[str]:
    for line in process.stdout:
        yield line.rstrip()
        if line.startswith("export SSL_CERT_FILE="):
            return
