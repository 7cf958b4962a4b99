"""Requests that are broken before their headers: lines, paths, queries, and what is no HTTP at all."""

from __future__ import annotations

import random
from typing import Final

from tests.fuzz.wire import Address, lines, proper, spoken


def bad_request_line(chance: random.Random, at: Address) -> bytes:
    """A first line that HTTP does not know, or does not know any more."""
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
    return line + b"\r\n" + lines(at.headers) + b"\r\n"


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


def bad_path(chance: random.Random, at: Address) -> bytes:
    """A path with a trick in it."""
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


def bad_query(chance: random.Random, at: Address) -> bytes:
    """A query of odd values."""
    query = b"&".join(chance.sample(_QUERIES, chance.choice((1, 1, 2, 3))))
    return spoken(at.method, at.path + b"?" + query, at.headers, at.body)


def no_http(chance: random.Random, at: Address) -> bytes:
    """Something that is no HTTP at all."""
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


def cut(chance: random.Random, at: Address) -> bytes:
    """A request that ends too early."""
    whole = proper(at)
    return whole[: chance.randrange(1, len(whole))]


def flipped(chance: random.Random, at: Address) -> bytes:
    """A request with other bytes here and there."""
    data = bytearray(proper(at))
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)
