"""What an answer and its time tell about whether an address has an account (RELIABILITY S10).

Each call is made for accounts that exist and for addresses of nobody, shuffled, every time for another
address and from another caller, so that no pause is met. A classifier that knows nothing but the time gets
an area under its curve of 0.5; more or less of it is a leak.
"""

from __future__ import annotations

import json
import random
import re
import sys
import time
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from bench.client import Client
from bench.rows import Row, at_most
from bench.server import Server
from bench.stage import Stage

EACH: Final = 500
WARM_UP: Final = 40
GOAL: Final = 0.55
_TYPED: Final = "a password of the benchmark"
_JSON: Final = {"Content-Type": "application/json"}
# What an invitation has of its own: its id, its address and when it ends.
_OWN: Final = re.compile(rb'"(?:invite_id|email|expire_time)":("[^"]*"|\d+)')


@dataclass(frozen=True, slots=True)
class Call:
    """One way to name an address to the server: path, body and further headers."""

    path: str
    body: Callable[[str], dict[str, Any]]
    headers: Callable[[], dict[str, str]] = dict


def measure(stage: Stage) -> list[Row]:
    """Two rows per call: how well the time tells the two kinds apart, and how many different replies."""
    known = _accounts(2 * (EACH + WARM_UP))
    server = stage.started(Server(stage.home, "telling", settings={"MISTADMIN_TRUSTED_PROXIES": "1"}))
    server.first_answer("/login", {})
    rows = []
    for name, call in _calls(stage).items():
        with Client(server.port, _JSON) as client:
            rows += _row(name, call, client, known)
            stage.say(f"{name}: {rows[-2].figure} and {rows[-1].figure:g}")
    return rows


def _calls(stage: Stage) -> dict[str, Call]:
    keys = _org_keys(stage)
    name = {"first_name": "Nora", "last_name": "New"}
    invite = {"privileges": [{"scope": "org", "role": "read"}]}
    return {
        "log-in": Call("/api/v1/login", lambda email: {"email": email, "password": "wrong guess"}),
        "forgotten password": Call("/api/v1/recover", lambda email: {"email": email}),
        "registration": Call("/api/v1/register", lambda email: {"email": email, "password": _TYPED, **name}),
        "invitation": Call(
            f"/api/v1/orgs/{stage.world.main.org_id}/invites",
            lambda email: {"email": email, **invite},
            lambda: {"Authorization": f"Token {next(keys)}"},
        ),
        "look-up": Call("/api/v1/login/lookup", lambda email: {"email": email}),
    }


def _row(name: str, call: Call, client: Client, known: Iterator[str]) -> list[Row]:
    times: dict[bool, list[float]] = {True: [], False: []}
    replies: dict[bool, Counter[tuple[int, bytes]]] = {True: Counter(), False: Counter()}
    kinds = [True, False] * (EACH + WARM_UP)
    random.Random(name).shuffle(kinds)
    for number, exists in enumerate(kinds):
        email = next(known) if exists else next(_NOBODY)
        body, headers = json.dumps(call.body(email)).encode(), call.headers()
        began = time.perf_counter()
        reply = client.ask("POST", call.path, body, {**headers, "X-Forwarded-For": next(_CALLERS)})
        if number >= 2 * WARM_UP:
            times[exists].append(time.perf_counter() - began)
        replies[exists][reply.status, _OWN.sub(b"", reply.body)] += 1
    different = len(replies[True].keys() | replies[False].keys())
    if different > 1:
        print(f"{name}: {replies[True].most_common(3)} and {replies[False].most_common(3)}", file=sys.stderr)
    return [
        at_most(f"{name}: area under the curve of time", area(times[True], times[False]), "", GOAL),
        at_most(f"{name}: different replies", different, "", 1),
    ]


def area(ones: Sequence[float], others: Sequence[float]) -> float:
    """How often one of the first is above one of the others, ties half: 0.5 to 1, whichever is slower."""
    ordered = sorted(others)
    above = sum((bisect_left(ordered, one) + bisect_right(ordered, one)) / 2 for one in ones)
    share = above / (len(ones) * len(others))
    return max(share, 1 - share)


def _accounts(number: int) -> Iterator[str]:
    """Addresses of new accounts, each given out once for each call."""
    from django.contrib.auth.hashers import make_password
    from django.utils import timezone

    from accounts.models import Admin

    now, password = timezone.now(), make_password(_TYPED)
    emails = [f"known-{one:06}@example.org" for one in range(5 * number)]
    Admin.objects.bulk_create(
        [
            Admin(email=email, first_name="K", last_name="N", password=password, email_verified_at=now)
            for email in emails
        ],
        batch_size=1_000,
    )
    return iter(emails)


def _org_keys(stage: Stage) -> Iterator[str]:
    """Keys of tokens that may invite; each is a person of its own to the pauses."""
    from itertools import cycle

    from accounts.actions import create_org_token
    from accounts.models import Admin
    from accounts.queries import actor_for_email
    from orgs.models import Org

    org = Org.objects.get(id=stage.world.main.org_id)
    actor = actor_for_email(Admin.objects.get(email="bench@example.org").email)
    wish = {"name": "inviting", "privileges": [{"scope": "org", "role": "admin"}]}
    return cycle([create_org_token(actor, org, values=wish).key for _ in range(4)])


# As long as the addresses of accounts.
_NOBODY: Final = (f"ghost-{one:06}@example.org" for one in count())
_CALLERS: Final = (f"10.{one >> 16 & 255}.{one >> 8 & 255}.{one & 255}" for one in count(1))
