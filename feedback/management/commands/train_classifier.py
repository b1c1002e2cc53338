from __future__ import annotations

import json
import os
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from classifier import ModelRefusedError
from feedback import actions
from feedback.actions import learning, promotion
from feedback.actions.engine import LEARNED
from feedback.actions.examples import shareable
from feedback.errors import OfficeError
from feedback.models import ModelVersion
from feedback.reports import models as report

GENTLE = 10  # added to the niceness: letters and mail go first


class Command(BaseCommand):
    help = (
        "Train the classifier on the starter letters and on every letter people have labelled. The new model is put "
        "in use when it proves no worse than the one there is; otherwise it is kept beside it, with the reasons."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        todo = parser.add_mutually_exclusive_group()
        todo.add_argument("--list", action="store_true", help="the models there are; nothing is trained")
        todo.add_argument("--promote", metavar="NAME", help="put this model in use")
        todo.add_argument(
            "--rollback", action="store_true", help="take the model in use back; the one before returns"
        )
        todo.add_argument("--shadow-on", metavar="NAME", help="let a challenger read new letters silently")
        todo.add_argument("--shadow-off", metavar="NAME", help="and stop it")
        todo.add_argument(
            "--export",
            metavar="FILE.jsonl",
            type=Path,
            help="write the labelled letters, personal data hidden",
        )
        todo.add_argument(
            "--if-missing", action="store_true", help="train only if no model fits this catalogue"
        )
        todo.add_argument(
            "--shadow", action="store_true", help="train a model that only reads silently for now"
        )
        parser.add_argument("--why", default="", help="reason for --promote and --rollback")
        parser.add_argument(
            "--gently", action="store_true", help="give way to everything else on this machine"
        )
        parser.add_argument("--json", action="store_true", help="print data instead of sentences")

    def handle(self, *args: Any, **options: Any) -> None:
        self.options = options
        if options["gently"] and hasattr(os, "nice"):
            os.nice(GENTLE)
        try:
            self._do()
        except OfficeError as refusal:
            raise CommandError(f"{refusal.sentence('vi')} / {refusal.sentence('en')}") from refusal
        except ModelRefusedError as refusal:
            raise CommandError(str(refusal)) from refusal

    def _do(self) -> None:
        chosen, now = self.options, timezone.now()
        if chosen["list"]:
            self._list()
        elif chosen["export"]:
            self._export(chosen["export"])
        elif name := chosen["promote"]:
            self._tell(actions.promote(name, by=actions.SYSTEM, at=now, why=chosen["why"]))
        elif chosen["rollback"]:
            self._tell(actions.roll_back(by=actions.SYSTEM, at=now, why=chosen["why"]))
        elif name := chosen["shadow_on"] or chosen["shadow_off"]:
            on = bool(chosen["shadow_on"])
            self._tell(actions.set_shadow(name, on, by=actions.SYSTEM, at=now))
        elif chosen["if_missing"] and (settings.CLASSIFIER_ENGINE != LEARNED or not learning.lacking()):
            return
        else:
            self._tell(actions.train(by=actions.SYSTEM, at=now, shadow=chosen["shadow"]))

    def _list(self) -> None:
        rows = list(ModelVersion.objects.select_related("replaced"))
        if self.options["json"]:
            self._json([_data(row) for row in rows])
            return
        if not rows:
            self.stdout.write("Chưa có mô hình nào. / There is no model yet.")
        for row in rows:
            self._line(row)

    def _tell(self, row: ModelVersion) -> None:
        row.refresh_from_db()
        if self.options["json"]:
            self._json(_data(row))
        elif self.options["verbosity"] > 0:
            self._line(row)

    def _line(self, row: ModelVersion) -> None:
        self.stdout.write("\n".join([report.line(row), *report.reasons(row)]))

    def _export(self, path: Path) -> None:
        """Whoever may read the database may have the letters; what leaves as a file has names and numbers hidden."""
        number = 0
        with os.fdopen(
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
        ) as stream:
            for number, example in enumerate(actions.examples(), 1):
                stream.write(json.dumps(shareable(example, number), ensure_ascii=False) + "\n")
        promotion.record_export(number, by=actions.SYSTEM, at=timezone.now())
        if self.options["json"]:
            self._json({"letters": number, "file": str(path)})
        else:
            self.stdout.write(
                f"{number} thư, đã che thông tin cá nhân do máy tìm thấy: xin đọc lại trước khi chia sẻ. / "
                f"{number} letters; personal data the machine found is hidden: read them before you share them."
            )

    def _json(self, data: Any) -> None:
        self.stdout.write(json.dumps(data, ensure_ascii=False, indent=2))


def _data(row: ModelVersion) -> dict[str, Any]:
    """With how a challenger on trial would have done beside the champion, where people have said what is true."""
    beside = {head: asdict(one) for head, one in actions.beside_champion(row).items()}
    return report.as_data(row) | {"beside_champion": beside}
