"""Somebody who calls an instance over HTTP, and keeps every answer to be searched."""

from __future__ import annotations

import re
from typing import Any

import requests

from tests.canaries.needles import Needles


class Caller:
    """A session with cookies and CSRF header, or a token; `answers` are texts with what was asked."""

    def __init__(self, base: str, needles: Needles, name: str, *, token: str = "") -> None:
        self.base, self.name, self._needles = base, name, needles
        self.http = requests.Session()
        self.http.trust_env = False
        self.answers: list[tuple[str, bytes]] = []
        if token:
            self.http.headers["Authorization"] = f"Token {token}"

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        """Call an operation of the API; the cookies it sets are secrets from then on."""
        csrf = self.http.cookies.get("csrftoken")
        headers = {**options.pop("headers", {}), **({"X-CSRFToken": csrf} if csrf else {})}
        url = f"{self.base}/api/v1{path}"
        answer = self.http.request(method, url, json=body, headers=headers, timeout=30, **options)
        self._note(f"{method} {path}", answer)
        return answer

    def ok(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """The body of a success."""
        answer = self.call(method, path, body, **options)
        assert answer.status_code == 200, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else {}

    def page(self, path: str, form: dict[str, str] | None = None) -> requests.Response:
        """Open a page, or send its form with the token of this browser."""
        url = f"{self.base}{path}"
        if form is None:
            answer = self.http.get(url, timeout=30)
        else:
            token = self.http.cookies.get("csrftoken") or ""
            answer = self.http.post(
                url, {**form, "csrfmiddlewaretoken": token}, timeout=30, allow_redirects=False
            )
        self._note(path, answer)
        return answer

    def _note(self, asked: str, answer: requests.Response) -> None:
        # A page's own forms carry the token of its browser, and nobody else's.
        text = re.sub(rb'name="csrfmiddlewaretoken"\s+value="[^"]+"', b"", answer.content)
        told = [value for name, value in answer.headers.items() if name.lower() != "set-cookie"]
        self.answers.append((f"answer to {self.name}, {asked}", text + "\n".join(told).encode()))
        for kind in ("sessionid", "csrftoken"):
            value = self.http.cookies.get(kind)
            if value and value not in self._needles.known.values():
                number = sum(one.startswith(f"cookie {kind} of {self.name}") for one in self._needles.known)
                self._needles.plant(f"cookie {kind} of {self.name} {number}", value)
