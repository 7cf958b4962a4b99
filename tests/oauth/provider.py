"""A real OpenID provider on this machine: discovery, codes with PKCE, signed ID tokens; right or wrong."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT: Final = "mistadmin-test"
SECRET: Final = "a-secret-of-the-client"


@cache
def key(name: str = "k1") -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig", "alg": "RS256"})


@dataclass
class Provider:
    """Who is signed in there, and what its tokens say otherwise than they should."""

    issuer: str = ""
    subject: str = "1077"
    email: str = "nina@gmail.example"
    claims: dict[str, Any] = field(default_factory=dict)
    signs_with: RSAKey = field(default_factory=key)
    discovery: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    raw_token: str | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def approve(self, url: str) -> str:
        """The address that the provider sends the browser back to, once its user has agreed."""
        query = dict(parse_qsl(urlsplit(url).query))
        assert query["client_id"] == CLIENT
        assert query["code_challenge_method"] == "S256"
        assert query["scope"].split()[0] == "openid"
        code = uuid4().hex
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """The answer to a code, which is good once, for its client and its verifier."""
        asked = self.codes.pop(form.get("code", ""), None)
        credential = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if asked is None or challenge != asked["code_challenge"] or authorization != f"Basic {credential}":
            return 400, {"error": "invalid_grant"}
        if form.get("redirect_uri") != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "nonce": asked["nonce"],
            "email": self.email,
            **self.claims,
        }
        stated = {name: value for name, value in claims.items() if value is not None}
        signed = jwt.encode({"alg": "RS256", "kid": "k1"}, stated, self.signs_with)
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self.raw_token or signed}


@contextmanager
def serving(provider: Provider) -> Iterator[Provider]:
    """Serve it in a thread until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            provider.asked.append(path)
            if path == "/.well-known/openid-configuration":
                places = {
                    name: f"{provider.issuer}/{place}"
                    for name, place in {
                        "authorization_endpoint": "authorize",
                        "token_endpoint": "token",
                        "jwks_uri": "keys",
                    }.items()
                }
                self._send(provider.status, {"issuer": provider.issuer, **places, **provider.discovery})
            elif path == "/keys":
                self._send(200, {"keys": [key().as_dict(private=False)]})
            elif path == "/authorize":
                self.send_response(302)
                self.send_header("Location", provider.approve(self.path))
                self.send_header("Content-Length", "0")
                self.end_headers()
            else:
                self._send(404, {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._send(*provider.token(form, self.headers.get("Authorization", "")))

        def _send(self, status: int, body: Any) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
