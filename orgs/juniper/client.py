"""The client of the account service: a password for a token, and a token for what the account has bought.

    POST /v1/tokens {username, password} -> {token, account: {id, name}}      401: not accepted
    GET  /v1/assets?limit=&after=  (Authorization: Bearer TOKEN) -> {assets: [Asset], next}      401 likewise

Asked over core.outgoing: https, or this machine only, no redirect followed, answers bounded in size and time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Annotated, Any, Final
from urllib.parse import urlencode

import orjson
import structlog
from django.conf import settings
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from mistadmin.core.outgoing import Answer, Outgoing, Unanswered

log = structlog.get_logger(__name__)

MOST_ASSETS: Final = 20_000
_PER_PAGE: Final = 1000
_MOST_BYTES: Final = 4 * 1024 * 1024
_SILENCE: Final = 10.0  # seconds
_IN_ALL: Final = 25.0
_LAST_SECOND: Final = 253_402_300_799  # of the year 9999


class Problem(Exception):
    """Why the service gave nothing; the text is for people."""


class Refused(Problem):
    """The service does not accept the password or the token."""


class NotConfigured(Problem):
    """The operator has named no account service."""

    def __init__(self) -> None:
        super().__init__(
            "No account service is configured. The operator of this instance names one "
            "in MISTADMIN_JUNIPER_URL."
        )


def _plain(text: str) -> str:
    if any(ord(letter) < 32 for letter in text):
        raise ValueError("has control characters")
    return text.strip()


_Text = Annotated[str, Field(max_length=255), AfterValidator(_plain)]
_Key = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_plain)]
_Serial = Annotated[str, Field(min_length=1, max_length=32), AfterValidator(_plain)]
_Moment = Annotated[int, Field(ge=0, le=_LAST_SECOND)] | None


class Asset(BaseModel):
    """A device that was sold to an account; times in epoch seconds, absent ones are not known."""

    model_config = ConfigDict(extra="ignore")

    serial: _Serial
    model: _Key
    type: _Key
    sku: _Text = ""
    name: _Text = ""
    master: bool = False
    version: _Text = ""
    version_time: _Moment = None
    version_eos_time: _Moment = None
    suggested_version: _Text = ""
    eol_time: _Moment = None
    eos_time: _Moment = None
    warranty: _Text = ""
    warranty_type: _Text = ""
    warranty_time: _Moment = None
    contract: _Text = ""
    contract_time: _Moment = None


class _Account(BaseModel):
    id: _Key
    name: Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_plain)]


class _Grant(BaseModel):
    token: Annotated[str, Field(min_length=1, max_length=4096, pattern=r"^[\x21-\x7e]+$")]
    account: _Account


class _Page(BaseModel):
    assets: Annotated[list[Asset], Field(max_length=_PER_PAGE)]
    next: _Key | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """What a password was exchanged for."""

    account_id: str
    name: str
    token: str = field(repr=False)


def exchange(username: str, password: str) -> Grant:
    """Ask for a token; raises Refused for wrong credentials, Problem when there is no usable answer."""
    with _Service() as service:
        grant = _Grant.model_validate(
            service.ask("POST", "/v1/tokens", json={"username": username, "password": password})
        )
    return Grant(grant.account.id, grant.account.name, grant.token)


def read_assets(token: str) -> list[Asset]:
    """All that the account of a token has bought, each serial once; raises Problem."""
    with _Service() as service:
        return list({asset.serial: asset for asset in _assets(service, token)}.values())


def _assets(service: _Service, token: str) -> Iterator[Asset]:
    after, count = None, 0
    while True:
        query = urlencode({"limit": _PER_PAGE, **({"after": after} if after else {})})
        page = _Page.model_validate(service.ask("GET", f"/v1/assets?{query}", token=token))
        yield from page.assets
        count += len(page.assets)
        if count > MOST_ASSETS:
            raise Problem(f"The account has more than {MOST_ASSETS:,} devices.")
        if page.next is None:
            return
        if page.next == after or not page.assets:
            raise Problem("The account service repeats a page of its answer.")
        after = page.next


class _Service:
    """One conversation with the account service, in which what is no usable answer is a Problem."""

    def __init__(self) -> None:
        if not settings.JUNIPER_URL:
            raise NotConfigured
        self._outgoing = Outgoing("The account service", seconds=_IN_ALL, silence=_SILENCE, most=_MOST_BYTES)

    def __enter__(self) -> _Service:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._outgoing.close()
        if isinstance(error, ValidationError):
            where = ".".join(str(part) for part in error.errors()[0]["loc"])
            log.warning("juniper.misunderstood", field=where)
            raise Problem(f"The account service sent an answer that is not understood ({where}).") from None
        if isinstance(error, Unanswered):
            raise Problem(str(error)) from None

    def ask(self, method: str, path: str, *, token: str = "", json: Mapping[str, str] | None = None) -> Any:
        """The JSON of one answer; raises Refused, Problem, and Unanswered."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        body = None if json is None else orjson.dumps(json).decode()
        if body is not None:
            headers["Content-Type"] = "application/json"
        answer = self._outgoing.ask(method, settings.JUNIPER_URL + path, headers=headers, body=body)
        _check_status(answer.status_code)
        return _decoded(answer)


def _check_status(status: int) -> None:
    if status in (401, 403):
        raise Refused("The account service does not accept the credentials.")
    if 300 <= status < 400:
        raise Problem("The account service points to another address, which is not followed.")
    if status != 200:
        raise Problem(f"The account service answered {status}.")


def _decoded(answer: Answer) -> Any:
    try:
        return answer.json()
    except ValueError:
        raise Problem("The account service sent an answer that is not JSON.") from None
