"""Addresses below /device/v1/."""

from __future__ import annotations

from django.urls import path

from deviceapi.views import adopt, checkin

urlpatterns = [
    path("checkin", checkin, name="device-checkin"),
    path("adopt/<str:scope>", adopt, name="device-adopt"),
]
