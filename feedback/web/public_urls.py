"""Pages for everybody."""

from __future__ import annotations

from django.urls import path

from feedback.web.public import pages, published

urlpatterns = [
    path("", pages.home, name="home"),
    path("cong-khai/", published.listing, name="published"),
    path("cong-khai/<int:number>/", published.answer, name="answer"),
    path("thoi-han/", pages.calculator, name="calculator"),
    path("gioi-thieu/", pages.accessibility, name="accessibility"),
    path("thu-nghiem/", pages.what_to_try, name="try"),
]
