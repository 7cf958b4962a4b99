"""What is wrong with a request itself is told in JSON, whichever operation it was meant for."""

import pytest

from tests.client import ApiClient

SETTING = "/orgs/{org}/setting"


@pytest.fixture
def path(world):
    return f"/orgs/{world.acme.id}/setting"


@pytest.mark.parametrize("body", [[], [{"a": 1}], "text", 7, True])
def test_put_wants_an_object(api, path, body):
    assert "object" in api("ada").put(path, body).expect(400)["detail"]


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": 1,}',
        b"\xff\xfe",
        b'{"a": "\xff"}',
        b'{"a": "\\ud800"}',
        b"nul",
        b'{"a": 1}{"b": 2}',
    ],
)
def test_broken_json_is_400(api, path, data):
    assert api("ada").send("PUT", path, data).expect(400)["detail"].startswith("JSON parse error")


@pytest.mark.parametrize("data", [b'{"a": "x\\u0000y"}', b'{"x\\u0000y": 1}', b'{"a": [{"b": "\\u0000"}]}'])
def test_nul_in_a_body_is_400(api, path, data):
    assert "NUL" in api("ada").send("PUT", path, data).expect(400)["detail"]


def test_escaped_backslash_before_u0000_is_no_nul(api, path):
    assert api("ada").send("PUT", path, b'{"odd": "\\\\u0000"}').ok()["odd"] == "\\u0000"


def test_nul_in_a_query_or_a_path_is_400(api, world):
    api("ada").send("GET", f"/orgs/{world.acme.id}/sites?name=a%00b").expect(400)
    api("ada").send("GET", "/orgs/%00/sites").expect(400)


@pytest.mark.parametrize("levels", [101, 1_000, 100_000])
def test_deep_json_is_400(api, path, levels):
    api("ada").send("PUT", path, b'{"a":' + b"[" * levels + b"]" * levels + b"}").expect(400)
    api("ada").send("PUT", path, b'{"a":' * levels + b"1" + b"}" * levels).expect(400)


def test_what_is_just_not_too_deep_survives_storing_masking_and_reading(api, path):
    ada, data = api("ada"), b'{"a":' + b"[" * 98 + b"]" * 98 + b"}"
    after = ada.send("PUT", path, data).ok()
    assert api("otto").get(path).ok()["a"] == after["a"]


def test_twenty_megabytes_are_413(api, path):
    assert "5 MB" in api("ada").send("PUT", path, b" " * 20 * 2**20).expect(413)["detail"]


def test_body_without_a_length_is_411_and_not_taken_for_an_empty_one(api, path):
    chunked = {"Transfer-Encoding": "chunked", "Content-Length": ""}
    refused = api("ada").send("PUT", path, b'{"notes": "x"}', headers=chunked).expect(411)
    assert "Content-Length" in refused["detail"]


def test_anonymous_twenty_megabytes_are_413(anonymous, path):
    anonymous.send("POST", "/register", b"[" * 20 * 2**20).expect(413)


@pytest.mark.parametrize("length", ["x", "-1", "1_000", ""])
def test_odd_content_lengths_are_no_fault_of_ours(api, path, length):
    ada = api("ada")
    ada.http.defaults["CONTENT_LENGTH"] = length
    assert ada.send("PUT", path).status in (200, 400)


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/xml"],
)
def test_other_content_types_are_415(api, path, content_type):
    api("ada").send("PUT", path, b"a=1", content_type=content_type).expect(415)


def test_charset_of_the_content_type_does_not_matter(api, path):
    api("ada").send("PUT", path, b'{"odd": "\xc3\xbc"}', content_type="application/json; charset=utf-8").ok()


def test_empty_body_is_an_empty_object(api, path):
    api("ada").send("PUT", path, b"").ok()
    api("ada").send("PUT", path, b"  ").ok()


@pytest.mark.parametrize(
    "accept", ["*/*", "application/json", "application/vnd.api+json", "text/html", "image/png"]
)
def test_answer_is_json_whatever_is_accepted(api, path, accept):
    ada = api("ada")
    ada.headers["Accept"] = accept
    ada.get(path).ok()


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("where", ["/nothing", "/orgs/not-an-id", "/self/", "/orgs/not-an-id/sites/x", ""])
def test_unknown_paths_are_404_for_everybody(api, anonymous, method, where):
    for client in (api("ada"), anonymous):
        assert client.send(method, where).expect(404) == {"detail": "Not found."}


@pytest.mark.parametrize(
    ("method", "where"), [("PATCH", "/self"), ("DELETE", "/orgs"), ("OPTIONS", "/self"), ("POST", SETTING)]
)
def test_methods_that_are_not_there_are_405(api, world, method, where):
    refused = api("ada").send(method, where.format(org=world.acme.id)).expect(405)
    assert refused["detail"] == f'Method "{method}" not allowed.'


def test_nobody_is_told_which_methods_there_are(anonymous, world):
    anonymous.send("PATCH", "/self").expect(401)


def test_huge_numbers_are_kept_or_refused(api, path):
    ada = api("ada")
    assert ada.send("PUT", path, b'{"n": 18446744073709551615}').ok()["n"] == 18446744073709551615
    for number in (b"1e400", b"-1e400", b"9" * 400):
        assert ada.send("PUT", path, b'{"n": ' + number + b"}").status in (200, 400)
        ada.get(path).ok()


@pytest.mark.parametrize(
    "number", [b"2e19", b"-1e19", b"1e300", b"1.8446744073709552E+19", b"99999999999999999999"]
)
def test_numbers_that_would_not_be_read_again_are_400(api, path, number):
    """PostgreSQL keeps 1e300 as an integer of 301 digits, which no answer can hold."""
    ada = api("ada")
    refused = ada.send("PUT", path, b'{"odd": [{"n": ' + number + b"}]}").expect(400)
    assert "64 bits" in refused["detail"]
    ada.send("PUT", path, b'{"odd": "1e300", "n": 1e15, "least": -9223372036854775808}').ok()
    ada.get(path).ok()


def test_foreign_host_is_refused(world):
    client = ApiClient(token=world.user_token.key)
    client.send("GET", "/self", headers={"Host": "evil.example"}).expect(400)


def test_every_answer_has_a_reference_for_the_log(api):
    assert api("ada").get("/self").headers["X-Request-Id"]
