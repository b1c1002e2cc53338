"""Reports sent regularly: at half past seven of a working day, always about the last complete period.

What is counted is what the reader may see on that day. Whoever may no longer read the report receives none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from feedback.errors import NotAllowed, TooManyReports, WrongDate
from feedback.models import Membership, ReportSchedule, User, catalogue
from feedback.models.cases import OFFICE_TIME
from feedback.reports import jobs
from feedback.reports.base import Question, Report
from feedback.reports.catalogue import REPORTS
from feedback.reports.periods import Period, Span, period
from feedback.workflow import Role

BEGINS = time(7, 30)
MOST = 20  # per owner
AT_ONCE = 50
_FAR = 40  # days in which every rhythm comes round
R = ReportSchedule.Rhythm


def readers(user: User, report: Report) -> list[User]:
    """To whom this person may have the report sent: themselves first, then whoever leads and may read it."""
    today = timezone.localdate()
    leading = Membership.objects.current(today).filter(role__in=(Role.LEADER, Role.MANAGER))
    others = {one.user_id: one.user for one in leading.select_related("user") if one.user_id != user.pk}
    return [user, *sorted((u for u in others.values() if report.may_read(u)), key=str)]


def plan(
    report: Report,
    asked: Mapping[str, str],
    *,
    columns: Sequence[str],
    rhythm: str,
    owner: User,
    reader: User,
    at: datetime,
) -> ReportSchedule:
    """`asked`: span, unit, topic, kind. Raises NotAllowed, WrongDate (two fixed days never come again),
    TooManyReports."""
    if not report.may_read(owner) or reader not in readers(owner, report):
        raise NotAllowed
    if asked["period"] == Span.CUSTOM:
        raise WrongDate("period")
    if ReportSchedule.objects.filter(owner=owner, stopped_at=None).count() >= MOST:
        raise TooManyReports(most=MOST)
    kept = {name: asked[name] for name in ("period", "unit", "topic", "kind")}
    return ReportSchedule.objects.create(
        report=report.code,
        question=kept,
        columns=list(columns),
        rhythm=R(rhythm),
        owner=owner,
        reader=reader,
        created_at=at,
        next_at=next_time(R(rhythm), at),
    )


def stop(number: int, *, by: User, at: datetime) -> bool:
    """Owner and reader may stop it; False when there is nothing of theirs to stop."""
    mine = ReportSchedule.objects.filter(Q(owner=by) | Q(reader=by), pk=number, stopped_at=None)
    row = mine.first()
    if row is None:
        return False
    why = "by_owner" if row.owner_id == by.pk else "by_reader"
    return bool(mine.update(stopped_at=at, stopped_why=why))


def next_time(rhythm: R, after: datetime) -> datetime:
    """The next half past seven this rhythm falls on. Raises BeyondHorizon when the calendar ends before."""
    day = after.astimezone(OFFICE_TIME).date()
    for number in range(_FAR * 2):
        wanted = day + timedelta(days=number)
        moment = datetime.combine(wanted, BEGINS, OFFICE_TIME)
        if moment > after and _falls_on(rhythm, wanted):
            return moment
    return datetime.combine(day + timedelta(days=_FAR), BEGINS, OFFICE_TIME)  # a month without a working day


def _falls_on(rhythm: R, day: date) -> bool:
    """A working day, and for longer rhythms the first of its week or month."""
    calendar = catalogue().calendar
    if not calendar.is_working_day(day):
        return False
    if rhythm == R.DAILY:
        return True
    first = day - timedelta(days=day.weekday()) if rhythm == R.WEEKLY else day.replace(day=1)
    earlier = (first + timedelta(days=n) for n in range((day - first).days))
    return not any(calendar.is_working_day(one) for one in earlier)


def last_complete(span: Span, today: date) -> Period:
    """The period before the running one; of days, the last working day."""
    found = period(span, today).previous
    while span == Span.DAY and not catalogue().calendar.is_working_day(found.first):
        found = found.previous
    return found


def ask_due(at: datetime) -> int:
    """Put every report whose time has come on the list of jobs; returns how many. After a stop of days, each once."""
    due = ReportSchedule.objects.filter(stopped_at=None, next_at__lte=at).order_by("next_at", "pk")
    return sum(_ask(number, at) for number in due.values_list("pk", flat=True)[:AT_ONCE])


def _ask(number: int, at: datetime) -> bool:
    with transaction.atomic():
        row = ReportSchedule.objects.select_for_update().get(pk=number)
        if row.stopped_at is not None or row.next_at > at:  # another worker was faster
            return False
        report, reader = REPORTS.get(row.report), row.reader
        if report is None or not row.owner.is_active or not report.may_read(reader):
            row.stopped_at, row.stopped_why = at, "not_allowed"
            row.save(update_fields=["stopped_at", "stopped_why"])
            return False
        asked = row.question
        days = last_complete(Span(asked["period"]), at.astimezone(OFFICE_TIME).date())
        question = Question(reader, days, at, asked["unit"], asked["topic"], asked["kind"])
        jobs.ask(report, question, columns=row.columns, language=reader.language, schedule=row)
        row.next_at = next_time(R(row.rhythm), at)
        row.save(update_fields=["next_at"])
    return True
