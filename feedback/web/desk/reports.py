"""/can-bo/bao-cao/: the reports, one of them with its figures, the letters behind a figure, the files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone

from feedback.models import ReportJob, ReportSchedule, User
from feedback.reports import files, pdf
from feedback.reports.base import Report, Row, Table, Type, make_table
from feedback.reports.catalogue import REPORTS, find, readable
from feedback.reports.jobs import LONG, words_of
from feedback.reports.shown import shown
from feedback.web.desk import keyset
from feedback.web.desk.base import DeskRequest, desk_page, show
from feedback.web.desk.report_forms import RHYTHMS, ReportForm
from feedback.web.desk.rows import row_of
from feedback.web.report_chart import bars
from feedback.web.words import language

SUFFIXES = ("xlsx", "csv", "pdf")


@dataclass(frozen=True)
class Cell:
    """One figure: as it is written, as it is, and where its letters are."""

    label: str
    text: str
    value: str  # as a program reads it; "" for nothing
    is_text: bool
    url: str = ""


@dataclass(frozen=True)
class Line:
    name: str
    cells: list[Cell]
    is_total: bool


def may_report(user: User) -> bool:
    """Whoever reads any report at all."""
    return bool(readable(user))


@desk_page
def report_list(request: DeskRequest) -> HttpResponse:
    """Every report this person may read, what is being made for them, what is sent to them."""
    found = readable(request.user)
    if not found:
        raise PermissionDenied
    schedules = ReportSchedule.objects.filter(Q(owner=request.user) | Q(reader=request.user), stopped_at=None)
    context = {
        "reports": found,
        "jobs": [
            job_card(job) for job in request.user.report_jobs.select_related("reader").order_by("-pk")[:20]
        ],
        "schedules": [
            {
                "row": row,
                "title": REPORTS[row.report].title,
                "rhythm": RHYTHMS[ReportSchedule.Rhythm(row.rhythm)],
                "others": row.owner_id != row.reader_id,
            }
            for row in schedules.select_related("owner", "reader").order_by("pk")
            if row.report in REPORTS
        ],
    }
    return show(request, "reports/list", context)


def job_card(job: ReportJob) -> dict[str, Any]:
    """A job in a list."""
    return {"job": job, **words_of(job, language()), "url": reverse("desk_report_job", args=[job.pk])}


@desk_page
def report_page(request: DeskRequest, code: str) -> HttpResponse:
    """`/can-bo/bao-cao/<code>/`: the figures at once, or the offer to make them in the background."""
    report, at = find(code, request.user), timezone.now()
    form = ReportForm(request.GET, report, request.user)
    question = form.question(at)
    long = report.size(question, LONG) > LONG
    days, here = question.period, reverse("desk_report", args=[code])
    context: dict[str, Any] = {
        "report": report,
        "form": form,
        "days": days,
        "long": LONG if long else 0,
        "query": form.query(),
        "previous_url": here + form.query(days.previous),
        "next_url": here + form.query(days.following) if days.end <= at else "",
        "columns": report.columns[1:],
    }
    if not long:
        table = make_table(report, question).chosen(form.columns_asked())
        behind = reverse("desk_report_cases", args=[code]) + form.query()
        context |= table_context(table, report, behind) | {"files": file_links(code, form)}
    return show(request, "reports/page", context)


def table_context(table: Table, report: Report | None = None, behind: str = "") -> dict[str, Any]:
    """What `_table.html` draws; with `behind`, the address under which a figure's letters are listed."""
    return {
        "table": table,
        "lines": [line(table, row, report, behind) for row in table.lines],
        "chart": bars(table),
        "preliminary": files.preliminary() if table.preliminary else "",
        "pdf_missing": not pdf.available(),
    }


def line(table: Table, row: Row, report: Report | None, behind: str) -> Line:
    made = []
    for column in table.columns:
        name, value = column["name"], row.values.get(column["name"])
        leads = report is not None and name in report.behind and bool(value)
        url = f"{behind}&row={row.key}&column={name}" if leads and behind else ""
        text, plain = shown(value, column["type"], table.language), "" if value is None else str(value)
        made.append(Cell(column["label"], text, plain, column["type"] == Type.TEXT, url))
    return Line(made[0].text, made[1:], row is table.total)


def file_links(code: str, form: ReportForm) -> list[tuple[str, str]]:
    """(address, suffix) of the files there are."""
    suffixes = [suffix for suffix in SUFFIXES if suffix != "pdf" or pdf.available()]
    return [(reverse("desk_report_file", args=[code, suffix]) + form.query(), suffix) for suffix in suffixes]


@desk_page
def report_file(request: DeskRequest, code: str, suffix: str) -> HttpResponseBase:
    """The same question as a file. A long one is only made in the background: the page says so."""
    report, at = find(code, request.user), timezone.now()
    form = ReportForm(request.GET, report, request.user)
    question = form.question(at)
    if report.size(question, LONG) > LONG:
        return report_page(request, code)
    return download(make_table(report, question).chosen(form.columns_asked()), suffix)


def download(table: Table, suffix: str) -> HttpResponseBase:
    """A table as an attached file. Raises NoPdf, Http404 for a kind of file there is none of."""
    response: HttpResponseBase
    if suffix == "xlsx":
        response = HttpResponse(files.xlsx(table), content_type=files.XLSX)
    elif suffix == "csv":
        response = StreamingHttpResponse(files.write(table), content_type=files.CSV)
    elif suffix == "pdf":
        response = HttpResponse(pdf.pdf(table), content_type=pdf.MEDIA_TYPE)
    else:
        raise Http404
    response["Content-Disposition"] = f'attachment; filename="{files.file_name(table, suffix)}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@desk_page
def report_cases(request: DeskRequest, code: str) -> HttpResponse:
    """The letters one figure counts."""
    report, at = find(code, request.user), timezone.now()
    form = ReportForm(request.GET, report, request.user)
    key, column = request.GET.get("row", ""), request.GET.get("column", "")
    cases = report.cases(form.question(at), key, column)
    if cases is None:
        raise Http404
    rows = cases.with_pauses().select_related("handler")
    page = keyset.page(rows, request.GET, field="received_at", descending=True)
    found = next(c for c in report.columns if c.name == column)
    context = {
        "report": report,
        "column": found,
        "days": form.days(),
        "back": reverse("desk_report", args=[code]) + form.query(),
        "queue": {"verb": ""},  # nothing is done from here
        "rows": [row_of(case, at) for case in page.cases],
        "previous_url": f"?{page.previous}" if page.previous else "",
        "next_url": f"?{page.following}" if page.following else "",
    }
    return show(request, "reports/cases", context)
