"""RELIABILITY S9 over HTTP: many guesses at once, from forged addresses, counted where they are looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest
import requests

from accounts import auth, second_factor
from accounts.models import Admin
from tests.accounts.codes import enrol
from tests.world import PASSWORD, World

GUESSES: Final = 200
FORGED: Final = 50
AT_ONCE: Final = 10
MOST_PASSWORDS: Final = 10
MOST_CODES: Final = 5
PAUSE: Final = 15 * 60

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many passwords and codes were really compared."""
    seen: Counter[str] = Counter()

    def counted(name: str, compare: Callable[..., bool]) -> Callable[..., bool]:
        def count(*args: Any) -> bool:
            seen[name] += 1
            return compare(*args)

        return count

    monkeypatch.setattr(auth, "_matches", counted("passwords", auth._matches))
    monkeypatch.setattr(second_factor, "use_app_code", counted("codes", second_factor.use_app_code))
    return seen


@pytest.fixture
def ada(world: World) -> Admin:
    return world.ada.admin


def _send(base: str, number: int, body: dict[str, str]) -> requests.Response:
    headers = {"X-Forwarded-For": f"198.51.100.{number % FORGED}"}
    return requests.post(f"{base}/api/v1/login", json=body, headers=headers, timeout=60)


def _at_once(base: str, body: Callable[[int], dict[str, str]]) -> Counter[int]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = pool.map(lambda number: _send(base, number, body(number)), range(GUESSES))
        return Counter(answer.status_code for answer in answers)


# A proxy in front adds the caller's address; what stood there before is the caller's invention.
@pytest.mark.parametrize("proxies", [0, 1], ids=["forged", "from many addresses"])
def test_passwords(
    live_server: Any, settings: Any, ada: Admin, looked_at: Counter[str], proxies: int
) -> None:
    settings.TRUSTED_PROXIES = proxies
    told = _at_once(live_server.url, lambda number: {"email": ada.email, "password": f"guess {number}"})
    assert told.keys() == {400, 429}
    assert 0 < looked_at["passwords"] == told[400] <= MOST_PASSWORDS
    paused = _send(live_server.url, 1, {"email": ada.email, "password": PASSWORD})
    assert (paused.status_code, 0 < int(paused.headers["Retry-After"]) <= PAUSE) == (429, True)
    assert looked_at["passwords"] == told[400]


def test_codes(live_server: Any, settings: Any, ada: Admin, looked_at: Counter[str]) -> None:
    settings.TRUSTED_PROXIES = 1
    enrol(ada)
    wrong = {"email": ada.email, "password": PASSWORD, "two_factor": "000000"}
    told = _at_once(live_server.url, lambda number: wrong)
    assert told.keys() <= {401, 400, 429}
    assert looked_at["codes"] == MOST_CODES
    assert looked_at["passwords"] <= GUESSES
