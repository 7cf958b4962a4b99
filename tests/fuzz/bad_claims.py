"""Requests that claim odd things: conditions, cookies, credentials, signatures of devices."""

from __future__ import annotations

import random

from tests.fuzz.wire import Address, proper, spoken, without


def bad_condition(chance: random.Random, at: Address) -> bytes:
    """A condition or a range that is hard to read."""
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
    return proper(at, (name, value))


def bad_cookie(chance: random.Random, at: Address) -> bytes:
    """Cookies that nobody has set."""
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
    return spoken(at.method, at.path, [*without(at, b"Cookie"), (b"Cookie", cookie)], at.body)


def bad_credential(chance: random.Random, at: Address) -> bytes:
    """A credential that is none."""
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
        at.method, at.path, [*without(at, b"Authorization"), (b"Authorization", value), *twice], at.body
    )


def device(chance: random.Random, at: Address) -> bytes:
    """A call of a device with odd signatures, times and reports."""
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
