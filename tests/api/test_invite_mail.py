"""The messages of invitations as they leave: over SMTP to a server, or into the local mailbox."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.test import Client

from accounts.models import Admin, Invite
from mistadmin.core import outbox
from mistadmin.core.models import Outbox
from tests.world import make_invite

NEWCOMER = {"first_name": "Nora", "last_name": "New", "password": "a long enough password"}


class Inbox:
    """Keeps what a server is sent; refuses once what it is told to."""

    def __init__(self) -> None:
        self.messages: list[tuple[list[str], EmailMessage]] = []
        self.refuses = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refuses:
            self.refuses -= 1
            return "451 try again later"
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append((envelope.rcpt_tos, message))
        return "250 OK"


class AnyPort(Controller):
    """Listens where the system has room, which it knows once it does."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def inbox(settings: Any) -> Iterator[Inbox]:
    inbox = Inbox()
    server = AnyPort(inbox, hostname="127.0.0.1", port=0)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = server.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    yield inbox
    server.stop(no_assert=True)


def body_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    text: str = part.get_content()
    return text


def test_an_invitation_and_its_confirmation_travel_over_smtp(world, pay, inbox: Inbox, settings: Any) -> None:
    settings.BASE_URL = "https://console.example.org"
    invite = make_invite(world.acme, "nora@example.com", "write", hours=48)
    pay()
    ((to, message),) = inbox.messages
    assert (to, message["To"]) == (["nora@example.com"], "nora@example.com")
    assert message["Subject"] == "You are invited to administer Acme"
    assert message["Message-ID"].endswith(f".{invite.id.hex}@console.example.org>")
    text = body_of(message)
    assert "within 48 hours" in text
    found = re.search(r"https://console\.example\.org/verify/invite\?token=(\S+)", text)
    assert found
    token = found[1].replace("%3A", ":")
    assert Client().post("/verify/invite", {"token": token, **NEWCOMER}).status_code == 302
    pay()
    (_, (to, welcome)) = inbox.messages
    assert (to, welcome["Subject"]) == (["nora@example.com"], "You are an administrator of Acme")
    assert "Network Admin" in body_of(welcome)
    assert f"https://console.example.org/orgs/{world.acme.id}" in body_of(welcome)


def test_a_server_that_refuses_is_asked_again(world, inbox: Inbox) -> None:
    make_invite(world.acme, "nora@example.com")
    inbox.refuses = 1
    outbox.pay_due()
    assert not inbox.messages
    owed = Outbox.objects.filter(event="accounts.invite.created", done_at=None)
    assert "451" in owed.get().last_error
    owed.update(next_at=owed.get().created_time)
    outbox.pay_due()
    assert len(inbox.messages) == 1
    assert not owed.exists()


def test_without_a_mail_server_the_mailbox_shows_the_link(world, pay, settings: Any, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND = "mistadmin.mail.LocalMailbox"
    settings.MAILBOX_DIR = settings.EMAIL_FILE_PATH = tmp_path
    make_invite(world.acme, "nora@example.com")
    pay()
    browser = Client(headers={"Host": "localhost"})
    listed = browser.get("/mailbox").content.decode()
    assert "You are invited to administer Acme" in listed
    letter = re.search(r'href="(/mailbox/[^"]+)"', listed)
    assert letter
    assert "/verify/invite?token=" in browser.get(letter[1]).content.decode()


def test_names_put_nothing_into_the_head_of_a_message(world, api, inbox: Inbox, pay) -> None:
    api("ada").put(f"/orgs/{world.acme.id}", {"name": "Ünïcode “Org” <b>"}).ok()
    make_invite(world.acme, "nora@example.com")
    pay()
    ((_, message),) = inbox.messages
    assert message["Subject"].strip() == "You are invited to administer Ünïcode “Org” <b>"
    assert message["Bcc"] is None
    assert Invite.objects.count() == 1
    assert not Admin.objects.filter(email="nora@example.com").exists()
