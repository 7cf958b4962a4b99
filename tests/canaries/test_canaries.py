"""RELIABILITY S14: secrets go through every door, and lie nowhere in clear afterwards.

Without more it is the embedded instance on SQLite. CANARIES_DATABASE_URL and CANARIES_REDIS_URL name an empty
PostgreSQL database and a Redis of its own, and then those are searched.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import pytest
import redis

from deviceapi.simulator.juniper.server import AccountService
from mistadmin.demo.instance import Instance
from tests.api.test_invite_mail import AnyPort, Inbox
from tests.canaries import story
from tests.canaries.browser import Caller
from tests.canaries.story import Stage
from tests.juniper.conftest import serving as serving_accounts
from tests.oauth import provider as oidc

pytestmark = [pytest.mark.slow, pytest.mark.embedded]

LEAST: Final = 60
DATABASE: Final = os.environ.get("CANARIES_DATABASE_URL", "")
REDIS: Final = os.environ.get("CANARIES_REDIS_URL", "")
# What a role that changes nothing reads, of an organization and of a site.
READS: Final = (
    *("{org}", "{org}/setting", "{org}/sites", "{org}/inventory", "{org}/devices", "{org}/templates"),
    *(
        "{org}/rftemplates",
        "{org}/deviceprofiles",
        "{org}/logs?limit=1000",
        "{org}/admins",
        "{org}/apitokens",
    ),
    *("{org}/ssos", "{org}/ssoroles", "{org}/stats", "{org}/stats/devices", "{org}/mxedges", "/self"),
    *("{org}/jsi/inventory", "{org}/ocdevices/outbound_ssh_cmd", "{org}/ssr/register_cmd"),
    *("{site}", "{site}/setting", "{site}/setting/derived", "{site}/devices", "{site}/stats/devices"),
    *("{site}/devices/export", "{site}/maps", "/self/logs", "/self/apitokens"),
)
PAGES: Final = (
    *("", "/inventory", "/sites", "/settings", "/admins", "/logs", "/jobs", "/templates", "/deviceprofiles"),
    *("/rftemplates", "/inventory/adopt", "/inventory/installed-base", "/settings/tokens", "/access"),
)
# Who may change documents is shown their secrets; what else is secret is shown once, where it is made.
SHOWN_TO_WHO_CHANGES: Final = ("document ", "adopt secret")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """An instance that sends mail and has a Juniper account service and an OpenID provider beside it."""
    inbox, provider = Inbox(), oidc.Provider()
    server = AnyPort(inbox, hostname="127.0.0.1", port=0)
    server.start()
    home = tmp_path_factory.mktemp("canaries") / "home"
    with serving_accounts(AccountService("127.0.0.1", 0)) as service, oidc.serving(provider):
        settings = {
            "EMAIL_URL": f"smtp://127.0.0.1:{server.port}",
            "MISTADMIN_JUNIPER_URL": service.address,
            "MISTADMIN_GOOGLE_ISSUER": provider.issuer,
            "MISTADMIN_GOOGLE_CLIENT_ID": oidc.CLIENT,
            "MISTADMIN_GOOGLE_CLIENT_SECRET": oidc.SECRET,
            "MISTADMIN_LOG_LEVEL": "debug",
            **({"DATABASE_URL": DATABASE, "REDIS_URL": REDIS} if DATABASE else {}),
        }
        with Instance(home, settings) as instance:
            instance.start()
            stage = Stage(instance, inbox)
            stage.needles.plant("oidc client secret", oidc.SECRET)
            _play(stage, provider)
            yield stage
    server.stop(no_assert=True)


def _play(stage: Stage, provider: oidc.Provider) -> None:
    ada = story.sign_up(stage)
    org_id = ada.ok("POST", "/orgs", {"name": "Canaries"})["id"]
    org = f"/orgs/{org_id}"
    site_id = ada.ok("POST", f"{org}/sites", {"name": "North"})["id"]
    nora = story.invite(stage, ada, org, site_id)
    _, helpdesk = story.make_tokens(stage, ada, org)
    paths = story.configure(stage, ada, org, site_id)
    paths += story.own_devices(stage, ada, org, site_id)
    story.link_juniper(stage, ada, org)
    story.single_sign_on(stage, ada, org)
    story.sign_in_with_google(stage, ada, provider)
    story.fail_in_many_ways(stage, org, site_id, ada)
    for caller in (nora, helpdesk, stage.caller("nobody"), ada):
        _read_everything(caller, paths, org, f"/sites/{site_id}")


def _read_everything(caller: Caller, paths: list[str], org: str, site: str) -> None:
    for path in (*READS, *paths):
        caller.call("GET", path.format(org=org, site=site))
    for path in PAGES:
        caller.page(f"{org}{path}")


def test_there_are_enough_of_them(stage: Stage) -> None:
    print(f"{len(stage.needles.known)} canaries")
    assert len(stage.needles.known) >= LEAST, sorted(stage.needles.known)


def test_they_are_found_where_they_must_be(stage: Stage) -> None:
    """A search that finds nothing anywhere would prove nothing."""
    sent = [(f"mail to {to}", message.as_bytes()) for to, message in stage.inbox.messages]
    found = {line.partition(" in ")[0] for line in stage.needles.hits(_decoded(stage))}
    links = {name for name in stage.needles.known if name.startswith("link ")}
    assert len(sent) >= len(links) >= 4
    assert links <= found
    shown = [one for caller in stage.callers if caller.name == "ada" for one in caller.answers]
    seen = {line.partition(" in ")[0] for line in stage.needles.hits(shown)}
    assert {
        name for name in stage.needles.known if name.startswith(("totp", "recovery code", "token of"))
    } <= seen


def test_none_lies_in_the_database(stage: Stage) -> None:
    dump = _database(stage.instance.home)
    assert any(b"Canaries" in content and b"$sealed" in content for _, content in dump)
    _none(stage.needles.hits(dump))


def test_none_lies_in_redis(stage: Stage) -> None:
    if not REDIS:
        pytest.skip("the embedded instance has no Redis")
    held = list(_redis())
    assert held
    _none(stage.needles.hits(held))


def test_none_lies_in_a_file_or_in_what_the_server_printed(stage: Stage) -> None:
    assert len(stage.instance.last_lines()) > 100
    _none(stage.needles.hits(_files(stage.instance.home)))


def test_mails_have_their_own_link_and_nothing_else(stage: Stage) -> None:
    _none(stage.needles.hits(_decoded(stage), apart=["link "]))
    for name, secret in stage.needles.known.items():
        if name.startswith("link "):
            assert sum(secret.encode() in text for _, text in _decoded(stage)) == 1, name


def test_answers_show_a_secret_where_it_is_made_and_to_who_may_change_it(stage: Stage) -> None:
    low = [one for caller in stage.callers if caller.name not in _HIGH for one in caller.answers]
    assert len(low) > 100
    # A page that waits for a click has the token that it was opened with.
    _none(stage.needles.hits(low, apart=["link ", "typed wrongly: path"]))
    high = [one for caller in stage.callers if caller.name in _HIGH for one in caller.answers]
    _none(stage.needles.hits([one for one in high if "/logs" in one[0]]))
    made = ("GET /self/two_factor/token", "POST /self/two_factor/verify", "/apitokens", "GET /self/oauth")
    rest = [one for one in high if not any(mark in one[0] for mark in made)]
    _none(stage.needles.hits(rest, apart=SHOWN_TO_WHO_CHANGES))


def _none(hits: list[str]) -> None:
    if hits:
        pytest.fail("\n".join(hits), pytrace=False)


_HIGH: Final = ("ada", "ada elsewhere", "ada's script 0", "ada's script 1", "token write")


def _decoded(stage: Stage) -> list[tuple[str, bytes]]:
    return [
        (
            f"mail to {to}",
            unquote(message.get_body(("plain",)).get_content()).encode() + str(message.items()).encode(),
        )
        for to, message in stage.inbox.messages
    ]


def _database(home: Path) -> list[tuple[str, bytes]]:
    if DATABASE:
        dump = subprocess.run(["pg_dump", "--dbname", DATABASE], capture_output=True, check=True, timeout=300)
        return [(_named(line), line) for line in dump.stdout.split(b"\n")]
    with sqlite3.connect(home / "db.sqlite3") as database:
        return [(line.split("(")[0], line.encode()) for line in database.iterdump()]


def _named(line: bytes) -> str:
    return f"a row that begins {line[:30]!r}"


def _redis() -> Iterator[tuple[str, bytes]]:
    store: Any = redis.Redis.from_url(REDIS)
    readers = {
        b"string": store.get,
        b"hash": store.hgetall,
        b"list": lambda key: store.lrange(key, 0, -1),
        b"set": store.smembers,
        b"zset": lambda key: store.zrange(key, 0, -1, withscores=True),
    }
    for key in store.scan_iter():
        held = readers[store.type(key)](key)
        yield f"redis {key!r}", key + (held if isinstance(held, bytes) else repr(held).encode())


def _files(home: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(home.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(home)), path.read_bytes()
