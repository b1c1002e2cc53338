"""Every page: for the public, for the citizen who wrote, for staff."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("feedback.web.public_urls")),
    path("", include("feedback.web.citizen_urls")),
    path("can-bo/", include("feedback.web.account.urls")),  # before the desk's own addresses
    path("can-bo/", include("feedback.web.desk_urls")),
]
