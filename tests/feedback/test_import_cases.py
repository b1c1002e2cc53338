"""Letters from a file: a bad row never stops the others, the same file twice adds nothing."""

from __future__ import annotations

import json
import stat
from io import StringIO
from pathlib import Path

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from feedback.models import Case, Identity

TEXT = "Tôi nộp hồ sơ khai sinh cho con đã quá hạn mà chưa có kết quả."


def run(path: Path, *options: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("import_cases", str(path), "--no-progress", *options, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    rows = [
        {"id": "1", "text": TEXT, "received_at": "2026-11-02", "topic": "CC", "phone": "0100 000 012"},
        {"id": "2", "text": ""},
        {"id": "3", "text": TEXT + " Lần hai.", "place": "KHONG_CO"},
        {"id": "4", "text": TEXT + " Lần ba.", "received_at": "31/02/2026"},
        {"id": "5", "text": "toi muon hoi thu tuc dang ky ket hon can giay to gi"},
    ]
    path = tmp_path / "thu.jsonl"
    path.write_text("\n".join([*(json.dumps(r) for r in rows), "{hỏng"]), encoding="utf-8")
    return path


def test_good_rows_enter_bad_rows_are_named(office: None, file: Path) -> None:
    out, err = run(file)
    assert "đã nhận 2 thư" in out
    assert "4 dòng bị từ chối" in out
    for line, word in ((2, "text"), (3, "KHONG_CO"), (4, "ngày"), (6, "")):
        assert any(said.startswith(f"Dòng {line}:") and word in said for said in err.splitlines()), err
    case = Case.objects.order_by("pk")[0]
    assert timezone.localtime(case.received_at).isoformat() == "2026-11-02T07:30:00+07:00"
    assert case.channel == "import"
    assert Identity.objects.get(case=case).details["phone"] == "0100 000 012"


def test_the_same_file_again_adds_only_what_is_missing(office: None, file: Path) -> None:
    run(file)
    file.write_text(file.read_text(encoding="utf-8").replace("KHONG_CO", ""), encoding="utf-8")
    out, _ = run(file)
    assert "đã nhận 1 thư, 2 thư đã có từ trước" in out
    assert Case.objects.count() == 3


def test_an_id_with_another_text_is_refused(office: None, file: Path) -> None:
    run(file)
    file.write_text(json.dumps({"id": "1", "text": TEXT + " Sửa."}), encoding="utf-8")
    _, err = run(file)
    assert "Dòng 1" in err
    assert Case.objects.count() == 2


def test_a_dry_run_changes_nothing(office: None, file: Path) -> None:
    out, _ = run(file, "--dry-run")
    assert "sẽ nhận 2 thư" in out
    assert not Case.objects.exists()


def test_a_workbook_with_vietnamese_headings(office: None, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.create_sheet(index=0)
    sheet.append(["Mã", "Nội dung", "Họ và tên", "Kênh"])
    sheet.append(["A1", TEXT, "Công dân 12", "paper"])
    path = tmp_path / "thu.xlsx"
    book.save(path)
    receipts = tmp_path / "bien-nhan.csv"
    run(path, "--receipts", str(receipts))
    case = Case.objects.get()
    assert case.channel == "paper"
    _, reference, secret = receipts.read_text().splitlines()[1].split(",")
    assert reference == case.reference
    assert case.fits_secret(secret)
    assert stat.S_IMODE(receipts.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["thu.docx", "khong-co.csv"])
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(
    office: None, name: str, tmp_path: Path
) -> None:
    if name == "thu.docx":
        (tmp_path / name).write_bytes(b"PK\x03\x04")
    with pytest.raises(CommandError):
        run(tmp_path / name)
