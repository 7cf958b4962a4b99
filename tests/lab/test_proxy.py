"""The lab before a real server: proxy, TLS and relay, by requests and by the unmodified mistapi client."""

import hashlib
import http.client
import json
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import trustme
from cryptography import x509

from mistadmin.lab.certificates import make_authority
from mistadmin.lab.hosts import MIST_HOSTS
from mistadmin.lab.proxy import LabProxy
from mistadmin.lab.relay import Origin

from .conftest import EchoServer, Lab

FIVE_MB = 5 * 1024 * 1024

MISTAPI_SCRIPT = """
import json, sys
import mistapi

session = mistapi.APISession(env_file="no-such-file", console_log_level=50, show_cli_notif=False)
session.login()
large = [{"name": "x" * 1000}] * 5000
answer = session.mist_post("/api/v1/body", large)
request = session.mist_get("/api/v1/request", {"limit": 1000}).data
empty = session.mist_post("/api/v1/request").data
print(json.dumps({
    "email": session.email,
    "same": answer.status_code == 200 and answer.data == large,
    "request": request,
    "empty": empty,
}))
"""


def header(request: dict, name: str) -> list[str]:
    return [value for key, value in request["headers"] if key.lower() == name]


def test_mistapi_reaches_the_instance_as_the_cloud(lab: Lab) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", MISTAPI_SCRIPT],
        env=lab.environment("key-of-the-command"),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    seen = json.loads(ran.stdout.splitlines()[-1])
    assert seen["same"]
    assert seen["request"]["path"] == "/api/v1/request?limit=1000"
    assert header(seen["request"], "authorization") == ["Token key-of-the-command"]
    assert header(seen["request"], "host") == [lab.server.address]
    assert (seen["empty"]["method"], seen["empty"]["length"]) == ("POST", 0)
    assert header(seen["empty"], "content-length") == ["0"]


def test_every_mist_host_passes_strict_verification(lab: Lab) -> None:
    for host in MIST_HOSTS:
        connection = http.client.HTTPSConnection("127.0.0.1", lab.proxy.port, context=lab.context())
        connection.set_tunnel(host, 443)
        connection.request("GET", "/request")
        assert connection.getresponse().status == 200, host
        connection.close()


@pytest.mark.parametrize(
    "target", ["example.com", "api.mist.com.example.com", "api-ws.mist.com", "127.0.0.1", "localhost"]
)
def test_unknown_host_is_refused_with_a_clear_text(lab: Lab, target: str) -> None:
    with pytest.raises(requests.exceptions.ProxyError, match="lets nothing out") as refused:
        lab.session().get(f"https://{target}/")
    assert f"403 mistadmin lab lets nothing out, and {target}:443 is no Mist API host" in str(refused.value)


def test_other_port_of_a_mist_host_is_refused(lab: Lab) -> None:
    with pytest.raises(requests.exceptions.ProxyError, match=r"api\.mist\.com:8443 is no Mist API host"):
        lab.session().get("https://api.mist.com:8443/")


def test_plain_http_through_the_proxy_is_refused(lab: Lab) -> None:
    answer = requests.get("http://api.mist.com/", proxies={"http": lab.proxy_url}, timeout=10)
    assert (answer.status_code, answer.text) == (
        403,
        "mistadmin lab carries only https, not GET http://api.mist.com/\n",
    )


