"""Addresses of the administrators' pages, under /can-bo/quan-tri/."""

from __future__ import annotations

from django.urls import path

from feedback.web.desk import (
    office,
    office_catalogue,
    office_leaving,
    office_people,
    office_sorting,
    office_templates,
)

urlpatterns = [
    path("", office.overview, name="desk_office"),
    path("nhat-ky/", office.log, name="desk_office_log"),
    path("nguoi/", office_people.people, name="desk_office_people"),
    path("nguoi/moi/", office_people.new_person, name="desk_office_person_new"),
    path("nguoi/<int:number>/", office_people.person_page, name="desk_office_person"),
    path("nguoi/<int:number>/vai-tro/", office_people.role, name="desk_office_role_new"),
    path("nguoi/<int:number>/vai-tro/<int:held>/", office_people.role, name="desk_office_role"),
    path("nguoi/<int:number>/lien-ket/", office_leaving.link, name="desk_office_link"),
    path("nguoi/<int:number>/ngung/", office_leaving.close, name="desk_office_close"),
    path("nguoi/<int:number>/mo-lai/", office_leaving.reopen, name="desk_office_reopen"),
    path("danh-muc/", office_catalogue.labels, name="desk_office_labels"),
    path("danh-muc/<slug:head>/<str:code>/", office_catalogue.label, name="desk_office_label"),
    path("thu-tuc/", office_catalogue.procedures, name="desk_office_procedures"),
    path("thu-tuc/<str:code>/", office_catalogue.procedure, name="desk_office_procedure"),
    path("mau/", office_templates.templates, name="desk_office_templates"),
    path("mau/moi/", office_templates.new_template, name="desk_office_template_new"),
    path("mau/<str:code>/", office_templates.template, name="desk_office_template"),
    path("phan-loai/", office_sorting.sorting, name="desk_office_sorting"),
]
