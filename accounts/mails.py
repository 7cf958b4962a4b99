"""The mails of accounts. Links start with the configured base URL, never with a request's Host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from accounts import tokens
from accounts.models import Admin


def send_validation_link(admin_id: str, event_id: str) -> None:
    """Mail the link that proves the address of a new account; nothing when it was proved meanwhile."""
    admin = Admin.objects.filter(id=admin_id, email_verified_at=None).first()
    if admin is None:
        return
    facts = {"admin": str(admin.id), "of": tokens.registration_mark(admin.password)}
    token = tokens.sign_link("register", facts)
    link = f"{settings.BASE_URL}/verify/register?{urlencode({'token': token})}"
    _send(admin, event_id, "Validate your mistadmin account", "validation", {"link": link})


def send_known_address_notice(admin_id: str, event_id: str) -> None:
    """Mail the owner of an account that its address was registered again."""
    admin = Admin.objects.filter(id=admin_id).first()
    if admin:
        link = f"{settings.BASE_URL}/login"
        _send(admin, event_id, "You already have a mistadmin account", "known_address", {"link": link})


def send(to: str, key: str, subject: str, template: str, context: Mapping[str, Any]) -> None:
    """Send one message; `key` names the owed mail, which has the same Message-ID however often it is sent."""
    body = render_to_string(f"accounts/mail/{template}.txt", dict(context))
    headers = {"Message-ID": f"<{key}@{urlsplit(settings.BASE_URL).hostname}>"}
    EmailMessage(subject, body, to=[to], headers=headers).send()


def _send(admin: Admin, event_id: str, subject: str, template: str, context: dict[str, str]) -> None:
    send(admin.email, f"{event_id}.{admin.id.hex}", subject, template, {"admin": admin, **context})
