"""Figures kept from the event log, so that a page adds up a few hundred rows instead of reading a million letters.

What one letter adds to the figures is a pure function of its log (`feedback.models.facts`) and stands in
`CountedCase`; `Facts` is the sum of all of them. Written only by `feedback.actions.statistics`, thrown away and made
again by `manage.py rebuild_statistics`. Sealed letters are in none of these tables: in a cell of one unit, one topic
and one day a single letter could be recognised.
"""

from __future__ import annotations

from django.db import models


class LogPosition(models.Model):
    """How far the log has been read into the figures. `gaps`: [event id, seconds since the epoch when it was missed];
    the transaction that took such an id may still be in flight. `version` is the ticket of whoever folds next."""

    name = models.CharField(max_length=20, primary_key=True)
    event_id = models.BigIntegerField(default=0)
    gaps = models.JSONField(default=list)
    version = models.PositiveBigIntegerField(default=0)
    moved_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} at {self.event_id}"


class CountedCase(models.Model):
    """What one letter adds to the figures, and under which unit, topic and kind: those it has now.

    A letter that changes its unit or topic takes all its figures along, so that a figure and the list behind it always
    hold the same letters. `data`: day → measure → number, see `feedback.models.facts`.
    """

    case = models.OneToOneField("feedback.Case", models.CASCADE, primary_key=True, related_name="+")
    unit = models.CharField(max_length=40, blank=True)
    topic = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=40, blank=True)
    subject_unit = models.CharField(max_length=40, blank=True)
    subject_officer = models.BigIntegerField(default=0)
    data = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"figures of {self.case_id}"


class Facts(models.Model):
    """The figures of one cell, or of what is summed over cells.

    `CELL` is a day of one unit, topic and kind; the other spans are sums of cells: DAY, WEEK (from Monday) and MONTH of
    a unit, WEEK_TOPIC and MONTH_TOPIC of a unit and a topic. A page takes the longest spans its period is made of.
    Whom the letters are about (`subject_unit`, `subject_officer`, 0 for nobody) is part of every key, because
    `visible_to` hides them from those people. Codes, not foreign keys: a figure outlives a unit.
    """

    class Span(models.TextChoices):
        CELL = "cell"
        DAY = "day"
        WEEK = "week"
        MONTH = "month"
        WEEK_TOPIC = "week_topic"
        MONTH_TOPIC = "month_topic"

    key = models.CharField(
        max_length=240, unique=True
    )  # the columns from `span` to `subject_officer`, joined
    span = models.CharField(max_length=12, choices=Span.choices)
    start = models.DateField()
    unit = models.CharField(max_length=40, blank=True)
    topic = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=40, blank=True)
    subject_unit = models.CharField(max_length=40, blank=True)
    subject_officer = models.BigIntegerField(default=0)

    received = models.IntegerField(default=0)
    answered = models.IntegerField(default=0)  # answers sent, those of later rounds included
    rejected = models.IntegerField(default=0)
    transferred = models.IntegerField(default=0)
    withdrawn = models.IntegerField(default=0)
    merged = models.IntegerField(default=0)
    reopened = models.IntegerField(default=0)
    closed = models.IntegerField(default=0)
    published = models.IntegerField(default=0)
    # Verdicts of the reply, as `feedback.reports.response` counts them: every round, a refusal with reasons included.
    in_time = models.IntegerField(default=0)
    late = models.IntegerField(default=0)
    in_time_originally = models.IntegerField(default=0)
    late_originally = models.IntegerField(default=0)
    # Working seconds from start to end, pauses included; the histograms are those of `feedback.models.histogram`.
    first_responses = models.IntegerField(default=0)
    first_seconds = models.BigIntegerField(default=0)
    first_histogram = models.JSONField(default=dict)
    replies = models.IntegerField(default=0)
    reply_seconds = models.BigIntegerField(default=0)
    reply_histogram = models.JSONField(default=dict)
    ratings = models.IntegerField(default=0)
    rating_sum = models.IntegerField(default=0)

    class Meta:
        verbose_name = "số liệu tổng hợp"
        verbose_name_plural = "số liệu tổng hợp"
        indexes = [models.Index(fields=["span", "start", "unit"], name="facts_by_span")]

    def __str__(self) -> str:
        return self.key


class HandlerDay(models.Model):
    """How many answers written by one person went out on one day: the pace the forecast goes by."""

    handler = models.ForeignKey("feedback.User", models.CASCADE, related_name="+")
    day = models.DateField()
    answered = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["handler", "day"], name="handler_day_once")]
        indexes = [models.Index(fields=["day", "handler"], name="handler_day_by_day")]

    def __str__(self) -> str:
        return f"{self.handler_id} {self.day}"
