"""Pages for everybody."""

from __future__ import annotations

from django.urls import path

from feedback.web.public import pages, published, working_calendar
from feedback.web.public.deadline_rules import deadline_rules
from feedback.web.public.quality import quality_page
from feedback.web.public.you_said import you_said

urlpatterns = [
    path("", pages.home, name="home"),
    path("cong-khai/", published.listing, name="published"),
    path("cong-khai/<int:number>/", published.answer, name="answer"),
    path("thoi-han/", pages.calculator, name="calculator"),
    path("lich-lam-viec/", working_calendar.this_year, name="working_calendar"),
    path("lich-lam-viec/<int:number>/", working_calendar.of_year, name="working_calendar_year"),
    path("lich-lam-viec/<int:number>.ics", working_calendar.days_off_file, name="working_calendar_file"),
    path("quy-tac-thoi-han/", deadline_rules, name="deadline_rules"),
    path("chat-luong/", quality_page, name="quality"),
    path("ban-noi-chung-toi-lam/", you_said, name="you_said"),
    path("gioi-thieu/", pages.accessibility, name="accessibility"),
    path("thu-nghiem/", pages.what_to_try, name="try"),
]
