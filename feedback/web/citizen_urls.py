"""Pages for the citizen who writes, and for the one who wrote."""

from __future__ import annotations

from django.urls import path, re_path

from feedback.web.citizen import acts, answered, case, lookup, sending, wizard

urlpatterns = [
    path("gui-phan-anh/", wizard.page, name="submit"),
    path("gui-phan-anh/kiem-tra/", sending.check, name="submit_check"),
    path("gui-phan-anh/da-gui/", sending.sent, name="submit_sent"),
    path("gui-phan-anh/bo/", wizard.forget, name="submit_forget"),
    path("gui-phan-anh/da-tra-loi/", answered.hint, name="submit_answered"),
    re_path(r"^gui-phan-anh/(?P<slug>noi-lien-quan|lien-he|kiem-tra)/$", wizard.page, name="submit_step"),
    path("tra-cuu/", lookup.page, name="lookup"),
    path("tra-cuu/<str:reference>/", lookup.page, name="lookup_reference"),
    path("lien-ket/<str:token>/", lookup.mailed_link, name="case_link"),
    path("don/roi/", acts.leave, name="case_leave"),
    path("don/<str:reference>/", case.page, name="case"),
    path("don/<str:reference>/thoi-han/", case.deadline, name="case_deadline"),
    path("don/<str:reference>/tep/<int:number>/", case.download, name="case_file"),
    path("don/<str:reference>/danh-gia/", acts.rate, name="case_rate"),
    path("don/<str:reference>/<slug:act>/", acts.page, name="case_act"),
]
