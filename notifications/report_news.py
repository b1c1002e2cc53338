"""A scheduled report that is ready, told to its reader: a line in the inbox and a mail with a link, never the figures.

The link leads to a page that asks who is reading; a mail may be read by anybody it is forwarded to.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from feedback.models import ReportJob
from feedback.reports.jobs import words_of
from notifications.messages import Text, office, render
from notifications.models import Delivery, Digest
from notifications.rules import BOTH

READER = "reader"
NEWS_FOR = timedelta(days=1)  # made longer ago than that, the next one is near


def tell_made(at: datetime) -> int:
    """Queue the news of scheduled reports that have been made and not told; returns how many. Repeating adds none."""
    made = ReportJob.objects.filter(
        state=ReportJob.State.DONE, schedule__isnull=False, finished_at__gt=at - NEWS_FOR, digests=None
    )
    return sum(_tell(job, at) for job in made.order_by("pk"))


def _tell(job: ReportJob, at: datetime) -> bool:
    with transaction.atomic():
        told, fresh = Digest.objects.get_or_create(
            report=job, defaults={"user_id": job.reader_id, "audience": READER}
        )
        Delivery.objects.bulk_create(
            (
                Delivery(digest=told, user_id=job.reader_id, audience=READER, channel=channel, next_try_at=at)
                for channel in BOTH
            ),
            ignore_conflicts=True,
        )
    return fresh


def compose(job: ReportJob, language: str) -> Text:
    """Subject and plain text: which report, of which days, where it can be read."""
    facts = {
        **office(language),
        **words_of(job, language),
        "link": settings.SITE_URL + link(job),
    }
    return render("digest/report", facts, language)


def link(job: ReportJob) -> str:
    return reverse("desk_report_job", args=[job.pk])