def test_wrong_authority_fails_verification(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> None:
    session = lab.session()
    session.verify = str(make_authority(MIST_HOSTS, tmp_path_factory.mktemp("other"))[0])
    with pytest.raises(requests.exceptions.SSLError, match="certificate verify failed"):
        session.get("https://api.mist.com/request")


def test_authority_is_worthless_for_other_names(lab: Lab) -> None:
    authority = x509.load_pem_x509_certificate(lab.authority.read_bytes())
    constraints = authority.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    assert {name.value for name in constraints.value.permitted_subtrees} == set(MIST_HOSTS)


def test_no_key_stays_on_disk(lab: Lab) -> None:
    assert list(lab.authority.parent.iterdir()) == [lab.authority]
    assert "PRIVATE KEY" not in lab.authority.read_text()


def test_instance_behind_tls_is_verified_and_reached(echo_server: EchoServer, tmp_path: Path) -> None:
    theirs = trustme.CA()
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.issue_cert("localhost").configure_cert(serving)
    echo_server.socket = serving.wrap_socket(echo_server.socket, server_side=True)
    authority, context = make_authority(MIST_HOSTS, tmp_path)
    trusting = ssl.create_default_context()
    origin = Origin("localhost", echo_server.server_port, "localhost", trusting)
    for status in (502, 200):
        with LabProxy(MIST_HOSTS, context, origin) as proxy:
            session = Lab(echo_server, proxy, authority).session()
            answer = session.post("https://api.mist.com/body", data=b"x" * FIVE_MB)
        assert answer.status_code == status, answer.text
        theirs.configure_trust(trusting)
    assert answer.content == b"x" * FIVE_MB


def test_large_bodies_pass_unchanged_both_ways(lab: Lab) -> None:
    body = os.urandom(FIVE_MB)
    session = lab.session()
    answer = session.post("https://api.mist.com/body", data=body)
    assert hashlib.sha256(answer.content).digest() == hashlib.sha256(body).digest()
    assert answer.headers["Content-Length"] == str(FIVE_MB)


def test_chunked_request_stays_chunked(lab: Lab) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(500):
            yield b"p" * 10_000

    request = lab.session().post("https://api.mist.com/request", data=parts()).json()
    assert request["length"] == 5_000_000
    assert request["sha256"] == hashlib.sha256(b"p" * 5_000_000).hexdigest()
    assert header(request, "transfer-encoding") == ["chunked"]
    assert header(request, "content-length") == []


def test_chunked_answer_stays_chunked(lab: Lab) -> None:
    answer = lab.session().get("https://api.mist.com/chunked", params={"count": 5000})
    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert answer.content == b"c" * 5_000_000


def test_answer_without_framing_is_framed(lab: Lab) -> None:
    answer = lab.session().get("https://api.mist.com/unframed")
    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert answer.text == "until the end"


def test_connection_is_kept_across_requests_of_every_kind(lab: Lab) -> None:
    connection = http.client.HTTPSConnection("127.0.0.1", lab.proxy.port, context=lab.context())
    connection.set_tunnel("api.mist.com", 443)
    connection.connect()
    first = connection.sock
    for method, path, body in [
        ("GET", "/request", None),
        ("HEAD", "/request", None),
        ("POST", "/body", b"[]"),
        ("GET", "/hinted", None),
        ("GET", "/chunked?count=2", None),
        ("PUT", "/refused", b"r" * 1_000_000),
        ("DELETE", "/request", None),
    ]:
        connection.request(method, path, body)
        answer = connection.getresponse()
        while answer.status == 103:
            # http.client before Python 3.13 takes this for the final answer.
            connection._HTTPConnection__state = "Request-sent"
            connection._HTTPConnection__response = None
            answer = connection.getresponse()
        assert answer.status == (413 if path == "/refused" else 200), path
        answer.read()
    assert connection.sock is first
    connection.close()


def test_head_keeps_the_length_of_the_get(lab: Lab) -> None:
    answer = lab.session().head("https://api.mist.com/self")
    assert int(answer.headers["Content-Length"]) > 0
    assert answer.content == b""


def test_expected_continue_is_granted(lab: Lab) -> None:
    with tunnel(lab) as tls:
        tls.sendall(
            b"POST /body HTTP/1.1\r\nHost: api.mist.com\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
        )
        assert tls.recv(1000).startswith(b"HTTP/1.1 100 ")
        tls.sendall(b"[]")
        assert tls.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_pipelined_requests_are_answered_in_order(lab: Lab) -> None:
    with tunnel(lab) as tls:
        for number in (1, 2, 3):
            tls.sendall(b"GET /request?number=%d HTTP/1.1\r\nHost: api.mist.com\r\n\r\n" % number)
        received = b""
        while received.count(b"sha256") < 3:
            received += tls.recv(65536)
    positions = [received.index(b"number=%d" % number) for number in (1, 2, 3)]
    assert positions == sorted(positions)


def test_early_refusal_of_a_large_body_reaches_the_client(lab: Lab) -> None:
    answer = lab.session().post("https://api.mist.com/refused", data=os.urandom(4 * FIVE_MB))
    assert (answer.status_code, answer.json()) == (413, {"detail": "too large"})


def test_truncated_answer_is_not_passed_off_as_whole(lab: Lab) -> None:
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        lab.session().get("https://api.mist.com/truncated")


def test_silent_instance_is_a_bad_gateway_in_mist_shape(lab: Lab) -> None:
    answer = lab.session().get("https://api.mist.com/silent")
    assert answer.status_code == 502
    assert answer.json()["detail"].startswith(
        f"mistadmin lab: no answer from the instance at {lab.server.address}"
    )


def test_stopped_instance_is_a_bad_gateway_even_for_a_large_body(lab: Lab) -> None:
    lab.server.shutdown()
    lab.server.server_close()
    answer = lab.session().post("https://api.mist.com/body", data=os.urandom(FIVE_MB))
    assert answer.status_code == 502


def test_client_that_leaves_takes_the_request_with_it(lab: Lab) -> None:
    with tunnel(lab) as tls:
        tls.sendall(b"GET /waiting HTTP/1.1\r\nHost: api.mist.com\r\n\r\n")
        assert lab.server.asked.wait(10)
    assert lab.server.hung_up.wait(10)


def test_client_that_leaves_in_its_body_never_completes_the_request(lab: Lab) -> None:
    with tunnel(lab) as tls:
        tls.sendall(b"POST /waiting HTTP/1.1\r\nHost: api.mist.com\r\nContent-Length: 100\r\n\r\n")
        assert lab.server.asked.wait(10)
    assert lab.server.hung_up.wait(10)


def test_forwarding_headers_of_the_client_do_not_arrive(lab: Lab) -> None:
    spoofed = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "Forwarded": "for=10.0.0.1",
        "Connection": "X-Hop",
        "X-Hop": "1",
        "X-Kept": "1",
    }
    request = lab.session().get("https://api.mist.com/request", headers=spoofed).json()
    arrived = {name.lower() for name, _ in request["headers"]}
    assert arrived.isdisjoint({"x-forwarded-host", "x-forwarded-proto", "forwarded", "x-hop"})
    assert "x-kept" in arrived
    assert header(request, "host") == [lab.server.address]


