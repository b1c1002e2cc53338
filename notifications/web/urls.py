"""Addresses of the inbox, under /can-bo/thong-bao/."""

from __future__ import annotations

from django.urls import path

from notifications.web.views import inbox, open_item, read_all

urlpatterns = [
    path("", inbox, name="desk_inbox"),
    path("da-doc/", read_all, name="desk_inbox_read"),
    path("<int:number>/", open_item, name="desk_inbox_item"),
]
