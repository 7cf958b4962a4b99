"""Requests that no client library would send, made from a seed and sent over a plain socket.

Whatever comes, the server answers with anything but a 5xx, or hangs up; and it does so soon.
"""

from __future__ import annotations

import contextlib
import json
import random
import re
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

# Longer than any answer may take; a connection that says nothing for so long hangs.
PATIENCE: Final = 20.0
# How long a whole request is waited for before our side of the connection is closed.
_HEADSTART: Final = 2.0
_STATUS: Final = re.compile(rb"^HTTP/1\.[01] (\d{3})", re.M)
_AT_ONCE: Final = 8
Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Address:
    """Something the server serves, and how it is asked for properly."""

    method: bytes
    path: bytes
    headers: Headers
    body: bytes = b""


@dataclass(frozen=True)
class Raw:
    """One request as bytes, and what is wrong with it."""

    number: int
    kind: str
    data: bytes
    path: bytes


@dataclass
class Outcome:
    """What became of all of them."""

    sent: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    closed: int = 0
    faults: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


def requests(addresses: Sequence[Address], seed: int, count: int) -> Iterator[Raw]:
    """So many malformed requests, always the same for a seed and addresses; every kind in its turn."""
    chance = random.Random(seed)
    kinds = list(_KINDS.items())
    for number in range(count):
        kind, make = kinds[number % len(kinds)]
        address = chance.choice(addresses)
        yield Raw(number, kind, make(chance, address), address.path)


def send_all(port: int, raws: Iterable[Raw]) -> Outcome:
    """Send them, several at once, and note what is answered."""
    outcome = Outcome()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for raw, (statuses, seconds, hung) in pool.map(lambda raw: (raw, send(port, raw.data)), raws):
            outcome.sent += 1
            outcome.kinds[raw.kind] += 1
            outcome.statuses.update(statuses)
            outcome.closed += not statuses
            outcome.seconds.append(seconds)
            if hung or any(status >= 500 for status in statuses):
                told = "hangs" if hung else f"answers {statuses}"
                shown = f"{raw.data[:600]!r}{'…' if len(raw.data) > 600 else ''}"
                outcome.faults.append(f"no. {raw.number} ({raw.kind}) {told}: {shown}")
    return outcome


