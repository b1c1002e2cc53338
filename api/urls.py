"""Addresses of this package; a second version will stand beside the first."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("v1/", include("api.v1.urls"))]
