"""The cast in front of the portal: one browser per person, and forms as a browser sends them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.world import World

HTMX = {"HX-Request": "true"}


@pytest.fixture
def browser(world: World) -> Callable[[str], Client]:
    """`browser("ada")`: a browser in which somebody of the cast is signed in; "" is nobody."""
    browsers: dict[str, Client] = {}

    def client(key: str) -> Client:
        if key not in browsers:
            browsers[key] = Client()
            if key:
                browsers[key].force_login(world.people[key].admin)
        return browsers[key]

    return client


@pytest.fixture
def ada(browser: Callable[[str], Client]) -> Client:
    """The browser of acme's Super User."""
    return browser("ada")


@pytest.fixture
def acme(world: World) -> str:
    """Where acme's pages are."""
    return f"/orgs/{world.acme.id}"


def text(response: Any) -> str:
    """A page as text."""
    return response.content.decode()


def said(response: Any) -> list[str]:
    """What the page that follows a form says happened."""
    return [str(message) for message in response.context["messages"]]


@pytest.fixture
def window(acme: str) -> str:
    """The address of the Auto-Provisioning window."""
    return f"{acme}/settings/autoprovisioning"
