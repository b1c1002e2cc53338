"""Every report of the office, in the order of the page. A new one: its file, and its line here."""

from __future__ import annotations

from feedback.errors import NotFound
from feedback.models import User
from feedback.reports.base import Report
from feedback.reports.catalogue.backlog import Backlog
from feedback.reports.catalogue.handlers import Handlers
from feedback.reports.catalogue.petitions import Petitions
from feedback.reports.catalogue.response_times import ResponseTimes
from feedback.reports.catalogue.satisfaction import Satisfaction
from feedback.reports.catalogue.sorting import Sorting
from feedback.reports.catalogue.topics import Topics
from feedback.reports.catalogue.units import Units

REPORTS: dict[str, Report] = {
    report.code: report
    for report in (
        Petitions(),
        Units(),
        Topics(),
        Backlog(),
        ResponseTimes(),
        Satisfaction(),
        Handlers(),
        Sorting(),
    )
}


def readable(user: User) -> list[Report]:
    """The reports this person may read."""
    return [report for report in REPORTS.values() if report.may_read(user)]


def find(code: str, user: User) -> Report:
    """Raises NotFound, the same for a report that does not exist and one this person may not read."""
    report = REPORTS.get(code)
    if report is None or not report.may_read(user):
        raise NotFound
    return report
