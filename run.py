#!/usr/bin/env python3
"""Makes `.venv`, installs what constraints.txt pins, and starts mistadmin. Needs only Python 3.11 or later.

python3 run.py                 serve http://127.0.0.1:8000
python3 run.py test [...]      run the tests; what follows goes to pytest
python3 run.py fuzz [...]      try the API and the server with made-up requests; --help tells the options
python3 run.py WORD [...]      any other word of `mistadmin`, such as demo, units or simulate
"""

import sys

if sys.version_info < (3, 11):
    sys.exit(
        "mistadmin needs Python 3.11 or later; this is Python %d.%d (%s).\n"
        "Try `python3.11 run.py`, or `uv run --python 3.11 run.py`." % (*sys.version_info[:2], sys.executable)
    )

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "mistadmin-installed"
# What constraints.txt has after what the product runs on; each section needs those before it.
SECTIONS = ("test", "fuzz")


def main(arguments):
    word, rest = split(arguments)
    install(SECTIONS[: SECTIONS.index(word) + 1] if word in SECTIONS else ())
    if word == "fuzz":
        run_module("tests.fuzz", rest)
    if word == "test":
        run_module("pytest", pytest_arguments(rest), DJANGO_SETTINGS_MODULE="mistadmin.settings.test")
    run_module("mistadmin.cli", [word, *rest])


def split(arguments):
    """The word and its options; `serve` when there is none. `--home DIR` may stand before the word."""
    if arguments[:1] in (["-h"], ["--help"]):
        print(__doc__)
        return "help", []
    if arguments[:1] in (["-V"], ["--version"]):
        return arguments[0], []
    head = 0
    if arguments[:1] == ["--home"]:
        head = 2
    elif arguments and arguments[0].startswith("--home="):
        head = 1
    rest = arguments[head:]
    if rest and not rest[0].startswith("-"):
        return rest[0], arguments[:head] + rest[1:]
    return "serve", arguments


def pytest_arguments(arguments):
    """Spread the suite over the processors; the browser tests run when they are named."""
    spread = ["--numprocesses", str(min(os.cpu_count() or 1, 4)), "--no-loadscope-reorder"]
    if {"-n", "--numprocesses", "--pdb", "--trace"} & set(arguments):
        spread = []
    named = any(Path(argument.split("::")[0]).exists() for argument in arguments)
    return spread + ([] if named else ["--ignore=tests/e2e"]) + arguments


def run_module(module, arguments, **environ):
    """Become the module, so that signals and the exit status are its own."""
    command = [str(PYTHON), "-m", module, *arguments]
    environ = {**os.environ, **environ}
    os.chdir(ROOT)
    if os.name == "nt":
        sys.exit(subprocess.call(command, env=environ))
    os.execve(command[0], command, environ)


def install(sections):
    """Install what the stamp does not vouch for; the second start does nothing here."""
    wanted = fingerprint()
    done = STAMP.read_text().split() if STAMP.exists() and PYTHON.exists() else []
    if done[:1] == [wanted] and set(sections) <= set(done):
        return
    print("Installing what mistadmin needs into .venv (once) ...", flush=True)
    if done[:1] != [wanted]:
        STAMP.unlink(missing_ok=True)
    requirements = write_requirements(sections)
    if not (install_with_uv(requirements) or install_with_pip(requirements)):
        sys.exit("The installation failed; the messages above say why.")
    STAMP.write_text(" ".join([wanted, *sections]) + "\n")


def fingerprint():
    """Changes with the interpreter, the pinned packages, the project's own metadata and the folder."""
    digest = hashlib.sha256()
    digest.update(repr((sys.version_info[:2], str(ROOT))).encode())
    for name in ("constraints.txt", "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def write_requirements(sections):
    pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    for section in SECTIONS[len(sections) :]:
        pinned = pinned.partition("# %s\n" % section)[0]
    VENV.mkdir(exist_ok=True)
    path = VENV / "requirements.txt"
    path.write_text(pinned, encoding="utf-8")
    return path


def install_with_uv(requirements):
    uv = shutil.which("uv")
    if not uv:
        return False
    own = ["--quiet", "--python", str(PYTHON)]
    make = [uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(VENV)]
    steps = [] if works() else [make]
    steps.append([uv, "pip", "install", *own, "--no-deps", "--require-hashes", "-r", str(requirements)])
    steps.append([uv, "pip", "install", *own, "--no-deps", "--no-build-isolation", "-e", str(ROOT)])
    if all(succeeds(step) for step in steps):
        return True
    print("uv could not install it; trying pip ...", flush=True)
    return False


def install_with_pip(requirements):
    pip = pip_command()
    if not pip:
        return False
    steps = [
        ["--no-deps", "--require-hashes", "-r", str(requirements)],
        ["--no-deps", "--no-build-isolation", "-e", str(ROOT)],
    ]
    quiet = ["--quiet", "--quiet", "--no-compile", "--disable-pip-version-check", "--no-input"]
    return all(succeeds([*pip, "install", *quiet, *step]) for step in steps)


def pip_command():
    """How to call a pip that installs into `.venv`; None, with advice, where there is no pip at all."""
    inside = [str(PYTHON), "-m", "pip"]
    if works() and succeeds([*inside, "--version"], quiet=True):
        return inside
    if not works() and succeeds([sys.executable, "-m", "venv", str(VENV)], quiet=True):
        return inside
    # Debian without python3-venv cannot put pip into an environment, but its own pip can fill one.
    outside = [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    if not works() and not succeeds([sys.executable, "-m", "venv", "--without-pip", str(VENV)]):
        return None
    if succeeds([*outside, "--version"], quiet=True):
        return outside
    print("There is no pip. Install uv, or one of the Debian packages python3-venv and python3-pip.")
    return None


def works():
    """Whether `.venv` holds an interpreter of this version."""
    check = "import sys; sys.exit(sys.version_info[:2] != %r)" % (tuple(sys.version_info[:2]),)
    return PYTHON.exists() and succeeds([str(PYTHON), "-c", check], quiet=True)


def succeeds(command, quiet=False):
    sink = subprocess.DEVNULL if quiet else None
    try:
        return subprocess.run(command, stdout=sink, stderr=sink, cwd=str(ROOT)).returncode == 0
    except OSError as error:
        print("%s: %s" % (command[0], error), file=sys.stderr)
        return False


if __name__ == "__main__":
    main(sys.argv[1:])
