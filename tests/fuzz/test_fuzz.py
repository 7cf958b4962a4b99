"""What fuzzing stands on: a real id for every parameter, and requests that are the same for a seed."""

from __future__ import annotations

import random

import pytest
from drf_spectacular.generators import SchemaGenerator

from tests.arch.routes import operations
from tests.fuzz.addresses import addresses
from tests.fuzz.callers import Callers
from tests.fuzz.raw import KINDS, requests
from tests.fuzz.scene import PARAMETERS, Scene

_TYPES = {"object": dict, "array": list, "string": str}


@pytest.fixture
def scene(world, settings, tmp_path):
    settings.MEDIA_ROOT, settings.STATIC_ROOT = tmp_path / "media", tmp_path
    return Scene(world, random.Random(1))


def test_every_parameter_of_the_api_has_a_real_value():
    assert {name for one in operations() for name in one.parameters} - PARAMETERS == set()


def test_what_is_read_is_there_and_of_the_type_that_the_document_says(scene, api):
    """Whoever may do everything is told 404 of nothing that the scene names."""
    paths = SchemaGenerator().get_schema(public=True)["paths"]
    ada, wrong = api("ada"), []
    for one in operations():
        if one.method != "get" or "provider" in one.path or one.path.startswith("self/update"):
            continue
        values = scene.values("GET", f"/api/v1/{one.path}", scene.acme.founder, scene.acme)
        reply = ada.get("/" + one.path.format(**values))
        content = paths[f"/api/v1/{one.path}"]["get"]["responses"][str(reply.status)]["content"]
        media = reply.headers["Content-Type"].partition(";")[0]
        told = content.get(media, {}).get("schema", {}).get("type", "object")
        if reply.status == 404 or media not in content or not isinstance(reply.body, _TYPES[told]):
            wrong.append(f"{one}: {reply.status} {media} {type(reply.body)}, documented: {content}")
    assert wrong == []


def test_what_is_deleted_is_made_for_it(scene):
    path = "/api/v1/orgs/{org_id}/sitegroups/{sitegroup_id}"
    one, other = (scene.values("DELETE", path, None, scene.acme)["sitegroup_id"] for _ in range(2))
    assert one != other


def test_malformed_requests_are_the_same_for_a_seed_and_of_every_kind(scene):
    known = addresses(scene, Callers(scene), "127.0.0.1")
    first = list(requests(known, 7, 2 * len(KINDS)))
    assert first == list(requests(known, 7, 2 * len(KINDS)))
    assert first != list(requests(known, 8, 2 * len(KINDS)))
    assert {raw.kind for raw in first} == set(KINDS)
