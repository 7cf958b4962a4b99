"""Linking and unlinking Juniper accounts, and what a refresh of their devices came to.

Juniper's password is exchanged for a token and forgotten; the token is sealed and never shown.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from audit.log import record
from mistadmin.core import throttle
from mistadmin.core.access import MANAGE_ORG, Actor, Placed
from mistadmin.core.actions import action
from mistadmin.core.errors import Invalid, NotVisible
from mistadmin.core.secrets import Unsealable, seal, unseal
from orgs.juniper.client import Grant, Problem, Refused, exchange
from orgs.models import JuniperAccount, Org

MOST_ACCOUNTS: Final = 50
_TRIES: Final = 10
_TRIES_SECONDS: Final = 15 * 60
_DAILY: Final = timedelta(days=1)
_AFTER_A_PROBLEM: Final = timedelta(hours=1)


def token_place(account_pk: UUID) -> str:
    """Where the token of an account is stored, as the seal knows it."""
    return f"orgs_juniperaccount:token:{account_pk}"


def link_account(actor: Actor, org: Org, *, username: str, password: str) -> JuniperAccount:
    """Link the account of these credentials (linkOrgToJuniperJuniperAccount).

    Raises Invalid when the service does not accept them, gives no answer, or the account is linked already;
    Throttled after ten refusals in a quarter of an hour.
    """
    # No action, because nobody's transaction may wait for somebody else's server; add_account is one.
    actor.require(MANAGE_ORG, org)
    tries = f"juniper:{org.id}"
    throttle.reserve({tries: _TRIES}, seconds=_TRIES_SECONDS)
    try:
        grant = exchange(username, password)
    except Refused:
        raise Invalid({"password": "the account service does not accept this e-mail and password"}) from None
    except Problem as problem:
        throttle.give_back([tries])
        raise Invalid(str(problem)) from None
    throttle.give_back([tries])
    return add_account(actor, org, grant=grant)


@action(needs=MANAGE_ORG)
def add_account(actor: Actor, org: Org, *, grant: Grant) -> JuniperAccount:
    """Keep an account that the service has vouched for; raises Invalid when it is linked already."""
    # An organization that is deleted at this moment is gone, not linked already.
    Org.objects.select_for_update().only("id").get(pk=org.pk)
    if JuniperAccount.objects.filter(org=org).count() >= MOST_ACCOUNTS:
        raise Invalid(f"{MOST_ACCOUNTS} accounts are linked, and no more are allowed")
    pk = uuid4()
    account = JuniperAccount(
        pk=pk,
        org=org,
        account_id=grant.account_id,
        name=grant.name,
        linked_by=f"{actor.name} ({actor.email})" if actor.email else actor.name,
        token=seal(grant.token, token_place(pk)),
    )
    try:
        with transaction.atomic():
            account.save(force_insert=True)
    except IntegrityError:
        raise Invalid(f"Account[{grant.name}] already linked") from None
    record(actor, "orgs.juniper.linked", account, after=_told(account))
    return account


@action(needs=MANAGE_ORG)
def unlink_account(actor: Actor, org: Org, *, account: JuniperAccount) -> None:
    """Forget an account, its token and its devices; those of other accounts stay."""
    account = JuniperAccount.objects.select_for_update().get(pk=account.pk, org=org)
    record(actor, "orgs.juniper.unlinked", account, before=_told(account))
    account.delete()


def list_accounts(actor: Actor, org: Placed, need: str) -> list[JuniperAccount]:
    """The linked accounts in the order of linking, for those who may do `need` in the whole organization."""
    actor.require(need, org)
    found = JuniperAccount.objects.filter(org_id=org.org_id).defer("token")
    return list(found.order_by("created_time", "id"))


def get_account(actor: Actor, org: Placed, account_pk: UUID) -> JuniperAccount:
    """One linked account; raises NotVisible."""
    return _one([one for one in list_accounts(actor, org, MANAGE_ORG) if one.pk == account_pk])


def find_account(actor: Actor, org: Placed, *, name: str, linked_by: str = "") -> JuniperAccount:
    """The account of this name; `linked_by` tells those of one name apart.

    Raises Invalid when there is none, or more than one.
    """
    named = [one for one in list_accounts(actor, org, MANAGE_ORG) if one.name == name]
    found = [one for one in named if not linked_by or one.linked_by == linked_by]
    if not found:
        raise Invalid(f"Account[{name}] not linked")
    if len(found) > 1:
        raise Invalid({"linked_by": f"is needed: {len(found)} accounts are called {name}"})
    return found[0]


def accounts_of_setting(org_id: UUID) -> dict[str, Any]:
    """The read-only key `juniper` of the organization setting."""
    found = JuniperAccount.objects.filter(org_id=org_id).order_by("created_time", "id")
    return {"accounts": list(found.values("name", "linked_by"))}


def ask_again(accounts: list[JuniperAccount]) -> None:
    """Note that fresh devices of these accounts are wanted from now on."""
    now = timezone.now()
    JuniperAccount.objects.filter(pk__in=[one.pk for one in accounts]).update(asked_at=now)


def open_token(account_pk: UUID) -> str | None:
    """The token of an account, for the worker; None when it was unlinked meanwhile.

    Raises Problem when the master key that sealed it is gone.
    """
    sealed = JuniperAccount.objects.filter(pk=account_pk).values_list("token", flat=True).first()
    if sealed is None:
        return None
    try:
        return unseal(bytes(sealed), token_place(account_pk))
    except Unsealable:
        raise Problem("The stored token does not open. Unlink the account and link it again.") from None


def lock_account(account_pk: UUID) -> JuniperAccount | None:
    """The account, locked until the end of the transaction; None when it was unlinked meanwhile."""
    found: JuniperAccount | None = (
        JuniperAccount.objects.select_for_update().defer("token").filter(pk=account_pk).first()
    )
    return found


def note_problem(account_pk: UUID, problem: Problem) -> None:
    """Keep why a refresh brought nothing; the devices of the last one stay."""
    text = str(problem)
    if isinstance(problem, Refused):
        text = "The account service no longer accepts the link. Unlink the account and link it again."
    JuniperAccount.objects.filter(pk=account_pk).update(tried_at=timezone.now(), problem=text[:255])


def due_accounts() -> list[tuple[UUID, UUID]]:
    """Organization and account of every link whose devices are a day old, or an hour after a problem."""
    now = timezone.now()
    late = Q(tried_at__lt=now - _DAILY) | Q(tried_at=None, asked_at__lt=now - _AFTER_A_PROBLEM)
    failed = Q(tried_at__lt=now - _AFTER_A_PROBLEM) & ~Q(problem="")
    return list(JuniperAccount.objects.filter(late | failed).order_by("id").values_list("org_id", "id"))


def _one(found: list[JuniperAccount]) -> JuniperAccount:
    if not found:
        raise NotVisible
    return found[0]


def _told(account: JuniperAccount) -> dict[str, str]:
    return {"name": account.name, "linked_by": account.linked_by, "account_id": account.account_id}
