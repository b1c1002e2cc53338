from __future__ import annotations

import csv
import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from tqdm import tqdm

from feedback import actions, errors, sheets
from feedback.actions import intake
from feedback.models import Case

OPENING = time(7, 30)
COLUMNS = ("name", "phone", "email", "address", "place", "procedure", "dossier_code", "visibility")
# Vietnamese headings as offices write them, after `sheets.fold_header`.
ALIASES = {
    "ma": "id",
    "noi_dung": "text",
    "ngay_nhan": "received_at",
    "ho_ten": "name",
    "ho_va_ten": "name",
    "dien_thoai": "phone",
    "so_dien_thoai": "phone",
    "dia_chi": "address",
    "don_vi": "place",
    "thu_tuc": "procedure",
    "ma_ho_so": "dossier_code",
    "kenh": "channel",
}


class Command(BaseCommand):
    help = (
        "Import letters from a .jsonl, .csv or .xlsx file with the columns id and text; optional: received_at, "
        "channel, name, phone, email, address, place, procedure, dossier_code, visibility. Others are ignored. "
        "A row that is refused never stops the others; running the same file again imports only what is missing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="check every row, import nothing")
        parser.add_argument(
            "--source", default="", help="name of the source the ids belong to; the file's name by default"
        )
        parser.add_argument(
            "--receipts",
            type=Path,
            help="write reference and secret code of each row to this CSV (keep it safe)",
        )
        parser.add_argument("--no-progress", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"Không có tệp {path}.")
        scope = f"import:{options['source'] or path.name}"[:80]
        self.tally: Counter[str] = Counter()
        self.receipts: list[tuple[str, str, str]] = []
        try:
            with path.open("rb") as stream:
                rows: Iterator[Any] = sheets.read_rows(stream, path.name)
                for found in tqdm(rows, unit=" thư", disable=options["no_progress"], leave=False):
                    self._row(found, scope, dry_run=options["dry_run"])
        except errors.OfficeError as error:
            raise CommandError(error.sentence("vi")) from error
        finally:
            if options["receipts"] and self.receipts:
                _write_receipts(options["receipts"], self.receipts)
        self._summary(dry_run=options["dry_run"])

    def _row(self, found: Any, scope: str, *, dry_run: bool) -> None:
        if isinstance(found, sheets.RowError):
            self._refuse(found.row, found.message_vi)
            return
        number, raw = found
        row = {ALIASES.get(name, name): cell for name, cell in raw.items()}
        try:
            letter = letter_from(row)
            now = timezone.now()
            if dry_run:
                intake.check(letter, now)
                self.tally["accepted"] += 1
                return
            receipt = actions.submit(
                letter, by=actions.SYSTEM, at=now, key=actions.SubmitKey(scope, key_of(row))
            )
        except errors.InvalidInput as error:
            self._refuse(
                number, "; ".join(f"{field}: {e.sentence('vi')}" for field, e in error.errors.items())
            )
        except errors.OfficeError as error:
            self._refuse(number, f"{error.field or ''}: {error.sentence('vi')}".removeprefix(": "))
        else:
            self.tally["already" if receipt.replayed else "accepted"] += 1
            self.receipts.append((row.get("id", ""), receipt.case.reference, receipt.secret))

    def _refuse(self, number: int, why: str) -> None:
        self.tally["refused"] += 1
        tqdm.write(f"Dòng {number}: {why}", file=self.stderr._out)

    def _summary(self, *, dry_run: bool) -> None:
        tally = self.tally
        verb = "sẽ nhận" if dry_run else "đã nhận"
        self.stdout.write(
            f"{verb} {tally['accepted']} thư, {tally['already']} thư đã có từ trước, "
            f"{tally['refused']} dòng bị từ chối."
        )


def letter_from(row: dict[str, str]) -> actions.Letter:
    """A row of the file as a letter. Raises WrongDate for a received_at that is no date."""
    channel = row.get("channel") or Case.Channel.IMPORT
    fields: dict[str, Any] = {name: row[name] for name in COLUMNS if row.get(name)}
    received = row.get("received_at", "")
    return actions.Letter(
        text=row.get("text", ""),
        channel=channel,
        received_at=_moment(received) if received else None,
        **fields,
    )


def _moment(text: str) -> datetime:
    """ISO date or date and time; a day alone means the opening of that day, office time."""
    text = text.strip()
    try:
        day = parse_date(text) if len(text) <= 10 else None
        moment = datetime.combine(day, OPENING) if day else parse_datetime(text)
    except ValueError as error:
        raise errors.WrongDate("received_at") from error
    if moment is None:
        raise errors.WrongDate("received_at")
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment


def key_of(row: dict[str, str]) -> str:
    """The row's id; without one, a fingerprint of its content."""
    given = row.get("id", "").strip()
    if given and len(given) <= 200:
        return given
    return hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()


def _write_receipts(path: Path, receipts: list[tuple[str, str, str]]) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("id", "reference", "secret"))
        writer.writerows([sheets.safe_cell(cell) for cell in row] for row in receipts)
