"""Portal addresses of configuration documents."""

from __future__ import annotations

from django.urls import URLPattern, path

from mistadmin.core.resources import catalog
from orgs import views

_ORG = "orgs/<uuid:org_id>"


def _documents() -> list[URLPattern]:
    found = []
    for name, resource in catalog().items():
        found += [
            path(f"{_ORG}/{name}", views.Docs.as_view(resource=resource)),
            path(f"{_ORG}/{name}/create", views.CreateDoc.as_view(resource=resource)),
            path(f"{_ORG}/{name}/<uuid:doc_id>", views.Doc.as_view(resource=resource)),
            path(f"{_ORG}/{name}/<uuid:doc_id>/delete", views.DeleteDoc.as_view(resource=resource)),
        ]
    return found


urlpatterns = _documents()
