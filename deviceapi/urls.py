"""Addresses below /device/v1/."""

from __future__ import annotations

from django.urls import path

from deviceapi.views import checkin

urlpatterns = [path("checkin", checkin, name="device-checkin")]
