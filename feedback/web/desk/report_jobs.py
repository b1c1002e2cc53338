"""Reports made in the background, and those sent on a schedule: asked for, followed, read, stopped."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from feedback.errors import OfficeError
from feedback.models import ReportJob
from feedback.reports import jobs, pdf, schedules
from feedback.reports.catalogue import find
from feedback.web.desk.base import DeskRequest, desk_page, show
from feedback.web.desk.report_forms import ReportForm, ScheduleForm
from feedback.web.desk.reports import SUFFIXES, download, job_card, table_context
from feedback.web.words import language, sentence

S = ReportJob.State


@desk_page
@require_POST
def ask(request: DeskRequest, code: str) -> HttpResponseBase:
    """Have it made in the background; the question stands in the address, as on the page."""
    report = find(code, request.user)
    form = ReportForm(request.GET, report, request.user)
    question = form.question(timezone.now())
    job = jobs.ask(report, question, columns=form.columns_asked(), language=language())
    return redirect("desk_report_job", job.pk)


def _job(request: DeskRequest, number: int) -> ReportJob:
    """Only whoever it was made for."""
    return get_object_or_404(ReportJob.objects.select_related("reader"), pk=number, reader=request.user)


@desk_page
def job_page(request: DeskRequest, number: int) -> HttpResponse:
    """How far it has come, then the table. Asked again by htmx while it lasts; without scripts there is a link."""
    job = _job(request, number)
    renews = job.state in (S.WAITING, S.RUNNING)
    context: dict[str, Any] = {**job_card(job), "renews": renews, "here": request.path}
    if request.headers.get("HX-Request") == "true":
        response = render(request, "feedback/desk/reports/_progress.html", context)
        if not renews:
            response["HX-Refresh"] = "true"  # it is over: the table and the files belong to it
        return response
    # What the roles of today do not allow is not read from an older file either.
    table = jobs.table_of(job) if job.state == S.DONE and find(job.report, request.user) else None
    if table is not None:
        links = [
            (reverse("desk_report_job_file", args=[job.pk, s]), s)
            for s in SUFFIXES
            if s != "pdf" or pdf.available()
        ]
        context |= table_context(table) | {"files": links}
    return show(request, "reports/job", context)


@desk_page
def job_file(request: DeskRequest, number: int, suffix: str) -> HttpResponseBase:
    """The kept table as a file."""
    job = _job(request, number)
    find(job.report, request.user)
    table = jobs.table_of(job)
    if table is None:
        raise Http404
    return download(table, suffix)


@desk_page
def schedule(request: DeskRequest, code: str) -> HttpResponseBase:
    """`…/lich/`: have this report sent regularly. The days are always those of the last complete period."""
    report = find(code, request.user)
    asked = ReportForm(request.GET, report, request.user)
    people = schedules.readers(request.user, report)
    form = ScheduleForm(request.POST if request.method == "POST" else None, people=people)
    errors: list[dict[str, str]] = []
    if form.is_bound and form.is_valid():
        try:
            _plan(request, report, asked, form)
        except OfficeError as refusal:
            errors = [{"message": sentence(refusal)}]
        else:
            messages.success(
                request, _("The report will be sent. It can be stopped on this page at any time.")
            )
            return redirect("desk_reports")
    context = {
        "report": report,
        "form": form,
        "errors": errors,
        "span": asked.days().words,
        "back": reverse("desk_report", args=[code]) + asked.query(),
    }
    return show(request, "reports/schedule", context, 422 if form.is_bound else 200)


def _plan(request: DeskRequest, report: Any, asked: ReportForm, form: ScheduleForm) -> None:
    schedules.plan(
        report,
        asked.question(timezone.now()).as_dict(),
        columns=asked.columns_asked(),
        rhythm=form.cleaned_data["rhythm"],
        owner=request.user,
        reader=form.people[form.cleaned_data["reader"]],
        at=timezone.now(),
    )


@desk_page
@require_POST
def stop(request: DeskRequest, number: int) -> HttpResponseBase:
    """Owner or reader wants it no longer."""
    if not schedules.stop(number, by=request.user, at=timezone.now()):
        raise Http404
    messages.success(request, _("This report is no longer sent."))
    return redirect("desk_reports")
