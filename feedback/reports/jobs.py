"""Reports made in the background: asked for, made by a worker, kept for a week, given only to who asked.

Safe to kill at any moment: a job whose worker went silent is taken again when its lease has run out, and `attempts`
is the ticket without which a worker that was too slow changes nothing. Reading a report writes no case.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.formats import date_format

from feedback.errors import NotAllowed, OfficeError, TooManyReports
from feedback.models import ReportJob, ReportSchedule
from feedback.models.reporting import KEPT
from feedback.reports.base import Question, Report, Table, make_table, question_from, table_from
from feedback.reports.catalogue import REPORTS

log = logging.getLogger(__name__)

LONG = 20_000  # rows to be read, from which nobody waits in front of a page
LEASE = timedelta(minutes=10)  # between two steps; one step of a million letters takes less than one
MOST_ATTEMPTS = 3
MOST_WAITING = 5  # per person
S = ReportJob.State


class _Lost(Exception):
    """The lease ran out and another worker took the job."""


def ask(
    report: Report,
    question: Question,
    *,
    columns: Sequence[str] = (),
    language: str,
    schedule: ReportSchedule | None = None,
) -> ReportJob:
    """Put a report on the list. Raises NotAllowed, TooManyReports."""
    if not report.may_read(question.user):
        raise NotAllowed
    waiting = ReportJob.objects.filter(reader=question.user, state__in=(S.WAITING, S.RUNNING))
    if schedule is None and waiting.count() >= MOST_WAITING:
        raise TooManyReports(most=MOST_WAITING)
    return ReportJob.objects.create(
        report=report.code,
        question=question.as_dict(),
        columns=list(columns),
        language=language,
        reader=question.user,
        schedule=schedule,
        asked_at=question.at,
    )


# --- the worker's side -----------------------------------------------------------------------------------------------


def make_next(clock: Callable[[], datetime] = timezone.now) -> int:
    """Make the report that waits longest; 1 when there was one."""
    job = _claim(clock())
    if job is None:
        return 0
    try:
        _make(job, clock)
    except _Lost:
        log.warning("report job %s was taken over", job.pk)
    except OfficeError as refusal:
        _mark(job, state=S.FAILED, error=refusal.code, finished_at=clock())
    except Exception as error:  # tried again by whoever comes next; its words may hold anything
        log.error("report job %s failed: %s", job.pk, type(error).__name__)
        failed = job.attempts >= MOST_ATTEMPTS
        _mark(
            job,
            state=S.FAILED if failed else S.WAITING,
            error=type(error).__name__,
            finished_at=clock() if failed else None,
        )
    return 1


def _claim(at: datetime) -> ReportJob | None:
    free = Q(state=S.WAITING) | Q(state=S.RUNNING, lease_until__lte=at)
    if not ReportJob.objects.filter(free).exists():  # outside a transaction: an idle office writes nothing
        return None
    with transaction.atomic():
        rows = ReportJob.objects.filter(free).order_by("asked_at", "pk")
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True)
        job = rows.first()
        if job is None:
            return None
        job.attempts, job.state, job.lease_until = job.attempts + 1, S.RUNNING, at + LEASE
        job.done = job.of = 0
        if job.attempts > MOST_ATTEMPTS:  # its worker died over it three times
            job.state, job.error, job.finished_at, job.lease_until = S.FAILED, "crashed", at, None
        job.save()
    return job if job.state == S.RUNNING else None


def _make(job: ReportJob, clock: Callable[[], datetime]) -> None:
    report = REPORTS.get(job.report)
    if report is None or not report.may_read(job.reader):  # asked again now: roles change while a job waits
        raise NotAllowed

    def progress(done: int, of: int) -> None:
        _mark(job, done=done, of=of + 1, lease_until=clock() + LEASE)  # the last step is the file

    with translation.override(job.language):
        question = question_from(job.question, user=job.reader, at=clock())
        table = make_table(report, question, progress)
    if job.columns:
        table = table.chosen(job.columns)
    text = json.dumps(table.as_dict(), ensure_ascii=False)
    name = job.file.storage.save(job.file.field.generate_filename(job, ""), ContentFile(text.encode()))
    try:
        _mark(job, state=S.DONE, file=name, error="", done=job.of, lease_until=None, finished_at=clock())
    except _Lost:
        job.file.storage.delete(name)
        raise


def _mark(job: ReportJob, **values: Any) -> None:
    """Only while the job is still ours. Raises _Lost."""
    held = ReportJob.objects.filter(pk=job.pk, state=S.RUNNING, attempts=job.attempts)
    if not held.update(**values):
        raise _Lost
    for name, value in values.items():
        setattr(job, name, value)


def forget_old(at: datetime) -> int:
    """Delete jobs that ended KEPT ago, their files first; returns how many."""
    old = list(ReportJob.objects.filter(finished_at__lte=at - KEPT)[:200])
    for job in old:
        if job.file:
            job.file.delete(save=False)
        job.delete()
    return len(old)


# --- the reader's side -----------------------------------------------------------------------------------------------


def table_of(job: ReportJob) -> Table | None:
    """What was made; None while it is not, or when the file has gone."""
    if job.state != S.DONE or not job.file:
        return None
    try:
        with job.file.open("rb") as file:
            return table_from(json.load(file))
    except FileNotFoundError:
        return None


def words_of(job: ReportJob, language: str) -> dict[str, str]:
    """Title, period and last day, in words: what a mail may say of it."""
    with translation.override(language):
        report = REPORTS.get(job.report)
        question = question_from(job.question, user=job.reader, at=job.asked_at)
        until = timezone.localtime(job.expires_at).date() if job.expires_at else None
        return {
            "title": str(report.title) if report else job.report,
            "period": question.period.words,
            "until": date_format(until, "d/m/Y") if until else "",
        }
