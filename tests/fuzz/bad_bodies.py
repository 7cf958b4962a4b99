"""Requests whose bodies are not what they should be: JSON, forms, files, sizes."""

from __future__ import annotations

import json
import random
from typing import Final

from tests.fuzz.wire import Address, spoken, without


def bad_json(chance: random.Random, at: Address) -> bytes:
    """JSON that is broken, deep, large, or of other types than anybody wants."""
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
        method, at.path, [*without(at, b"Content-Type"), (b"Content-Type", b"application/json")], body
    )


_FORM: Final = b"multipart/form-data; boundary=b"
_URLENCODED: Final = b"application/x-www-form-urlencoded"
_FORM_PART: Final = b'--b\r\nContent-Disposition: form-data; name="file"; filename="%b"\r\n%b\r\n%b\r\n'


def _part(name: bytes, headers: bytes, content: bytes, *, times: int = 1) -> bytes:
    return (_FORM_PART % (name, headers, content)) * times + b"--b--"


def bad_content_type(chance: random.Random, at: Address) -> bytes:
    """A body of another type than it says, or a broken form."""
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
        [*without(at, b"Content-Type"), (b"Content-Type", kind)],
        body,
    )


def large(chance: random.Random, at: Address) -> bytes:
    """A body near the limit or over it."""
    size = chance.choice((100_000, 1_000_000, 5 * 2**20, 5 * 2**20 + 1, 6 * 2**20))
    body = chance.choice((b" ", b"a", b"[", b"\x00", b"&")) * size
    kind = chance.choice((b"application/json", _URLENCODED, _FORM))
    return spoken(b"POST", at.path, [*without(at, b"Content-Type"), (b"Content-Type", kind)], body)
