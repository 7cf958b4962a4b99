"""What every test stands on: the cast, clients, owed work paid at once, no network, watched writes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import pytest_socket
from django.conf import settings
from xdist.scheduler import LoadScopeScheduling

from mistadmin.celery import app
from mistadmin.core import outbox, tenancy
from mistadmin.core.models import Outbox
from tests.accounts.tally import total
from tests.client import ApiClient
from tests.standing import StandingWorld
from tests.watch import Writes, watched_writes
from tests.world import World

# The tests of these need nothing of each other and take long.
SPREAD = ("tests/e2e/test_pages.py", "tests/accounts/test_matrix.py")
SQLITE = "django.db.backends.sqlite3"
LOOPBACK = ["127.0.0.1", "::1", "localhost"]
STANDING = StandingWorld()


def pytest_configure(config: pytest.Config) -> None:
    # A poke from a test must not reach a broker that other processes listen to.
    app.conf.update(broker_url="memory://", broker_transport_options={})


def pytest_itemcollected(item: pytest.Item) -> None:
    if item.get_closest_marker("embedded") and settings.DATABASES["default"]["ENGINE"] != SQLITE:
        item.add_marker(pytest.mark.skip(reason="starts the embedded default: the run on SQLite shows it"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests start first, and short ones fill up."""
    items.sort(key=lambda item: (item.get_closest_marker("slow") is None, item.nodeid.startswith(SPREAD)))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return FileByFile(config, log)


class FileByFile(LoadScopeScheduling):
    """A file stays in one process, which builds what its tests share; any process takes a test of SPREAD."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if nodeid.startswith(SPREAD) else nodeid.partition("::")[0]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The one line of the access matrix, whichever processes its parts ran in."""
    reports = [one for found in terminalreporter.stats.values() for one in found]
    calls = [one for one in reports if getattr(one, "when", "") == "call"]
    if line := total(dict(one.user_properties) for one in calls):
        terminalreporter.write_line(line)


def pytest_runtest_setup() -> None:
    pytest_socket.socket_allow_hosts(LOOPBACK, allow_unix_socket=True)
    # What surrounds tests makes, fills and empties the tables.
    tenancy.enter(tenancy.OWNER)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    """Bodies of tests see all tenants, as workers do; a request in one begins with none."""
    with tenancy.across():
        yield


@pytest.fixture(autouse=True)
def _own_cache(settings: Any) -> None:
    """Throttle counters of one test mean nothing to another, nor to one that runs beside it."""
    default = settings.CACHES["default"]
    settings.CACHES = {"default": {**default, "KEY_PREFIX": f"test:{uuid.uuid4().hex}"}}


@pytest.fixture(autouse=True)
def watched() -> Iterator[Writes]:
    """Fails the test when an action changed something and left no audit entry."""
    with watched_writes() as writes:
        yield writes
    problems = writes.silent()
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The test database, with the cast in it."""
    STANDING.build(django_db_blocker)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    yield
    if nextitem and _commits(item):
        STANDING.build()  # the end of such a test empties every table


def _commits(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    marked = marker is not None and bool(marker.kwargs.get("transaction"))
    return marked or "transactional_db" in getattr(item, "fixturenames", ())


@pytest.fixture
def world(db: None) -> World:
    """The cast in its two organizations, as every test finds it."""
    return STANDING.copy()


@pytest.fixture
def api(world: World) -> Callable[[str], ApiClient]:
    """`api("ada")`: the client of somebody of the cast, signed in with a session."""
    clients: dict[str, ApiClient] = {}

    def client(key: str) -> ApiClient:
        if key not in clients:
            clients[key] = ApiClient(world.people[key].admin)
        return clients[key]

    return client


@pytest.fixture
def anonymous(db: None) -> ApiClient:
    """A client that is nobody."""
    return ApiClient()


@pytest.fixture
def owed(db: None) -> Callable[[], list[tuple[str, str]]]:
    """`owed()`: what is owed and not paid yet, as pairs of event and task, oldest first."""

    def unpaid() -> list[tuple[str, str]]:
        rows = Outbox.objects.filter(done_at=None, dead_at=None).order_by("id")
        return list(rows.values_list("event", "task"))

    return unpaid


@pytest.fixture
def pay(db: None) -> Callable[[], int]:
    """`pay()`: do what is owed here and now, as the worker would; fails when a task fails."""

    def everything() -> int:
        paid = 0
        while count := outbox.pay_due():
            paid += count
        failed = Outbox.objects.exclude(last_error="").filter(done_at=None)
        assert not failed, [f"{row.task}: {row.last_error}" for row in failed]
        return paid

    return everything
