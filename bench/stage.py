"""What benchmarks stand on: an instance with its data and its servers, made when first asked for."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from bench import database
from bench.client import Client
from bench.server import Server

if TYPE_CHECKING:
    from bench.data import World


class Stage:
    """A home folder and a database of its own; both are removed when the stage is left."""

    def __init__(
        self, *, devices: int, sites: int, keep: bool = False, say: Callable[[str], None] = print
    ) -> None:
        self.devices, self.sites, self.keep, self.say = devices, sites, keep, say
        self._exit = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._exit.close()

    def prepare(self) -> None:
        """Make the instance with its data now, before anything imports what reads the settings."""
        _ = self.world

    @cached_property
    def home(self) -> Path:
        """The folder that holds the state and the logs of the instance."""
        return Path(self._exit.enter_context(tempfile.TemporaryDirectory(prefix="mistadmin-bench-")))

    @cached_property
    def world(self) -> World:
        """The filled database; Django in this process and all servers use it."""
        self._take_environment()
        import django
        from django.conf import settings

        if settings.configured:
            raise RuntimeError("Django is set up for another database; run `mistadmin bench` by itself")
        django.setup()
        from django.db import connection

        from bench import data
        from mistadmin.core import tenancy
        from mistadmin.prepare import migrate

        # It vacuums, too.
        tenancy.enter(tenancy.OWNER)

        self._exit.callback(connection.close)
        migrate([], verbosity=0)
        subprocess.run(
            [sys.executable, "-m", "mistadmin.cli", "prepare"], check=True, stdout=subprocess.DEVNULL
        )
        self.say(f"filling {self.devices:,} devices and {self.sites:,} sites …")
        world = data.fill(self.devices, self.sites)
        data.vacuum()
        return world

    @cached_property
    def product(self) -> Server:
        """The product's web server, warm."""
        return self._serve("product", f"/api/v1/orgs/{self.world.main.org_id}/inventory?limit=1")

    @cached_property
    def floor(self) -> Server:
        """The floor's web server, warm."""
        return self._serve("floor", f"/api/v1/orgs/{self.world.main.org_id}/inventory")

    def clients(self) -> tuple[Client, Client]:
        """A connection to the product, with an API token, and one to the floor."""
        product = self._exit.enter_context(Client(self.product.port, self.world.headers))
        return product, self._exit.enter_context(Client(self.floor.port))

    def started(self, server: Server) -> Server:
        """A server that ends with the stage."""
        self._exit.callback(server.end)
        return server

    def _serve(self, name: str, path: str) -> Server:
        server = self.started(Server(self.home, name, floor=name == "floor"))
        server.first_answer(path, self.world.headers)
        return server

    def _take_environment(self) -> None:
        server = os.environ.get("DATABASE_URL") or database.DEFAULT_SERVER
        redis = os.environ.get("REDIS_URL") or database.DEFAULT_REDIS
        os.environ["DATABASE_URL"] = self._exit.enter_context(
            database.throw_away_database(server, keep=self.keep)
        )
        os.environ["MISTADMIN_HOME"] = str(self.home)
        os.environ["MISTADMIN_LOG_LEVEL"] = "warning"
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mistadmin.settings.prod")
        broker = self._exit.enter_context(database.empty_redis(redis))
        os.environ["REDIS_URL"] = broker or ""
        self.say(f"database {os.environ['DATABASE_URL']}, broker {broker or 'a folder'}")
