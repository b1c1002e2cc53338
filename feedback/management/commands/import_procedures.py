from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from feedback import errors, sheets
from feedback.models import Procedure, catalogue

# Column headings as the national procedure base exports them, after `sheets.fold_header`, beside our own names.
ALIASES = {
    "ma": "code",
    "ma_thu_tuc": "code",
    "ma_tthc": "code",
    "ma_quoc_gia": "national_code",
    "ten": "name_vi",
    "ten_thu_tuc": "name_vi",
    "ten_tthc": "name_vi",
    "linh_vuc": "topic",
    "don_vi": "competent_unit",
    "co_quan_thuc_hien": "competent_unit",
    "thoi_han": "legal_days",
    "thoi_han_giai_quyet": "legal_days",
    "tinh_theo": "legal_days_unit",
    "muc_do": "online_level",
    "muc_do_dvc": "online_level",
    "cong_bo": "published",
    "can_cu": "law",
}
ONLINE = {"toan trinh": "full", "mot phan": "partial", "truc tiep": "none", "": "unknown"}
DAYS = {"ngay lam viec": "wd", "ngay": "cd", "": ""}
YES, NO = {"", "1", "co", "x", "true", "yes"}, {"0", "khong", "false", "no"}
LIMITS = {"code": 40, "national_code": 40, "name_vi": 300, "law": 300}


class RowRefused(Exception):
    """What is wrong with one row, in Vietnamese."""


class Command(BaseCommand):
    help = (
        "Import the office's list of procedures (.csv, .xlsx, .jsonl) with the columns code, name_vi, topic; optional: "
        "national_code, competent_unit, legal_days, legal_days_unit, online_level, published, law. Existing codes are "
        "updated. A wrong row never stops the others."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="check every row, change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"Không có tệp {path}.")
        tally: Counter[str] = Counter()
        seen: dict[str, int] = {}
        try:
            with path.open("rb") as stream, transaction.atomic():
                for found in sheets.read_rows(stream, path.name):
                    tally[self._row(found, seen)] += 1
                if options["dry_run"]:
                    transaction.set_rollback(True)
        except errors.OfficeError as error:
            raise CommandError(error.sentence("vi")) from error
        verb = "Sẽ" if options["dry_run"] else "Đã"
        self.stdout.write(
            f"{verb} thêm {tally['created']}, sửa {tally['updated']}, giữ nguyên {tally['unchanged']} thủ tục; "
            f"{tally['refused']} dòng bị từ chối."
        )

    def _row(self, found: Any, seen: dict[str, int]) -> str:
        if isinstance(found, sheets.RowError):
            self.stderr.write(f"Dòng {found.row}: {found.message_vi}")
            return "refused"
        number, raw = found
        row = {ALIASES.get(name, name): cell.strip() for name, cell in raw.items()}
        try:
            values = values_of(row)
            if row["code"] in seen:
                raise RowRefused(f"mã {row['code']} đã có ở dòng {seen[row['code']]}")
        except RowRefused as refused:
            self.stderr.write(f"Dòng {number}: {refused}.")
            return "refused"
        seen[row["code"]] = number
        return save(row["code"], values)


def save(code: str, values: dict[str, Any]) -> str:
    """Create or update one procedure; says which."""
    held = Procedure.objects.filter(pk=code).first()
    if held is not None and all(getattr(held, name) == value for name, value in values.items()):
        return "unchanged"
    Procedure.objects.update_or_create(code=code, defaults=values)
    return "updated" if held else "created"


def values_of(row: dict[str, str]) -> dict[str, Any]:
    """The columns of `Procedure` from a row. Raises RowRefused with the first thing that is wrong."""
    for name in ("code", "name_vi", "topic"):
        if not row.get(name):
            raise RowRefused(f"thiếu cột “{name}”")
    for name, limit in LIMITS.items():
        if len(row.get(name, "")) > limit:
            raise RowRefused(f"cột “{name}” dài quá {limit} ký tự")
    return {
        "name_vi": row["name_vi"],
        "national_code": row.get("national_code", ""),
        "law": row.get("law", ""),
        "topic_id": _topic(row["topic"]),
        "competent_unit": _unit(row.get("competent_unit", "")),
        "legal_days": _days(row.get("legal_days", "")),
        "legal_days_unit": _one_of(row.get("legal_days_unit", ""), DAYS, "tính theo"),
        "online_level": _one_of(row.get("online_level", ""), ONLINE, "mức độ"),
        "published": _yes(row.get("published", "")),
    }


def _topic(text: str) -> str:
    """A topic by its code or by its name, accents forgiven."""
    topics = catalogue().topics
    if text in topics:
        return text
    wanted = sheets.fold_header(text)
    named = [t.code for t in topics.values() if sheets.fold_header(t.name_vi) == wanted]
    if len(named) != 1:
        raise RowRefused(f"không có lĩnh vực “{text[:60]}”")
    return named[0]


def _unit(text: str) -> str:
    if text and text != "@place" and text not in catalogue().units:
        raise RowRefused(f"không có đơn vị “{text[:60]}”")
    return text


def _days(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or not 0 < int(text) <= 1000:
        raise RowRefused(f"thời hạn “{text[:20]}” không phải số ngày từ 1 đến 1000")
    return int(text)


def _one_of(text: str, words: dict[str, str], column: str) -> str:
    """Our own code as it is, or an office's words for it."""
    folded = sheets.fold_header(text).replace("_", " ")
    if text in words.values():
        return text
    if folded not in words:
        raise RowRefused(f"không hiểu cột “{column}”: “{text[:30]}”")
    return words[folded]


def _yes(text: str) -> bool:
    folded = sheets.fold_header(text)
    if folded not in YES | NO:
        raise RowRefused(f"không hiểu cột “công bố”: “{text[:30]}”")
    return folded in YES
