"""Portal addresses of auto-provisioning."""

from __future__ import annotations

from django.urls import path

from autoprovision import views

_WINDOW = "orgs/<uuid:org_id>/settings/autoprovisioning"

urlpatterns = [
    path(_WINDOW, views.AutoProvisioning.as_view()),
    path(f"{_WINDOW}/preview", views.Preview.as_view()),
    path(f"{_WINDOW}/dry-run", views.DryRun.as_view()),
    path(f"{_WINDOW}/re-evaluate", views.Reevaluate.as_view()),
]
