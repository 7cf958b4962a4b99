"""API tokens that live as long as one command. Import this once Django is set up."""

import contextlib
import os
import threading
from collections.abc import Iterator
from uuid import UUID

from django.db import Error, connection

from accounts import leases
from accounts.actions import CreatedToken, create_user_token, delete_user_token
from accounts.bootstrap import DEMO_EMAIL
from accounts.queries import actor_for_email
from accounts.tokens import LEASE
from mistadmin.core.access import Actor
from mistadmin.core.errors import NotVisible
from mistadmin.lab.errors import LabError

# A missed renewal or two leave the token alive.
RENEWED_EVERY = LEASE.total_seconds() / 4


@contextlib.contextmanager
def minted_token(email: str | None) -> Iterator[str]:
    """Yield the key of a new API token of an administrator (default: the demo one), revoked on leaving.

    It is leased and renewed here: after a kill that leaves no time to revoke it, it is dead within minutes.
    Works in the database of this home, not over HTTP, so it needs no password. Raises LabError when the
    database cannot be used or knows no such administrator, and when the token could not be revoked.
    """
    actor, token = _mint(email or DEMO_EMAIL)
    ended = threading.Event()
    renewer = threading.Thread(target=_renew, args=(token.id, ended), name="lease", daemon=True)
    renewer.start()
    try:
        yield token.key
    finally:
        ended.set()
        renewer.join()
        _revoke(actor, token)


def _mint(email: str) -> tuple[Actor, CreatedToken]:
    try:
        actor = actor_for_email(email)
        return actor, create_user_token(actor, values={"name": f"mistadmin lab {os.getpid()}"}, leased=True)
    except NotVisible as error:
        raise LabError(f"no administrator has the e-mail address {email}; choose one by --admin") from error
    except Error as error:
        raise LabError(f"the database of this home cannot be used ({error}); use --token KEY") from error
    finally:
        # Commands may run for hours, longer than a database server keeps an idle connection.
        connection.close()


def _renew(token_id: UUID, ended: threading.Event) -> None:
    alive = True
    while alive and not ended.wait(RENEWED_EVERY):
        # A database that is away for a moment is asked again; revoking reports one that stays away.
        with contextlib.suppress(Error):
            alive = leases.renew(token_id)
        connection.close()


def _revoke(actor: Actor, token: CreatedToken) -> None:
    try:
        # The command may have deleted it already.
        with contextlib.suppress(NotVisible):
            delete_user_token(actor, token_id=token.id)
    except Error as error:
        problem = f"the token {token.name!r} of {actor.email} was not revoked ({error}); it ends by itself"
        raise LabError(problem) from error
    finally:
        connection.close()
