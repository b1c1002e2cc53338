"""Every address of the office: pages at the root, the API under api/, the administrators' room, the health sign."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from config.health import healthz

urlpatterns = [
    path("ngon-ngu/", include("django.conf.urls.i18n")),
    path("healthz", healthz, name="healthz"),
    path("quan-tri/", admin.site.urls),
    path("api/", include("api.urls")),
    path(
        "can-bo/thong-bao/", include("notifications.web.urls")
    ),  # before the desk, which has the rest of can-bo/
    path("", include("feedback.web.urls")),
]

handler400 = "feedback.web.errors.bad_request"
handler403 = "feedback.web.errors.permission_denied"
handler404 = "feedback.web.errors.page_not_found"
handler429 = "feedback.web.errors.too_many"
handler500 = "feedback.web.errors.server_error"
