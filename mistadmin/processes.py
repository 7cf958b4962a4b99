"""The three processes of an instance, each of which can run alone on a machine of its own."""

from __future__ import annotations

import argparse
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Sequence

from mistadmin.settings import env

SUPERVISED = "MISTADMIN_SUPERVISED"
PR_SET_PDEATHSIG = 1
THREADS = min(8, 2 * (os.cpu_count() or 1) + 1)


def web(argv: Sequence[str]) -> int:
    """Serve HTTP until told to stop."""
    parser = argparse.ArgumentParser(prog="mistadmin web")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--processes", type=int, default=1, help="how many web processes (default 1)")
    parser.add_argument("--threads", type=int, default=THREADS, help=f"requests at once ({THREADS})")
    options = parser.parse_args(argv)
    if follow_parent():
        _web_server(options)
        return 0
    checked_env()
    # In a process of its own: what it imports need not stay in memory, nor be copied into the workers.
    ready = subprocess.run([sys.executable, "-m", "mistadmin.cli", "prepare"], stdout=subprocess.DEVNULL)
    if ready.returncode == 0:
        _web_server(options)
    return ready.returncode


def worker(argv: Sequence[str]) -> int:
    """Run owed work until told to stop; extra options are those of `celery worker`."""
    follow_parent()
    settings = checked_env()
    # SQLite has one writer, so threads are enough; with PostgreSQL, processes make time limits enforceable.
    pool = (
        ["-P", "threads", "-c", "4"]
        if settings.database.engine == "sqlite3"
        else ["-P", "prefork", "-c", "2"]
    )
    quiet = ["--without-gossip", "--without-mingle", "--loglevel", settings.log_level]
    _celery("worker", [*pool, *quiet, *argv])
    return 0


def beat(argv: Sequence[str]) -> int:
    """Send what is due until told to stop; extra options are those of `celery beat`."""
    follow_parent()
    settings = checked_env()
    _celery("beat", ["--pidfile=", "--loglevel", settings.log_level, *argv])
    return 0


def juniper_service(argv: Sequence[str]) -> int:
    """Run the stand-in for the Juniper account service until told to stop."""
    follow_parent()
    from deviceapi.simulator.juniper.cli import main

    return main(argv)


def checked_env() -> env.Env:
    """The environment, or the end of the process with a message that names what is wrong in it."""
    # What the processes write, the database first, is for their own user alone.
    os.umask(0o077)
    try:
        return env.read()
    except env.EnvError as error:
        error.exit()


def follow_parent() -> bool:
    """End with the supervisor, even when it is killed; False when nobody supervises this process."""
    parent = os.environ.get(SUPERVISED, "")
    if not parent:
        return False
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != int(parent):
            raise SystemExit("the supervisor is gone")
    else:
        threading.Thread(target=_watch_parent, args=(int(parent),), daemon=True).start()
    return True


def _watch_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


def _web_server(options: argparse.Namespace) -> None:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    Granian(
        "mistadmin.wsgi:application",
        address=options.host,
        port=options.port,
        interface=Interfaces.WSGI,
        workers=options.processes,
        blocking_threads=options.threads,
        # Counts open connections, idle ones too: devices and browsers keep theirs.
        backpressure=4096,
        http1_settings=HTTP1Settings(header_read_timeout=10_000),
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
    ).serve()


def _celery(word: str, options: Sequence[str]) -> None:
    from celery.platforms import SecurityWarning

    from mistadmin.celery import app

    # It warns root of pickled messages; ours are JSON.
    warnings.simplefilter("ignore", SecurityWarning)
    app.start(["--quiet", word, *options])
