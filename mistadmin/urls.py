"""Every address of the product: REST, what devices call, health, and the portal."""

from __future__ import annotations

from django.urls import include, path
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerView

from mistadmin.health import healthz

urlpatterns = [
    path("healthz", healthz),
    path("api/v1/", include("mistadmin.api_urls")),
    path("device/v1/", include("deviceapi.urls")),
    path("api/openapi.json", SpectacularJSONAPIView.as_view(), name="openapi"),
    path("api/docs", SpectacularSwaggerView.as_view(url_name="openapi"), name="api-docs"),
    path("", include("accounts.urls")),
    path("", include("orgs.urls")),
    path("", include("inventory.urls")),
    path("", include("autoprovision.urls")),
    path("", include("mistadmin.portal.urls")),
]

handler400 = "mistadmin.core.portal.bad_request"
handler403 = "mistadmin.core.portal.denied"
handler404 = "mistadmin.core.portal.not_found"
handler500 = "mistadmin.core.portal.server_error"
