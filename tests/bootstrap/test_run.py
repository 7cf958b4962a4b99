"""`run.py` needs only an interpreter, says so when that is too old, and installs only what is pinned."""

import ast
import importlib.util
import re
import subprocess
import sys
import tomllib

import pytest

from mistadmin.settings.env import PROJECT_DIR

RUN = PROJECT_DIR / "run.py"
# Pretends to be an older interpreter, as far as the check at the top of the file can see.
OLD_PYTHON = """
import sys
sys.version_info = (3, 9, 2, "final", 0)
path = sys.argv[1]
exec(compile(open(path).read(), path, "exec"), {"__name__": "__main__", "__file__": path})
"""


@pytest.fixture
def run():
    spec = importlib.util.spec_from_file_location("run", RUN)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def installed(run, tmp_path, monkeypatch):
    """`run` with an environment folder of its own that looks installed."""
    monkeypatch.setattr(run, "VENV", tmp_path)
    monkeypatch.setattr(run, "PYTHON", tmp_path / "python")
    monkeypatch.setattr(run, "STAMP", tmp_path / "stamp")
    run.PYTHON.touch()
    run.STAMP.write_text(run.fingerprint())
    return run


def test_file_parses_on_interpreters_as_old_as_3_6():
    ast.parse(RUN.read_text(), feature_version=(3, 6))


def test_old_interpreter_is_refused_in_one_plain_message():
    done = subprocess.run(
        [sys.executable, "-c", OLD_PYTHON, str(RUN)], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 1
    assert "mistadmin needs Python 3.11 or later; this is Python 3.9" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "word", "rest"),
    [
        ([], "serve", []),
        (["--port", "8001"], "serve", ["--port", "8001"]),
        (["--home", "d"], "serve", ["--home", "d"]),
        (["--home", "d", "units", "make"], "units", ["--home", "d", "make"]),
        (["--home=d", "demo"], "demo", ["--home=d"]),
        (["test", "-k", "name"], "test", ["-k", "name"]),
    ],
)
def test_first_word_is_the_word_and_serve_is_the_default(run, arguments, word, rest):
    assert run.split(arguments) == (word, rest)


def test_second_start_installs_nothing(installed, monkeypatch):
    monkeypatch.setattr(installed, "succeeds", lambda *_, **__: pytest.fail("started a program"))
    installed.install(())


def test_tests_need_more_than_the_product(installed, monkeypatch):
    monkeypatch.setattr(installed, "install_with_uv", lambda _: True)
    installed.install(("test",))
    assert installed.STAMP.read_text().split() == [installed.fingerprint(), "test"]
    requirements = (installed.VENV / "requirements.txt").read_text()
    assert "pytest==" in requirements
    assert "schemathesis" not in requirements


def test_fuzzing_needs_more_than_the_tests_and_these_then_nothing(installed, monkeypatch):
    monkeypatch.setattr(installed, "install_with_uv", lambda _: True)
    installed.install(("test", "fuzz"))
    assert "schemathesis==" in (installed.VENV / "requirements.txt").read_text()
    monkeypatch.setattr(installed, "install_with_uv", lambda _: pytest.fail("installed it again"))
    installed.install(("test",))
    installed.install(())


def test_pytest_loads_no_plugin_of_what_fuzzing_adds(pytestconfig):
    plugins = pytestconfig.pluginmanager
    assert [name for name in ("schemathesis", "anyio") if plugins.has_plugin(name)] == []


def test_product_alone_installs_no_test_tools(installed):
    requirements = installed.write_requirements(()).read_text()
    assert "Django" in requirements or "django==" in requirements
    assert "pytest" not in requirements


def test_pip_of_the_system_fills_an_environment_where_venv_has_no_pip(installed, monkeypatch):
    """Debian without python3-venv: `python -m venv` fails, `--without-pip` works, the system's pip exists."""
    installed.PYTHON.unlink()
    calls = []

    def succeeds(command, quiet=False):
        calls.append(command)
        if "--without-pip" in command:
            installed.PYTHON.touch()
            return True
        return command[:3] == [sys.executable, "-m", "pip"] or command[1] == "-c"

    monkeypatch.setattr(installed, "succeeds", succeeds)
    assert installed.pip_command() == [sys.executable, "-m", "pip", "--python", str(installed.PYTHON)]
    assert [sys.executable, "-m", "venv", str(installed.VENV)] in calls


def test_machine_without_any_pip_gets_advice(installed, monkeypatch, capsys):
    installed.PYTHON.unlink()
    monkeypatch.setattr(installed, "succeeds", lambda command, quiet=False: "--without-pip" in command)
    assert installed.pip_command() is None
    assert "python3-venv" in capsys.readouterr().out


def test_suite_is_spread_and_browser_tests_run_only_when_named(run, monkeypatch):
    monkeypatch.chdir(PROJECT_DIR)
    assert "--ignore=tests/e2e" in run.pytest_arguments(["-k", "name"])
    assert "--ignore=tests/e2e" not in run.pytest_arguments(["tests/bootstrap/test_run.py::test_x"])
    assert "--numprocesses" not in run.pytest_arguments(["--pdb"])


def test_every_pin_has_hashes_and_no_address():
    text = (PROJECT_DIR / "constraints.txt").read_text(encoding="utf-8")
    pins = re.findall(r"^[A-Za-z0-9].*?(?=^[A-Za-z0-9#]|\Z)", text, re.M | re.S)
    assert len(pins) > 100
    assert [pin.split()[0] for pin in pins if "==" not in pin or "--hash=sha256:" not in pin] == []
    assert "://" not in text
    assert "index" not in text


@pytest.mark.parametrize(
    ("extra", "last"), [(None, "runtime"), ("build", "runtime"), ("test", "test"), ("fuzz", "fuzz")]
)
def test_every_direct_dependency_is_pinned(extra, last):
    """Each finds its own in its section and those before it."""
    project = tomllib.loads((PROJECT_DIR / "pyproject.toml").read_text())["project"]
    wanted = project["optional-dependencies"][extra] if extra else project["dependencies"]
    names = {re.match(r"[\w.-]+", item).group().lower().replace("_", "-") for item in wanted}
    pinned = (PROJECT_DIR / "constraints.txt").read_text(encoding="utf-8")
    text = re.match(rf".*^# {last}\n[^#]*", pinned, re.M | re.S).group()
    assert names - set(re.findall(r"^([a-z0-9][a-z0-9.-]*)==", text, re.M)) == set(), "run `make constraints`"
