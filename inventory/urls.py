"""Portal addresses of the inventory."""

from __future__ import annotations

from django.urls import path

from inventory import api, views
from inventory.views import edges

_ORG = "orgs/<uuid:org_id>"
_ACTIONS = f"{_ORG}/inventory/actions"
_EDGES = f"{_ORG}/inventory/mxedges"

urlpatterns = [
    path(f"{_ORG}/devices/<uuid:device_id>/images/<str:name>", api.ImageFile.as_view()),
    path(f"{_ORG}/sites/<uuid:site_id>/maps/<uuid:map_id>/images/<str:name>", api.MapFile.as_view()),
    path(f"{_ORG}/devices/<uuid:device_id>/images", views.DeviceImages.as_view()),
    path(f"{_ORG}/installer", views.Installer.as_view()),
    path(f"{_ORG}/installer/offline", views.InstallerOffline.as_view()),
    path(f"{_ORG}/installer/state", views.InstallerState.as_view()),
    path(f"{_ORG}/installer/worker.js", views.InstallerWorker.as_view()),
    path(f"{_ORG}/settings/installer", views.InstallerSetting.as_view()),
    path(f"{_ORG}/inventory", views.Inventory.as_view()),
    path(f"{_ORG}/inventory/rows", views.Rows.as_view()),
    path(f"{_ORG}/inventory/suggest", views.Suggest.as_view()),
    path(f"{_ORG}/inventory/claim", views.Claim.as_view()),
    path(f"{_ORG}/inventory/adopt", views.Adopt.as_view()),
    path(f"{_ORG}/inventory/adopt/progress", views.Adopted.as_view()),
    path(f"{_ORG}/inventory/adopt/rotate", views.RotateSecret.as_view()),
    path(f"{_ORG}/inventory/installed-base", views.Installed.as_view()),
    path(f"{_ORG}/inventory/installed-base.csv", views.InstalledCsv.as_view()),
    path(f"{_ORG}/inventory/installed-base/progress", views.InstalledProgress.as_view()),
    path(f"{_ORG}/inventory/installed-base/refresh", views.RefreshInstalled.as_view()),
    path(_EDGES, edges.Edges.as_view()),
    path(f"{_EDGES}/rows", edges.EdgeRows.as_view()),
    path(f"{_EDGES}/suggest", edges.EdgeSuggest.as_view()),
    path(f"{_EDGES}/claim", edges.ClaimEdges.as_view()),
    path(f"{_EDGES}/create", edges.CreateEdge.as_view()),
    path(f"{_EDGES}.csv", edges.EdgeCsv.as_view()),
    path(f"{_EDGES}/<uuid:edge_id>", edges.Edge.as_view()),
    path(f"{_EDGES}/<uuid:device_id>/images", edges.EdgeImages.as_view()),
    path(f"{_EDGES}/actions/assign", edges.AssignEdges.as_view()),
    path(f"{_EDGES}/actions/unassign", edges.UnassignEdges.as_view()),
    path(f"{_EDGES}/actions/rename", edges.RenameEdges.as_view()),
    path(f"{_EDGES}/actions/release", edges.ReleaseEdges.as_view()),
    path(f"{_ORG}/inventory.csv", views.Csv.as_view()),
    path(f"{_ACTIONS}/assign", views.Assign.as_view()),
    path(f"{_ACTIONS}/unassign", views.Unassign.as_view()),
    path(f"{_ACTIONS}/manage", views.Manage.as_view()),
    path(f"{_ACTIONS}/rename", views.Rename.as_view()),
    path(f"{_ACTIONS}/release", views.Release.as_view()),
]
