"""One write of the own account for everything that PUT /self takes: all of it happens, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.actions import change_password, update_self
from accounts.actions.two_factor import begin_two_factor, disable_two_factor
from accounts.models import Admin
from accounts.queries import get_self, two_factor_state
from mistadmin.core.access import SIGNED_IN, Actor
from mistadmin.core.actions import action
from mistadmin.core.errors import Invalid
from mistadmin.core.versions import Seen


@action(needs=SIGNED_IN)
def update_account(
    actor: Actor, *, changes: Mapping[str, Any], seen: Seen = None, recovering: bool = False
) -> Admin:
    """Change what is sent of the own account, its password and its second factor. Raises Invalid and Stale.

    `enable_two_factor` begins to set an app up, or takes it away with `current_password` and `two_factor`.
    """
    update_self(actor, changes=changes, seen=seen)
    current = changes.get("current_password")
    # Before the password, so that both may change at once and the present one opens both.
    _switch_two_factor(actor, changes)
    if changes.get("password") is not None:
        change_password(
            actor, current=current, new=changes["password"], recovering=recovering, field="password"
        )
    return get_self(actor)


def _switch_two_factor(actor: Actor, changes: Mapping[str, Any]) -> None:
    wanted, code = changes.get("enable_two_factor"), changes.get("two_factor") or ""
    # Clients send back what they read: nothing is switched by what is so already.
    if wanted is None or wanted == (two_factor_state(actor, get_self(actor)) != "off"):
        return
    if not isinstance(wanted, bool) or not isinstance(code, str):
        raise Invalid({"enable_two_factor": "must be true or false, and two_factor a code"})
    if wanted:
        begin_two_factor(actor)
    else:
        disable_two_factor(actor, password=changes.get("current_password"), code=code)
