"""A browser reduced to what the demonstration needs: cookies, links, HTML forms and JSON calls."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from typing import Any, Final

TIMEOUT: Final = 60  # seconds per request

Fields = list[tuple[str, str]]


class Unexpected(Exception):
    """The server answered something else than the journey needs."""


@dataclass
class Form:
    """One HTML form: where it goes and what it would send untouched."""

    action: str
    names: set[str] = field(default_factory=set)
    values: Fields = field(default_factory=list)


@dataclass(frozen=True)
class Page:
    """One answer: the address after redirects, the status, the decoded body, its forms and links."""

    url: str
    status: int
    text: str
    forms: list[Form]
    links: list[str]
    words: str

    @property
    def path(self) -> str:
        return urllib.parse.urlsplit(self.url).path

    def form(self, *names: str, action: str = "") -> Form:
        """The first form with these fields and this text in its action; raises Unexpected without one."""
        for form in self.forms:
            if form.names.issuperset(names) and action in form.action:
                return form
        raise Unexpected(f"{self.path} has no form {action} with {', '.join(names)}: {self.words[:300]}")


class Browser:
    """One person's session at `base`, an address without a trailing slash."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._cookies = CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self._cookies)
        )

    def get(self, path: str) -> Page:
        """Open a page; raises Unexpected for an error status."""
        return self._page(self._request("GET", self._url(path)))

    def submit(self, page: Page, form: Form, values: Mapping[str, str | list[str]]) -> Page:
        """Fill in a form of `page` and send it, hidden fields too; raises Unexpected for an error status."""
        kept = [(name, value) for name, value in form.values if name not in values]
        pairs = kept + [(name, one) for name, given in values.items() for one in _many(given)]
        body = urllib.parse.urlencode(pairs).encode()
        request = self._request("POST", urllib.parse.urljoin(page.url, form.action or page.url), body)
        request.add_header("Content-Type", "application/x-www-form-urlencoded")
        request.add_header("Referer", page.url)
        request.add_header("Origin", self.base)
        return self._page(request)

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """One REST call in this session; the decoded JSON of a 200, Unexpected for anything else."""
        data = None if body is None else json.dumps(body).encode()
        request = self._request(method, self._url(f"/api/v1{path}"), data)
        request.add_header("Accept", "application/json")
        request.add_header("Content-Type", "application/json")
        request.add_header("X-CSRFToken", self._cookie("csrftoken"))
        status, _, text = self._open(request)
        if status != 200:
            raise Unexpected(f"{method} {path}: {status} {text[:500]}")
        return json.loads(text) if text else {}

    def _request(self, method: str, url: str, body: bytes | None = None) -> urllib.request.Request:
        if not url.startswith(f"{self.base}/"):
            raise Unexpected(f"{url} leads away from {self.base}")
        return urllib.request.Request(url, body, method=method)  # noqa: S310 - our own server's address

    def _page(self, request: urllib.request.Request) -> Page:
        status, url, text = self._open(request)
        reader = _Reader()
        reader.feed(text)
        page = Page(url, status, text, reader.forms, reader.links, " ".join(" ".join(reader.words).split()))
        if status >= 400:
            raise Unexpected(f"{request.method} {page.path}: {status} {page.words[:300]}")
        return page

    def _open(self, request: urllib.request.Request) -> tuple[int, str, str]:
        try:
            with self._opener.open(request, timeout=TIMEOUT) as answer:
                return answer.status, answer.url, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.url or request.full_url, error.read().decode(errors="replace")

    def _cookie(self, name: str) -> str:
        return next((cookie.value or "" for cookie in self._cookies if cookie.name == name), "")

    def _url(self, path: str) -> str:
        return urllib.parse.urljoin(self.base, path)


class _Reader(HTMLParser):
    """Collects forms, links and visible words."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self._open: Form | None = None
        self._select = ""
        self._hidden = 0
        self._textarea = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "form":
            self._open = Form(given.get("action", ""))
            self.forms.append(self._open)
        elif tag in ("script", "style", "template"):
            self._hidden += 1
        elif self._open is not None:
            self._add_field(self._open, tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._textarea = False
        elif tag in ("script", "style", "template"):
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        if self._textarea and self._open is not None:
            name, value = self._open.values.pop()
            self._open.values.append((name, value + data))
        elif not self._hidden and data.strip():
            self.words.append(data)

    def _add_field(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name = given.get("name", "")
        if tag == "option":
            # A select that marks nothing sends its first option.
            if self._select and ("selected" in given or self._select not in dict(form.values)):
                form.values[:] = [pair for pair in form.values if pair[0] != self._select]
                form.values.append((self._select, given.get("value", "")))
        elif tag in ("input", "select", "textarea") and name:
            form.names.add(name)
            self._select = name if tag == "select" else ""
            self._textarea = tag == "textarea"
            if self._textarea or (tag == "input" and _is_sent(given)):
                form.values.append((name, given.get("value", "on" if "checked" in given else "")))


def _is_sent(given: Mapping[str, str]) -> bool:
    if given.get("type") in ("checkbox", "radio"):
        return "checked" in given
    return given.get("type") not in ("submit", "button", "image", "reset", "file")


def _many(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
