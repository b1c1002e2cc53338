"""What must be told, to whom, and how far it has come. Ids and codes only: no address and no text is kept here."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from feedback.models import Case


class LogCursor(models.Model):
    """How far the dispatcher has read the event log.

    On PostgreSQL two transactions may commit in another order than their ids. `gaps` holds the ids that were missing
    when the reader passed them, as [id, unix time], until they appear or are too old to come.
    """

    name = models.CharField(max_length=40, unique=True)
    event_id = models.BigIntegerField(default=0)
    gaps = models.JSONField(default=list)
    version = models.PositiveBigIntegerField(default=0)  # for compare-and-swap between dispatchers

    def __str__(self) -> str:
        return f"{self.name}: {self.event_id}"


# What is told: one event of one case, or one person's digest of a change. Never both, never neither.
ONE_SUBJECT = Q(event__isnull=False, digest=None) | Q(event=None, digest__isnull=False)
# A delivery may instead be about something done to a member of staff's own account.
ONE_OF_THREE = (
    Q(event__isnull=False, digest=None, account_event=None)
    | Q(event=None, digest__isnull=False, account_event=None)
    | Q(event=None, digest=None, account_event__isnull=False)
)


# What a digest sums up.
ONE_MATTER = Q(change__isnull=False, report=None) | Q(change=None, report__isnull=False)


class Digest(models.Model):
    """News for one person that is about no single case: told once.

    A change of calendar, rules or units that has reached all letters: `cases`, how many this person answers for moved,
    `audience`, in which capacity. Or a scheduled report that is ready, told to its reader.
    """

    change = models.ForeignKey(
        "feedback.Change", models.PROTECT, null=True, blank=True, related_name="digests"
    )
    report = models.ForeignKey(
        "feedback.ReportJob", models.CASCADE, null=True, blank=True, related_name="digests"
    )
    user = models.ForeignKey("feedback.User", models.CASCADE, related_name="+")
    audience = models.CharField(max_length=20)
    cases = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["change", "user"], name="digest_once"),
            models.UniqueConstraint(
                fields=["report"], condition=Q(report__isnull=False), name="report_told_once"
            ),
            models.CheckConstraint(condition=ONE_MATTER, name="digest_of_one_matter"),
        ]

    def __str__(self) -> str:
        what = f"change {self.change_id}" if self.change_id else f"report {self.report_id}"
        return f"{what} for user {self.user_id}: {self.cases}"


class Delivery(models.Model):
    """One event, digest, or news of an account, for one recipient through one channel. The address is looked up when it
    is sent, never before."""

    class State(models.TextChoices):
        QUEUED = "queued", "Chờ gửi"
        LEASED = "leased", "Đang gửi"
        SENT = "sent", "Đã gửi"
        FAILED = "failed", "Chưa gửi được, sẽ thử lại"
        SKIPPED = "skipped", "Không cần gửi"  # nobody to send to, or no longer news; `error` says why
        DEAD = "dead", "Không gửi được"

    event = models.ForeignKey(
        "feedback.CaseEvent", models.PROTECT, null=True, blank=True, related_name="deliveries"
    )
    digest = models.ForeignKey(Digest, models.CASCADE, null=True, blank=True, related_name="deliveries")
    account_event = models.ForeignKey(
        "feedback.AccountEvent", models.PROTECT, null=True, blank=True, related_name="deliveries"
    )
    audience = models.CharField(max_length=20)
    # Empty: the citizen who wrote the case.
    user = models.ForeignKey(
        "feedback.User", models.CASCADE, null=True, blank=True, related_name="deliveries"
    )
    channel = models.CharField(max_length=20)
    urgency = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=60, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "lần gửi"
        verbose_name_plural = "các lần gửi"
        constraints = [
            models.UniqueConstraint(
                fields=["event", "user", "channel"], condition=Q(user__isnull=False), name="told_person_once"
            ),
            models.UniqueConstraint(
                fields=["event", "channel"], condition=Q(user__isnull=True), name="told_citizen_once"
            ),
            models.UniqueConstraint(
                fields=["digest", "channel"], condition=Q(digest__isnull=False), name="told_digest_once"
            ),
            models.UniqueConstraint(
                fields=["account_event", "channel"],
                condition=Q(account_event__isnull=False),
                name="told_account_once",
            ),
            models.CheckConstraint(condition=ONE_OF_THREE, name="delivery_of_one_thing"),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"], condition=Q(state__in=("queued", "failed")), name="delivery_waiting"
            ),
            models.Index(fields=["lease_until"], condition=Q(state="leased"), name="delivery_leased"),
            models.Index(fields=["state", "-id"], condition=Q(state="dead"), name="delivery_dead"),
        ]

    def __str__(self) -> str:
        what = f"digest {self.digest_id}" if self.digest_id else f"event {self.event_id}"
        what = f"account event {self.account_event_id}" if self.account_event_id else what
        return f"{what} → {self.audience} by {self.channel}: {self.state}"


class InboxItemQuerySet(models.QuerySet["InboxItem"]):
    def visible_to(self, user: Any) -> InboxItemQuerySet:
        """The person's items about cases that person may (still) see; digests name no case."""
        seen = Q(event__case__in=Case.objects.visible_to(user)) | Q(digest__isnull=False)
        return self.filter(seen, user=user)

    def unread(self) -> InboxItemQuerySet:
        return self.filter(read_at=None)


class InboxItem(models.Model):
    """A line in a person's inbox. What it says is made from the event or digest when it is shown."""

    user = models.ForeignKey("feedback.User", models.CASCADE, related_name="inbox")
    event = models.ForeignKey("feedback.CaseEvent", models.PROTECT, null=True, blank=True, related_name="+")
    digest = models.ForeignKey(Digest, models.CASCADE, null=True, blank=True, related_name="+")
    read_at = models.DateTimeField(null=True, blank=True)

    objects = InboxItemQuerySet.as_manager()

    class Meta:
        verbose_name = "thông báo"
        verbose_name_plural = "thông báo"
        constraints = [
            models.UniqueConstraint(fields=["user", "event"], name="inbox_item_once"),
            models.UniqueConstraint(
                fields=["user", "digest"], condition=Q(digest__isnull=False), name="inbox_digest_once"
            ),
            models.CheckConstraint(condition=ONE_SUBJECT, name="inbox_item_of_one_thing"),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="inbox_newest"),
            models.Index(fields=["user"], condition=Q(read_at=None), name="inbox_unread"),
        ]

    def __str__(self) -> str:
        what = f"digest {self.digest_id}" if self.digest_id else f"event {self.event_id}"
        return f"{what} for user {self.user_id}"
