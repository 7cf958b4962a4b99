"""What log-ins leave behind goes away when its time is over."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from accounts import leftovers
from accounts.models import OauthState, SsoFailure, SsoUse
from accounts.sso.models import Sso
from accounts.tasks import discard_login_leftovers


def test_old_refusals_and_marks_go(sso: Sso) -> None:
    now = timezone.now()
    for days in (29, 31):
        SsoFailure.objects.create(sso=sso, detail=str(days), timestamp=now - timedelta(days=days))
    for minutes in (-1, 1):
        until = now + timedelta(minutes=minutes)
        SsoUse.objects.create(sso=sso, value=str(minutes), until=until)
        OauthState.objects.create(digest=str(minutes), until=until)
    discard_login_leftovers()
    assert [one.detail for one in SsoFailure.objects.all()] == ["29"]
    assert [one.value for one in SsoUse.objects.all()] == ["1"]
    assert [one.digest for one in OauthState.objects.all()] == ["1"]
    assert leftovers.discard() == 0
