"""The variables that lead a client to the lab."""

from pathlib import Path

import pytest

from mistadmin.lab.environment import Route, child_environment, shell_lines, without_mist_hosts

ROUTE = Route("api.eu.mist.com", "key", 4321, Path("/lab/ca.pem"))
ROUTED = {
    "MIST_HOST": "api.eu.mist.com",
    "MIST_APITOKEN": "key",
    "https_proxy": "http://127.0.0.1:4321",
    "REQUESTS_CA_BUNDLE": "/lab/ca.pem",
    "SSL_CERT_FILE": "/lab/ca.pem",
}


def test_everything_else_is_kept() -> None:
    assert child_environment({"PATH": "/bin", "MIST_USER": "ada"}, ROUTE) == {
        "PATH": "/bin",
        "MIST_USER": "ada",
        **ROUTED,
    }


def test_what_would_lead_past_the_lab_is_replaced_or_removed() -> None:
    outer = {
        "HTTPS_PROXY": "http://corporate:3128",
        "https_proxy": "http://corporate:3128",
        "CURL_CA_BUNDLE": "/etc/ssl/corporate.pem",
        "REQUESTS_CA_BUNDLE": "/etc/ssl/corporate.pem",
        "MIST_HOST": "api.mist.com",
        "MIST_APITOKEN": "key of the real cloud",
    }
    assert child_environment(outer, ROUTE) == ROUTED


def test_without_a_token_none_is_inherited() -> None:
    route = Route("api.mist.com", None, 4321, Path("/lab/ca.pem"))
    assert "MIST_APITOKEN" not in child_environment({"MIST_APITOKEN": "key of the real cloud"}, route)


@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
def test_proxy_exceptions_lose_only_mist_hosts(name: str) -> None:
    inner = child_environment({name: "localhost,.mist.com, 10.0.0.0/8"}, ROUTE)
    assert inner[name] == "localhost,10.0.0.0/8"


@pytest.mark.parametrize(
    ("no_proxy", "left"),
    [
        ("", ""),
        ("*", ""),
        ("localhost,127.0.0.1,::1", "localhost,127.0.0.1,::1"),
        ("mist.com", ""),
        ("*.mist.com", ""),
        ("API.EU.MIST.COM:443", ""),
        ("com", ""),
        ("mist-federal.com,.mistsys.com,example.com", "example.com"),
        ("docs.mist.com", "docs.mist.com"),
    ],
)
def test_exceptions_that_cover_a_mist_host(no_proxy: str, left: str) -> None:
    assert without_mist_hosts(no_proxy) == left


def test_shell_lines_say_only_what_differs() -> None:
    outer = {"HTTPS_PROXY": "http://corporate:3128", "PATH": "/bin", "MIST_HOST": "api.eu.mist.com"}
    route = Route("api.eu.mist.com", "a'b", 4321, Path("/lab/ca.pem"))
    assert shell_lines(outer, route) == [
        "unset HTTPS_PROXY",
        """export MIST_APITOKEN='a'"'"'b'""",
        "export https_proxy=http://127.0.0.1:4321",
        "export REQUESTS_CA_BUNDLE=/lab/ca.pem",
        "export SSL_CERT_FILE=/lab/ca.pem",
    ]
