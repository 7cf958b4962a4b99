"""Who calls: mostly a Super User by token, sometimes by session, and now and then somebody else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from django.test import Client

from accounts import tokens
from accounts.models import Admin, ApiToken
from tests.fuzz.scene import Scene

# Below what the quota of an hour lets a token call.
CALLS_OF_A_TOKEN: Final = 4_000
# What ends the account or the session of its caller, or is for people who are not administrators yet: each
# of these calls has somebody new.
FOR_SOMEBODY_NEW: Final = (
    *("DELETE /api/v1/self", "POST /api/v1/logout", "POST /api/v1/self/update"),
    *("POST /api/v1/invite/verify/{token}", "GET /api/v1/self/update/verify/{token}"),
)
# What tokens may not do.
_IN_SESSIONS: Final = ("PUT /api/v1/self", "GET /api/v1/self/", "POST /api/v1/self/", "/oauth/")
_CSRF: Final = "x" * 32
_SESSION_EVERY, _OTHERS_EVERY = 10, 12


@dataclass(frozen=True)
class Caller:
    """Somebody with a credential; `admin` is None for an organization's token."""

    admin: Admin | None
    headers: dict[str, str]
    cookies: dict[str, str] = field(default_factory=dict)


class Callers:
    """Chooses who makes a request, and gives new credentials to who has used theirs up."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self._chance = scene, scene.chance
        self._key, self._calls = "", CALLS_OF_A_TOKEN
        self._session: Caller | None = None
        people = [scene.world.people[key] for key in ("rita", "wes", "ivan", "hana", "otto")]
        self._others = [Caller(person.admin, _token(self._new_key(person.admin))) for person in people]
        self._others.append(Caller(None, _token(scene.world.org_token.key)))

    def choose(self, operation: str) -> Caller:
        """Who makes this request."""
        if operation in FOR_SOMEBODY_NEW:
            return self._log_in(self.scene.person())
        if self._chance.randrange(_OTHERS_EVERY) == 0:
            return self._chance.choice(self._others)
        sessions = 2 if any(part in operation for part in _IN_SESSIONS) else _SESSION_EVERY
        if self._chance.randrange(sessions) == 0:
            return self.in_session()
        return self.by_token()

    def forget_session(self) -> None:
        """Log in again before the next request in a session: something has ended this one."""
        self._session = None

    def by_token(self) -> Caller:
        """The founder of acme, with a token."""
        ada = self.scene.acme.founder
        self._calls += 1
        if self._calls > CALLS_OF_A_TOKEN:
            self._key, self._calls = self._new_key(ada), 0
        return Caller(ada, _token(self._key))

    def in_session(self) -> Caller:
        """A Super User of acme in a session, a new one when something has ended it."""
        if self._session is None:
            self._session = self._log_in(self.scene.person(role="super_user", at=self.scene.acme.org))
        return self._session

    def _log_in(self, person: Admin) -> Caller:
        # As if by an identity provider: a password takes as long as several requests.
        client = Client()
        client.force_login(person)
        cookies = {"sessionid": client.cookies["sessionid"].value, "csrftoken": _CSRF}
        return Caller(person, {"X-CSRFToken": _CSRF}, cookies)

    def _new_key(self, admin: Admin) -> str:
        key = tokens.new_key()
        ApiToken.objects.create(admin=admin, name="Fuzz", hint=tokens.hint(key), digest=tokens.digest(key))
        return key


def _token(key: str) -> dict[str, str]:
    return {"Authorization": f"Token {key}"}
