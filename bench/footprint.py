"""What the product takes to start and to stand there."""

from __future__ import annotations

import statistics

from bench import processes
from bench.rows import Row, at_most
from bench.server import Server
from bench.stage import Stage

ROUNDS = 3


def start(stage: Stage) -> list[Row]:
    """From the start of the web server of a prepared instance to its first authenticated answer."""
    path, headers = "/api/v1/self", stage.world.headers
    bare = f"/api/v1/orgs/{stage.world.main.org_id}/sites"
    ours, floor = [], []
    for number in range(ROUNDS):
        ours.append(_seconds(Server(stage.home, f"start-{number}"), path, headers))
        floor.append(_seconds(Server(stage.home, f"start-floor-{number}", floor=True), bare, {}))
    least = statistics.median(floor)
    return [at_most("cold start to the first answer", statistics.median(ours), "s", 2, least)]


def memory(stage: Stage) -> list[Row]:
    """Resident memory of a worker after a few hundred lists."""
    path = f"/api/v1/orgs/{stage.world.main.org_id}/inventory?limit=100"
    used = []
    for client, server in zip(stage.clients(), (stage.product, stage.floor), strict=True):
        for _ in range(200):
            client.get(path)
        used.append(processes.memory_mb(processes.largest(server.pid)))
    return [at_most("memory of a web worker", used[0], "MB", 140, used[1])]


def _seconds(server: Server, path: str, headers: dict[str, str]) -> float:
    try:
        return server.first_answer(path, headers)
    finally:
        server.end()
