"""The mails of accounts. Links start with the configured base URL, never with a request's Host."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from accounts import tokens
from accounts.models import Admin, Recovery


def send_validation_link(admin_id: str, event_id: str) -> None:
    """Mail the link that proves the address of a new account; nothing when it was proved meanwhile."""
    admin = Admin.objects.filter(id=admin_id, email_verified_at=None).first()
    if admin is None:
        return
    facts = {"admin": str(admin.id), "of": tokens.link_mark(admin.password)}
    token = tokens.sign_link("register", facts)
    link = f"{settings.BASE_URL}/verify/register?{urlencode({'token': token})}"
    _send(admin, event_id, "Validate your mistadmin account", "validation", {"link": link})


def send_known_address_notice(admin_id: str, event_id: str) -> None:
    """Mail the owner of an account that its address was registered again."""
    admin = Admin.objects.filter(id=admin_id).first()
    if admin:
        link = f"{settings.BASE_URL}/login"
        _send(admin, event_id, "You already have a mistadmin account", "known_address", {"link": link})


def send_recovery_link(recovery_id: str, event_id: str) -> None:
    """Mail the link for a forgotten password, where the address has an account that can log in."""
    asked = Recovery.objects.filter(id=recovery_id, used_at=None).first()
    if asked is None:
        return
    admin = (
        Admin.objects.of_email(asked.email).filter(is_active=True, email_verified_at__isnull=False).first()
    )
    if admin is None:
        asked.delete()
        return
    token = tokens.sign_link("recover", {"asked": str(asked.id), "of": tokens.link_mark(admin.password)})
    link = f"{settings.BASE_URL}/verify/recover?{urlencode({'token': token})}"
    _send(admin, event_id, "Set a new mistadmin password", "recovery", {"link": link})


def send_email_link(admin_id: str, event_id: str) -> None:
    """Mail the link that proves a new address to it, and a notice to the address that it shall replace."""
    admin = Admin.objects.filter(id=admin_id).exclude(new_email="").first()
    if admin is None:
        return
    mark = tokens.link_mark(admin.password + admin.email)
    token = tokens.sign_link("email", {"admin": str(admin.id), "email": admin.new_email, "of": mark})
    expire = int(time.time()) + tokens.EMAIL_SECONDS
    query = urlencode({"expire": expire, "email": admin.email, "token": token})
    link = f"{settings.BASE_URL}/verify/update?{query}"
    subject = "Confirm your new e-mail address"
    _send(admin, event_id, subject, "new_email", {"link": link}, to=admin.new_email)
    _send(admin, f"{event_id}.notice", "Your e-mail address is about to change", "new_email_notice", {})


def send(to: str, key: str, subject: str, template: str, context: Mapping[str, Any]) -> None:
    """Send one message; `key` names the owed mail, which has the same Message-ID however often it is sent."""
    body = render_to_string(f"accounts/mail/{template}.txt", dict(context))
    headers = {"Message-ID": f"<{key}@{urlsplit(settings.BASE_URL).hostname}>"}
    EmailMessage(subject, body, to=[to], headers=headers).send()


def _send(
    admin: Admin, event_id: str, subject: str, template: str, context: dict[str, str], *, to: str = ""
) -> None:
    facts = {"admin": admin, **context}
    send(to or admin.email, f"{event_id}.{admin.id.hex}", subject, template, facts)
