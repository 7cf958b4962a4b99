"""The routes against the published document; skipped where the document is not there."""

import pytest
from drf_spectacular.generators import SchemaGenerator

from tests.arch.routes import operations
from tests.contract import FAULTS, contract, document_path

# Calls that clients make and the document lacks.
CLIENTS_ONLY = {
    "GET orgs/{org_id}/logs/search",
    "GET orgs/{org_id}/ssr/register_cmd",
    "POST sites/{site_id}/devices/{device_id}/image/{image_number}",
    "DELETE sites/{site_id}/devices/{device_id}/image/{image_number}",
}


@pytest.fixture
def document():
    found = contract()
    if found is None:
        pytest.skip(f"no API document at {document_path()}; name its folder in MIST_API_DIR")
    return found


def test_every_route_is_an_operation_of_the_document(document):
    missing = {str(one) for one in operations() if document.find(one.method, f"/api/v1/{one.path}") is None}
    assert missing == CLIENTS_ONLY


def test_faults_are_still_in_the_document(document):
    assert set(FAULTS) <= {operation.id for _, operation in document.operations}


def test_own_document_names_each_operation_as_the_published_one_does(document):
    own = SchemaGenerator().get_schema(public=True)["paths"]
    named = {
        str(operation): (own[f"/api/v1/{operation.path}"][operation.method]["operationId"], published.id)
        for operation in operations()
        if (published := document.find(operation.method, f"/api/v1/{operation.path}"))
    }
    assert {name: ids for name, ids in named.items() if ids[0] != ids[1]} == {}
