"""Addresses of the desk, under /can-bo/."""

from __future__ import annotations

from django.urls import include, path

# Each of these registers its verbs' own pages with `acts.page_for`.
from feedback.web.desk import approval, classify, identity, publication, reply, sorting
from feedback.web.desk.acts import act
from feedback.web.desk.around import more_page
from feedback.web.desk.bulk import many, many_done
from feedback.web.desk.case import case_page, download
from feedback.web.desk.changes import change, changes, confirm, drop, plan_again, recount, table
from feedback.web.desk.changes_calendar import calendar
from feedback.web.desk.changes_rules import new_rule, rule, rules
from feedback.web.desk.changes_units import units
from feedback.web.desk.deadline import deadline
from feedback.web.desk.drafts import autosave, draft_version, drafts
from feedback.web.desk.intake import intake
from feedback.web.desk.leave import cancel_leave, leave
from feedback.web.desk.listing import keys, next_letter, queue
from feedback.web.desk.live import here, news
from feedback.web.desk.live_rows import rows
from feedback.web.desk.manager_causes import causes_page, improvement, new_improvement
from feedback.web.desk.manager_forecast import forecast_page
from feedback.web.desk.models import models_page
from feedback.web.desk.overview import overview
from feedback.web.desk.quality import quality_page
from feedback.web.desk.report_jobs import ask, job_file, job_page, schedule, stop
from feedback.web.desk.reports import report_cases, report_file, report_list, report_page
from feedback.web.desk.saved_views import change_view, save, views_page
from feedback.web.desk.similar import similar_page
from feedback.web.desk.unit import room, set_capacity
from feedback.web.desk.unit_reassign import reassign

PAGES_OF_VERBS = (approval, classify, identity, publication, reply, sorting)

urlpatterns = [
    path("", queue, name="desk"),
    path("viec/<slug:code>/", queue, name="desk_queue"),
    path("viec/<slug:code>/hang/", rows, name="desk_rows"),
    path("viec/<slug:code>/tiep/", next_letter, name="desk_next"),
    path("phim-tat/", keys, name="desk_keys"),
    path("cach-xem/", views_page, name="desk_views"),
    path("cach-xem/luu/", save, name="desk_view_save"),
    path("cach-xem/<int:number>/", change_view, name="desk_view"),
    path("nhieu-don/", many, name="desk_many"),
    path("nhieu-don/<int:number>/", many_done, name="desk_many_done"),
    path("nhap-thu/", intake, name="desk_intake"),
    path("nghi-phep/", leave, name="desk_leave"),
    path("phong/", room, name="desk_unit"),
    path("phong/giao/", reassign, name="desk_unit_reassign"),
    path("phong/suc-lam/", set_capacity, name="desk_unit_capacity"),
    path("nghi-phep/<int:number>/huy/", cancel_leave, name="desk_leave_cancel"),
    path("tong-quan/", overview, name="desk_overview"),
    path("tong-quan/du-bao/", forecast_page, name="desk_forecast"),
    path("tong-quan/nguyen-nhan/", causes_page, name="desk_causes"),
    path("tong-quan/nguyen-nhan/moi/", new_improvement, name="desk_improvement_new"),
    path("tong-quan/nguyen-nhan/<int:number>/", improvement, name="desk_improvement"),
    path("chat-luong/", quality_page, name="desk_quality"),
    path("chat-luong/mo-hinh/", models_page, name="desk_models"),
    path("quan-tri/", include("feedback.web.office_urls")),
    path("bao-cao/", report_list, name="desk_reports"),
    path("bao-cao/viec/<int:number>/", job_page, name="desk_report_job"),
    path("bao-cao/viec/<int:number>/tep/<slug:suffix>/", job_file, name="desk_report_job_file"),
    path("bao-cao/gui/<int:number>/dung/", stop, name="desk_report_stop"),
    path("bao-cao/<slug:code>/", report_page, name="desk_report"),
    path("bao-cao/<slug:code>/don/", report_cases, name="desk_report_cases"),
    path("bao-cao/<slug:code>/tep/<slug:suffix>/", report_file, name="desk_report_file"),
    path("bao-cao/<slug:code>/lap/", ask, name="desk_report_ask"),
    path("bao-cao/<slug:code>/lich/", schedule, name="desk_report_schedule"),
    path("thay-doi/", changes, name="desk_changes"),
    path("thay-doi/lich/", calendar, name="desk_calendar"),
    path("thay-doi/quy-tac/", rules, name="desk_rules"),
    path("thay-doi/quy-tac/moi/", new_rule, name="desk_rule_new"),
    path("thay-doi/quy-tac/<str:code>/", rule, name="desk_rule"),
    path("thay-doi/don-vi/", units, name="desk_units"),
    path("thay-doi/<int:number>/", change, name="desk_change"),
    path("thay-doi/<int:number>/danh-sach.csv", table, name="desk_change_table"),
    path("thay-doi/<int:number>/xac-nhan/", confirm, name="desk_change_confirm"),
    path("thay-doi/<int:number>/tinh-lai/", recount, name="desk_change_recount"),
    path("thay-doi/<int:number>/lap-lai/", plan_again, name="desk_change_again"),
    path("thay-doi/<int:number>/bo/", drop, name="desk_change_drop"),
    path("don/<str:reference>/", case_page, name="desk_case"),
    path("don/<str:reference>/tep/<int:number>/", download, name="desk_file"),
    path("don/<str:reference>/thoi-han/", deadline, name="desk_deadline"),
    path("don/<str:reference>/tuong-tu/", similar_page, name="desk_similar"),
    path("don/<str:reference>/moi/", news, name="desk_case_news"),
    path("don/<str:reference>/co-mat/", here, name="desk_case_here"),
    path("don/<str:reference>/them/", more_page, name="desk_more"),
    path("don/<str:reference>/du-thao/", drafts, name="desk_drafts"),
    path("don/<str:reference>/du-thao/luu/", autosave, name="desk_draft_save"),
    path("don/<str:reference>/du-thao/<int:number>/", draft_version, name="desk_draft_version"),
    path("don/<str:reference>/<slug:verb>/", act, name="desk_act"),
]
