"""Addresses of the inbox, under /can-bo/thong-bao/."""

from __future__ import annotations

from django.urls import path

from notifications.web.live import inbox_news, missed
from notifications.web.views import inbox, open_item, read_all

urlpatterns = [
    path("", inbox, name="desk_inbox"),
    path("moi/", inbox_news, name="desk_inbox_news"),
    path("thay-doi/", missed, name="desk_live"),
    path("da-doc/", read_all, name="desk_inbox_read"),
    path("<int:number>/", open_item, name="desk_inbox_item"),
]
