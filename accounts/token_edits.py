"""What every edit of an API token does first, and its deletion; called within the action that may."""

from __future__ import annotations

from accounts.models import ApiToken
from accounts.shapes import token_document
from audit.log import record
from mistadmin.core.access import Actor
from mistadmin.core.versions import Seen, require_seen


def lock_token(token: ApiToken, seen: Seen) -> None:
    """Lock a token for an edit; raises Stale for another than was seen."""
    token.refresh_from_db(from_queryset=ApiToken.objects.select_for_update())
    token.forget_privileges()
    require_seen(seen, token, token_document(token))


def discard_token(actor: Actor, token: ApiToken, seen: Seen) -> None:
    """Delete a token; it stops working at once. Raises Stale."""
    lock_token(token, seen)
    record(actor, "accounts.token.deleted", token, before=token_document(token))
    token.delete()