@pytest.mark.parametrize(
    ("host", "names"),
    [
        ("api.mist.com", {"csrftoken", "sessionid"}),
        ("api.eu.mist.com", {"csrftoken", "csrftoken.eu", "sessionid"}),
        ("api.us.mist-federal.com", {"csrftoken", "csrftoken.us", "sessionid"}),
    ],
)
def test_csrf_cookie_carries_the_name_of_the_cloud(lab: Lab, host: str, names: set[str]) -> None:
    session = lab.session()
    session.post(f"https://{host}/login")
    assert set(session.cookies.keys()) == names
    assert session.cookies.get(max(names - {"sessionid"})) == "secret"


def test_leaving_the_block_frees_the_port_while_a_client_stays(
    echo_server: EchoServer, tmp_path: Path
) -> None:
    authority, context = make_authority(MIST_HOSTS, tmp_path)
    origin = Origin("127.0.0.1", echo_server.server_port, echo_server.address)
    with LabProxy(MIST_HOSTS, context, origin) as proxy:
        idle = tunnel(Lab(echo_server, proxy, authority))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", proxy.port), timeout=5)
    idle.close()


def tunnel(lab: Lab) -> ssl.SSLSocket:
    plain = socket.create_connection(("127.0.0.1", lab.proxy.port), timeout=20)
    plain.sendall(b"CONNECT api.mist.com:443 HTTP/1.1\r\nHost: api.mist.com:443\r\n\r\n")
    assert plain.recv(1000).startswith(b"HTTP/1.1 200 ")
    return lab.context().wrap_socket(plain, server_hostname="api.mist.com")