def send(port: int, data: bytes) -> tuple[list[int], float, bool]:
    """The statuses of what was answered, seconds to the first byte of it, and whether nothing ever came.

    The server may wait for what is missing of a request; seconds are counted from when it knows all of it.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        # Refused before all of it was read, as what is too large: what was said counts.
        with contextlib.suppress(OSError):
            connection.sendall(data)
        answer, seconds = _first(connection)
        if answer is None:
            return [], PATIENCE, True
        return [int(status) for status in _STATUS.findall(answer + _rest(connection))], seconds, False


def _first(connection: socket.socket) -> tuple[bytes | None, float]:
    """The first bytes of the answer, empty when the server hung up, None for silence; and seconds."""
    for patience in (_HEADSTART, PATIENCE):
        began = time.perf_counter()
        connection.settimeout(patience)
        try:
            return connection.recv(65536), time.perf_counter() - began
        except TimeoutError:
            # Perhaps the server waits for the rest: there is none.
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            return b"", time.perf_counter() - began
    return None, PATIENCE


def _rest(connection: socket.socket) -> bytes:
    connection.settimeout(0.3)
    rest = b""
    # It keeps the connection open, or has cut it.
    with contextlib.suppress(OSError):
        while part := connection.recv(65536):
            rest += part
    return rest


def spoken(method: bytes, path: bytes, headers: Headers, body: bytes = b"", *, length: bool = True) -> bytes:
    """A request as bytes; nothing is checked."""
    lines = [method + b" " + path + b" HTTP/1.1", *(name + b": " + value for name, value in headers)]
    if length and body:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def _proper(address: Address, *more: tuple[bytes, bytes], body: bytes | None = None, **how: bool) -> bytes:
    taken = address.body if body is None else body
    return spoken(address.method, address.path, [*address.headers, *more], taken, **how)


def _request_line(chance: random.Random, at: Address) -> bytes:
    path = at.path
    line = chance.choice(
        [
            b"GET\t" + path + b" HTTP/1.1",
            b"GET  " + path + b"  HTTP/1.1",
            b"GET " + path,
            b"GET " + path + b" HTTP/0.9",
            b"GET " + path + b" HTTP/1.0",
            b"GET " + path + b" HTTP/2.0",
            b"GET " + path + b" HTTP/9.9",
            b"GET " + path + b" HTTPS/1.1",
            b"GET " + path + b" http/1.1",
            b"get " + path + b" HTTP/1.1",
            b"G\x00T " + path + b" HTTP/1.1",
            b"\xff\xfe " + path + b" HTTP/1.1",
            b"A" * 5000 + b" " + path + b" HTTP/1.1",
            b" " + path + b" HTTP/1.1",
            b"GET",
            b"",
            b"\r\n\r\nGET " + path + b" HTTP/1.1",
            b"GET http://evil.example" + path + b" HTTP/1.1",
            b"GET http://127.0.0.1:99999" + path + b" HTTP/1.1",
            b"GET //evil.example" + path + b" HTTP/1.1",
            b"CONNECT evil.example:443 HTTP/1.1",
            b"OPTIONS * HTTP/1.1",
            b"GET * HTTP/1.1",
            b"GET " + path + b"#fragment HTTP/1.1",
            b"GET " + path + b"?" + b"a" * 70_000 + b" HTTP/1.1",
            b"TRACE " + path + b" HTTP/1.1",
            b"PRI * HTTP/2.0",
            b"QUERY " + path + b" HTTP/1.1",
            b"GET " + path + b" HTTP/1.1\rX: y",
            b"GET " + path + b"\x0b HTTP/1.1",
        ]
    )
    return line + b"\r\n" + _lines(at.headers) + b"\r\n"


def _lines(headers: Headers) -> bytes:
    return b"".join(name + b": " + value + b"\r\n" for name, value in headers)


_PATH_TRICKS: Final = (
    *(b"/..", b"/../../../../etc/passwd", b"/%2e%2e/%2e%2e/etc/passwd", b"/..%2f..%2f", b"/..\\..\\"),
    *(b"//",),
    *(b"/%00", b"%00", b"/%ff", b"/%c0%ae%c0%ae/", b"/%e0%80%80", b"/%", b"/%zz", b"/%u0041"),
    *(b"/%0d%0aX: y",),
    *(
        b";jsessionid=1",
        b"/.;/",
        b"/\xc3\xbc",
        b"/\xff\xfe",
        b"/\x01",
        b"/%F0%9F%98%80",
        b"/%ed%a0%80",
        b"/.",
    ),
    *(
        b"/" + b"a" * 9000,
        b"/a" * 2000,
        b"/%2F%2F",
        b"/\\",
        b"/|",
        b"/<script>",
        b"/'\"",
        b"/{org_id}",
        b"/~",
    ),
    *(b"/00000000-0000-0000-0000-000000000000", b"/" + b"0" * 32, b"/-1", b"/99999999999999999999"),
    *(b"/NaN",),
)


def _path(chance: random.Random, at: Address) -> bytes:
    trick = chance.choice(_PATH_TRICKS)
    parts = at.path.split(b"/")
    where = chance.randrange(1, len(parts) + 1)
    path = b"/".join(parts[:where]) + trick + b"/".join(parts[where:])
    return spoken(at.method, path, at.headers, at.body)


_QUERIES: Final = (
    *(
        b"page=-1",
        b"page=99999999999999999999",
        b"page=1e9",
        b"page=%EF%BC%91",
        b"limit=NaN",
        b"limit=",
        b"page=",
    ),
    *(
        b"limit=-0",
        b"page=1&page=2",
        b"limit=1000&page=9999999",
        b"a=%00",
        b"%00=a",
        b"a=%ff",
        b"%ff=%ff",
        b"%",
        b"a=%",
    ),
    *(
        b"start=1e400",
        b"end=-1e400",
        b"start=nan",
        b"end=inf",
        b"duration=999999w",
        b"duration=-1d",
        b"duration=0s",
    ),
    *(
        b"start=99999999999999",
        b"end=0&start=99999999999",
        b"sort=;drop",
        b"sort=__class__",
        b"distinct=password",
    ),
    *(
        b"sort=org__admins__password",
        b"type=%27",
        b"name=%25%25",
        b"text=" + b"*" * 3000,
        b"mac=" + b"f," * 3000,
    ),
    *(
        b"site_id=%7B%7D",
        b"site_id=" + b"0" * 5000,
        b"org_id[]=1",
        b"a[b][c]=1",
        b"&&&&",
        b"===",
        b"a=1;b=2",
        b"?a=?",
    ),
    *(b"q=" + b"\xed\xa0\x80", b"q=%ED%A0%80", b"q=\xff", b"q=%F0%9F%98%80" * 100),
    *(b"name=" + b"a" * 20_000,),
    *(
        b"&".join(b"k%d=v" % n for n in range(5000)),
        b"fields=" + b"a," * 2000,
        b"by=qrcode&by=x",
        b"after=zzz",
    ),
)


def _query(chance: random.Random, at: Address) -> bytes:
    query = b"&".join(chance.sample(_QUERIES, chance.choice((1, 1, 2, 3))))
    return spoken(at.method, at.path + b"?" + query, at.headers, at.body)


def _header(chance: random.Random, at: Address) -> bytes:
    odd = chance.choice(
        [
            b"NoColon",
            b"Space : before",
            b" Leading: space",
            b": no name",
            b"Folded: a\r\n b",
            b"Nul: a\x00b",
            b"Bell: a\x07b",
            b"Latin: \xfc\xff",
            b"Utf8: \xf0\x9f\x98\x80",
            b"Na\x00me: x",
            b"N\xc3\xa4me: x",
            b"X" * 70_000 + b": y",
            b"X: " + b"y" * 70_000,
            b"\r\n".join(b"X-%d: y" % n for n in range(300)),
            b"X: a\nY: b",
            b"X: a\rY: b",
            b"Host: evil.example",
            b"X-Forwarded-For: " + b"1.2.3.4, " * 500,
            b"X-Forwarded-For: not an address",
            b"X-Forwarded-For: \xff",
            b"X-Forwarded-Proto: https, http",
            b"X-Forwarded-Host: evil.example",
            b"X-HTTP-Method-Override: DELETE",
            b"Origin: null",
            b"Origin: http://[::1",
            b"Referer: http://[",
            b"Referer: \xff\xfe",
            b"Accept: " + b"a/b," * 5000,
            b"Accept: \x80;q=nan",
            b"Accept-Language: " + b"x-" * 2000,
            b"Accept-Encoding: gzip;q=nan, \xff",
            b"User-Agent: " + b"\xff" * 3000,
            b"HX-Request: true\r\nHX-Current-URL: http://[\r\nHX-Target: \xff",
            b"HX-Request: true\r\nHX-Current-URL: %00%ff\r\nHX-Current-URL-URI-AutoEncoded: true",
            b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
            b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x",
            b"Expect: 100-continue",
            b"Expect: the unexpected",
            b"Idempotency-Key: \xff" + b"k" * 4000,
            b"X-CSRFToken: \xff\xff",
            b"X-CSRFToken: " + b"x" * 5000,
        ]
    )
    hosts = [
        b"",
        b"Host: \r\n",
        b"Host: a b\r\n",
        b"Host: [::1\r\n",
        b"Host: 127.0.0.1:bad\r\n",
        b"Host: \xff\r\n",
    ]
    headers = list(at.headers)
    if chance.randrange(4) == 0:
        headers = [pair for pair in headers if pair[0] != b"Host"]
        odd = chance.choice(hosts) + odd
    start = at.method + b" " + at.path + b" HTTP/1.1\r\n"
    length = b"Content-Length: %d\r\n" % len(at.body)
    return start + odd + b"\r\n" + _lines(headers) + length + b"\r\n" + at.body


def _length(chance: random.Random, at: Address) -> bytes:
    body = at.body or b"{}"
    wrong = chance.choice(
        [
            *(
                b"-1",
                b"+2",
                b"0x2",
                b"2.0",
                b"1e3",
                b"",
                b" ",
                b"two",
                b"\xff",
                b"2, 2",
                b"2, 3",
                b"2 2",
                b"02",
            ),
            *(b"9" * 30, b"18446744073709551615", b"18446744073709551616", b"9223372036854775807", b"1_0"),
            *(b"%d" % (len(body) + 10), b"%d" % max(0, len(body) - 1), b"0", b"\xd9\xa2"),
        ]
    )
    more = chance.choice([b"", b"", b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n"])
    start = chance.choice((at.method, b"POST", b"GET")) + b" " + at.path + b" HTTP/1.1\r\n"
    return start + _lines(at.headers) + b"Content-Length: " + wrong + b"\r\n" + more + b"\r\n" + body


def _chunked(chance: random.Random, at: Address) -> bytes:
    chunks = chance.choice(
        [
            b"2\r\n{}\r\n0\r\n\r\n",
            b"2\r\n{}\r\n0\r\nTrailer: x\r\nHost: evil.example\r\n\r\n",
            b"-2\r\n{}\r\n0\r\n\r\n",
            b"FFFFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n",
            b"7FFFFFFFFFFFFFFF\r\n{}\r\n",
            b"g\r\n{}\r\n0\r\n\r\n",
            b"2;" + b"x" * 70_000 + b"\r\n{}\r\n0\r\n\r\n",
            b"2\n{}\n0\n\n",
            b"2\r\n{}",
            b"\r\n\r\n",
            b"2 \r\n{}\r\n0\r\n\r\n",
            b"0\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
            b"1\r\n{\r\n" * 3000 + b"0\r\n\r\n",
            b"0x2\r\n{}\r\n0\r\n\r\n",
        ]
    )
    coding = chance.choice(
        [
            b"chunked",
            b"Chunked",
            b"xchunked",
            b"gzip, chunked",
            b"chunked, identity",
            b"chunked, chunked",
            b"\x0bchunked",
        ]
    )
    more = chance.choice(
        [b"", b"Content-Length: 2\r\n", b"Transfer-Encoding: identity\r\n", b"Transfer-Encoding : x\r\n"]
    )
    method = chance.choice((at.method, b"POST", b"PUT"))
    start = method + b" " + at.path + b" HTTP/1.1\r\nTransfer-Encoding: " + coding + b"\r\n" + more
    return start + _lines(at.headers) + b"\r\n" + chunks


def _json(chance: random.Random, at: Address) -> bytes:
    deep = chance.choice((99, 100, 101, 5000, 100_000))
    body = chance.choice(
        [
            *(
                b"{",
                b"[",
                b'{"a":',
                b"nul",
                b"'a'",
                b"{a:1}",
                b"[1,]",
                b"{}{}",
                b"\xef\xbb\xbf{}",
                b"\x00",
                b"{}\x00",
            ),
            *(b'{"a": "\xff"}', b'{"a": "\\ud800"}', b'{"a": "\\u0000"}', b'{"\\u0000": 1}'),
            *(b'{"a": "\\x"}',),
            *(b'{"name": NaN}', b'{"name": Infinity}', b'{"name": 1e999}'),
            *(b'{"name": ' + b"9" * 5000 + b"}",),
            *(b"[" * deep + b"]" * deep, b'{"a":' * deep + b"1" + b"}" * deep, b"[" * deep),
            *(
                b'{"name": "' + b"a" * 1_000_000 + b'"}',
                b"[" + b"1," * 100_000 + b"1]",
                b"{}" + b" " * 100_000,
            ),
            *(
                b"null",
                b"true",
                b"0",
                b'""',
                b"[]",
                b"[[]]",
                b"[null]",
                b"[{}]",
                b'"text"',
                b"-0",
                b"1.5e-300",
            ),
            *(
                '{"name": "ü"}'.encode("utf-16"),
                '{"name": "ü"}'.encode("utf-32"),
                b"+ADw-",
                b'{"name": "\xed\xa0\x80"}',
            ),
            *(
                b'{"name": {}}',
                b'{"name": []}',
                b'{"name": true}',
                b'{"name": 1}',
                b'{"id": [], "org_id": {}}',
            ),
            *(b'{"__proto__": {}, "__class__": 1}', b'{"name": "a", "name": "b"}'),
            *(b'{"privileges": [[[]]]}',),
            json.dumps({"name": "x", "macs": [{}, None, 7, "x" * 999], "site_id": 7, "op": ["a"]}).encode(),
            json.dumps({"vars": {"a" * 300: {}}, "latlng": [1], "sitegroup_ids": "x", "rules": [1]}).encode(),
            json.dumps({"auto_site_assignment": {"rules": [{"src": []}]}, "password_policy": 3}).encode(),
            json.dumps(
                {"email": ["a"], "password": {}, "two_factor": [], "first_name": 1, "hours": 10**30}
            ).encode(),
            json.dumps(
                {"timezone": "../../etc/passwd", "country_code": "\u0130\u0130", "name": "\u202e"}
            ).encode(),
        ]
    )
    method = chance.choice((b"POST", b"PUT", b"PUT", at.method))
    return spoken(
        method, at.path, [*_without(at, b"Content-Type"), (b"Content-Type", b"application/json")], body
    )


_FORM: Final = b"multipart/form-data; boundary=b"
_URLENCODED: Final = b"application/x-www-form-urlencoded"
_FORM_PART: Final = b'--b\r\nContent-Disposition: form-data; name="file"; filename="%b"\r\n%b\r\n%b\r\n'


def _part(name: bytes, headers: bytes, content: bytes, *, times: int = 1) -> bytes:
    return (_FORM_PART % (name, headers, content)) * times + b"--b--"


def _content_type(chance: random.Random, at: Address) -> bytes:
    kind, body = chance.choice(
        [
            (b"", b"{}"),
            (b"application/json; charset=utf-16", b"{}"),
            (b"application/json; charset=\xff", b"{}"),
            (b"application/json; charset=utf-7", b"+AHs-"),
            (b"application/json;" + b";" * 3000, b"{}"),
            (b"application/xml", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
            (b"text/html", b"<a>"),
            (b"*/*", b"{}"),
            (b"json", b"{}"),
            (_URLENCODED, b"a=%00&b=%ff&%zz=1"),
            (_URLENCODED, b"&" * 100_000),
            (_URLENCODED, b"&".join(b"f%d=1" % n for n in range(70_000))),
            (b"application/x-www-form-urlencoded; charset=utf-16", b"name=x"),
            (b"application/x-www-form-urlencoded; charset=no-such", b"name=%E9"),
            (_URLENCODED, b"name=\xff\xfe&site=" + b"9" * 5000),
            (b"multipart/form-data", b"--b--"),
            (b"multipart/form-data; boundary=", b"----"),
            (b"multipart/form-data; boundary=" + b"b" * 5000, b"--b--"),
            (b"multipart/form-data; boundary=\xff", b"--\xff--"),
            (_FORM, b"--b\r\n"),
            (
                _FORM,
                b"--b\r\nContent-Disposition: form-data; name=file\r\n\r\nx",
            ),
            (_FORM, _part(b"../../x", b"", b"x")),
            (
                _FORM,
                _part(b"x\x00y", b"Content-Type: \xff\r\n", b"\x00"),
            ),
            (
                _FORM,
                _part(b"a", b"Content-Transfer-Encoding: base64\r\n", b"!"),
            ),
            (
                _FORM,
                _part(b"a", b"X: " + b"y" * 9000 + b"\r\n", b"z"),
            ),
            (
                _FORM,
                _part(b"a.png", b"", b"\x89PNG\r\n\x1a\n" + b"\x00" * 99),
            ),
            (
                _FORM,
                _part(b"a.csv", b"", b"mac,name\n\xff\xfe,\x00\n"),
            ),
            (
                _FORM,
                _part(b"a.esx", b"", b"PK\x03\x04" + b"\xff" * 200),
            ),
            (_FORM, _part(b"a", b"", b"z", times=300)),
            (b"multipart/form-data; boundary=b; charset=utf-16", _part(b"a", b"", b"z")),
            (b"multipart/mixed; boundary=b", b"--b\r\n\r\nx\r\n--b--"),
        ]
    )
    return spoken(
        chance.choice((b"POST", b"PUT", at.method)),
        at.path,
        [*_without(at, b"Content-Type"), (b"Content-Type", kind)],
        body,
    )


def _condition(chance: random.Random, at: Address) -> bytes:
    name = chance.choice(
        (b"If-Match", b"If-None-Match", b"If-Modified-Since", b"If-Unmodified-Since", b"Range", b"If-Range")
    )
    value = chance.choice(
        [
            *(
                b"*",
                b"*, *",
                b'""',
                b'"',
                b"W/",
                b'W/"a',
                b'"a" "b"',
                b'"a",,"b"',
                b'"\xff"',
                b'"\x00"',
                b"abc",
                b"",
            ),
            *(b'"' + b"a" * 20_000 + b'"', b'"a", ' * 3000, b'W/"a".b', b'"a.b.c.d"', b'"."', b"null"),
            *(
                b"Mon, 99 Nov 2026 99:99:99 GMT",
                b"Thu, 01 Jan 0000 00:00:00 GMT",
                b"yesterday",
                b"-1",
                b"\xff",
            ),
            *(
                b"Sun, 06 Nov 99999 08:49:37 GMT",
                b"Sunday, 06-Nov-94 08:49:37 GMT",
                b"0",
                b"Mon, 30 Feb 2026 00:00:00 GMT",
            ),
            *(
                b"bytes=0-",
                b"bytes=-1",
                b"bytes=-",
                b"bytes=5-1",
                b"bytes=0-0,2-2",
                b"bytes=" + b"0-1," * 2000,
            ),
            *(
                b"bytes=99999999999999999999-",
                b"bytes=a-b",
                b"items=0-1",
                b"bytes=-99999999999",
                b"bytes=0--1",
                b"bytes 0-1",
            ),
        ]
    )
    return _proper(at, (name, value))


def _cookie(chance: random.Random, at: Address) -> bytes:
    cookie = chance.choice(
        [
            *(
                b"sessionid=",
                b"sessionid=" + b"x" * 9000,
                b"sessionid=a\x00b",
                b"sessionid=\xff",
                b"sessionid=../../x",
            ),
            *(
                b"sessionid=a; sessionid=b",
                b"csrftoken=",
                b"csrftoken=" + b"x" * 31,
                b"csrftoken=" + b"\xff" * 32,
            ),
            *(
                b"csrftoken=a; csrftoken=b",
                b";;;;",
                b"=",
                b"==;=",
                b"a",
                b'a="',
                b'a="\\',
                b'a="\\400"',
                b"$Version=1; $Path=/",
            ),
            *(
                b"messages=x",
                b"messages=W1siX19qc29uX21lc3NhZ2UiXQ:x:y",
                b"messages=" + b"W" * 9000,
                b"a=\x01\x02\x03",
            ),
            *(
                b"; ".join(b"c%d=v" % n for n in range(500)),
                b"sessionid=%00",
                b'sessionid="\\000"',
                b"a=b, c=d",
                b"\xf0\x9f=1",
            ),
        ]
    )
    return spoken(at.method, at.path, [*_without(at, b"Cookie"), (b"Cookie", cookie)], at.body)


def _credential(chance: random.Random, at: Address) -> bytes:
    value = chance.choice(
        [
            *(
                b"",
                b"Token",
                b"Token ",
                b"Token  x",
                b"token x",
                b"Token a b",
                b"Token \xff",
                b"Token " + b"x" * 20_000,
            ),
            *(
                b"Basic",
                b"Basic !!!",
                b"Basic YTpi",
                b"Basic " + b"Q" * 20_000,
                b"Bearer x",
                b"Bearer a.b.c",
                b"Digest x",
            ),
            *(
                b"Token \x00",
                b"Token x\r\nX: y",
                b"Token lab_",
                b"Token lab_\xc3\xbc",
                b"Token NULL",
                b"Negotiate x",
                b"\xff",
            ),
        ]
    )
    twice = [(b"Authorization", b"Token y")] if chance.randrange(4) == 0 else []
    return spoken(
        at.method, at.path, [*_without(at, b"Authorization"), (b"Authorization", value), *twice], at.body
    )


def _device(chance: random.Random, at: Address) -> bytes:
    path = chance.choice(
        (b"/device/v1/checkin", b"/device/v1/adopt/ocd", b"/device/v1/adopt/\xff", b"/device/v1/adopt/%00")
    )
    said = [
        (
            b"X-Device-Mac",
            chance.choice(
                (b"5c5b35000001", b"", b"\xff", b"5C:5B:35:00:00:01", b"x" * 5000, b"000000000000")
            ),
        ),
        (
            b"X-Device-Time",
            chance.choice((b"0", b"nan", b"inf", b"1e999", b"-1", b"", b"1793000000", b"9" * 400, b"\xff")),
        ),
        (b"X-Device-Signature", chance.choice((b"", b"x", b"0" * 64, b"\xff" * 64, b"f" * 10_000))),
    ]
    said = [pair for pair in said if chance.randrange(6)]
    body = chance.choice(
        (
            b"",
            b"{}",
            b"[]",
            b"{",
            b'{"model": 7}',
            b'{"lldp": []}',
            b"\xff",
            b'{"uptime": 1e400}',
            b"[" * 5000,
        )
    )
    host = [pair for pair in at.headers if pair[0] in (b"Host", b"Connection")]
    return spoken(chance.choice((b"POST", b"POST", b"GET", b"PUT")), path, [*host, *said], body)


def _no_http(chance: random.Random, at: Address) -> bytes:
    return chance.choice(
        [
            bytes.fromhex("16030100a5010000a10303") + chance.randbytes(160),
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00",
            chance.randbytes(chance.choice((1, 7, 200, 9000))),
            b"\x00" * 200,
            b"\r\n" * 200,
            b"\n",
            b"SSH-2.0-x\r\n",
            b"*1\r\n$4\r\nPING\r\n",
            b"GET / HTTP/1.1\r\n" + chance.randbytes(300),
            b"EHLO x\r\n",
        ]
    )


def _pipelined(chance: random.Random, at: Address) -> bytes:
    kinds = [make for make in _KINDS.values() if make is not _pipelined]
    open_headers = [pair for pair in at.headers if pair[0] != b"Connection"]
    good = spoken(at.method, at.path, open_headers, at.body)
    return good + chance.choice(kinds)(chance, at) + good


def _large(chance: random.Random, at: Address) -> bytes:
    size = chance.choice((100_000, 1_000_000, 5 * 2**20, 5 * 2**20 + 1, 6 * 2**20))
    body = chance.choice((b" ", b"a", b"[", b"\x00", b"&")) * size
    kind = chance.choice((b"application/json", _URLENCODED, _FORM))
    return spoken(b"POST", at.path, [*_without(at, b"Content-Type"), (b"Content-Type", kind)], body)


def _cut(chance: random.Random, at: Address) -> bytes:
    whole = _proper(at)
    return whole[: chance.randrange(1, len(whole))]


def _flipped(chance: random.Random, at: Address) -> bytes:
    data = bytearray(_proper(at))
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)


def _without(at: Address, name: bytes) -> Headers:
    return [pair for pair in at.headers if pair[0] != name]


# Every kind in its turn; large ones are made of megabytes, so that one kind in so many is enough of them.
_KINDS: Final[dict[str, Callable[[random.Random, Address], bytes]]] = {
    "request line": _request_line,
    "path": _path,
    "query": _query,
    "header": _header,
    "length": _length,
    "chunked": _chunked,
    "json": _json,
    "json again": _json,
    "content type": _content_type,
    "content type again": _content_type,
    "condition": _condition,
    "cookie": _cookie,
    "credential": _credential,
    "device call": _device,
    "no http": _no_http,
    "pipelined": _pipelined,
    "large": _large,
    "cut off": _cut,
    "flipped bytes": _flipped,
}
KINDS: Final = tuple(_KINDS)
