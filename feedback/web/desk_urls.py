"""Addresses of the desk, under /can-bo/."""

from __future__ import annotations

from django.urls import path

# Each of these registers its verbs' own pages with `acts.page_for`.
from feedback.web.desk import classify, identity, publication, reply, sorting
from feedback.web.desk.acts import act
from feedback.web.desk.case import case_page, download
from feedback.web.desk.intake import intake
from feedback.web.desk.leave import cancel_leave, leave
from feedback.web.desk.overview import overview
from feedback.web.desk.queues import queue
from feedback.web.desk.session import sign_in, sign_out

PAGES_OF_VERBS = (classify, identity, publication, reply, sorting)

urlpatterns = [
    path("", queue, name="desk"),
    path("dang-nhap/", sign_in, name="desk_login"),
    path("dang-xuat/", sign_out, name="logout"),
    path("viec/<slug:code>/", queue, name="desk_queue"),
    path("nhap-thu/", intake, name="desk_intake"),
    path("nghi-phep/", leave, name="desk_leave"),
    path("nghi-phep/<int:number>/huy/", cancel_leave, name="desk_leave_cancel"),
    path("tong-quan/", overview, name="desk_overview"),
    path("don/<str:reference>/", case_page, name="desk_case"),
    path("don/<str:reference>/tep/<int:number>/", download, name="desk_file"),
    path("don/<str:reference>/<slug:verb>/", act, name="desk_act"),
]
