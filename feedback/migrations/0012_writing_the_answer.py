from __future__ import annotations

from typing import Any, ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

from feedback.models.vault import Identity


def mark_senders(apps: Any, _schema: Any) -> None:
    """The letters already here get the marks `set_marks` writes for new ones."""
    rows = apps.get_model("feedback", "Identity").objects.filter(case__visibility="named", case__sealed=False)
    for pk in list(rows.values_list("pk", flat=True)):
        try:
            row = rows.get(pk=pk)
        except ValueError:  # a key that was lost opens nothing; such a row has no other letters
            continue
        Identity.set_marks(row, named=True)
        if row.phone_mark or row.email_mark:
            row.save(update_fields=["phone_mark", "email_mark"])


class Migration(migrations.Migration):
    dependencies: ClassVar = [("feedback", "0011_saved_views")]

    operations: ClassVar = [
        migrations.AddField("reply", "revision", models.PositiveIntegerField(default=0)),
        migrations.AddField("reply", "window", models.CharField(blank=True, max_length=32)),
        migrations.AddField("coordination", "due_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("coordination", "reminded_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "identity", "phone_mark", models.CharField(blank=True, editable=False, max_length=64)
        ),
        migrations.AddField(
            "identity", "email_mark", models.CharField(blank=True, editable=False, max_length=64)
        ),
        migrations.CreateModel(
            name="DraftVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("body", models.TextField()),
                ("saved_at", models.DateTimeField()),
                ("aside", models.BooleanField(default=False)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="draft_versions",
                        to="feedback.case",
                    ),
                ),
            ],
            options={
                "ordering": ["-saved_at", "-id"],
                "indexes": [models.Index(fields=["case", "-saved_at", "-id"], name="draft_version_newest")],
            },
        ),
        migrations.CreateModel(
            name="Question",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("round", models.PositiveSmallIntegerField(default=0)),
                ("start", models.PositiveIntegerField(default=0)),
                ("end", models.PositiveIntegerField(default=0)),
                ("words", models.TextField(blank=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Chưa trả lời"),
                            ("answered", "Đã trả lời"),
                            ("struck", "Không phải trả lời"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("remark", models.CharField(blank=True, max_length=300)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="questions",
                        to="feedback.case",
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="feedback.message",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "indexes": [models.Index(fields=["case", "round"], name="question_of_case")],
                "constraints": [
                    models.CheckConstraint(
                        condition=~Q(state="struck", remark=""), name="question_struck_with_reason"
                    )
                ],
            },
        ),
        migrations.RunPython(mark_senders, migrations.RunPython.noop, elidable=True),
        migrations.AddIndex(
            "identity",
            models.Index(fields=["phone_mark"], condition=~Q(phone_mark=""), name="identity_by_phone"),
        ),
        migrations.AddIndex(
            "identity",
            models.Index(fields=["email_mark"], condition=~Q(email_mark=""), name="identity_by_email"),
        ),
    ]
