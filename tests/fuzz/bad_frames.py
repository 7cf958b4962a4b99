"""Requests whose headers break, or do not say where their bodies end."""

from __future__ import annotations

import random

from tests.fuzz.wire import Address, lines


def bad_header(chance: random.Random, at: Address) -> bytes:
    """An odd header, sometimes with another Host or none."""
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
    return start + odd + b"\r\n" + lines(headers) + length + b"\r\n" + at.body


def bad_length(chance: random.Random, at: Address) -> bytes:
    """A Content-Length that is none, is wrong, or is there twice."""
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
    return start + lines(at.headers) + b"Content-Length: " + wrong + b"\r\n" + more + b"\r\n" + body


def chunked(chance: random.Random, at: Address) -> bytes:
    """A body in chunks, most of them broken."""
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
    return start + lines(at.headers) + b"\r\n" + chunks
