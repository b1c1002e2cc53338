"""The customer's own list of procedures: rows by number when wrong, a dry run, codes updated and never doubled."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from feedback.models import Procedure

LIST = """Mã TTHC;Tên TTHC;Lĩnh vực;Thời hạn;Tính theo;Mức độ
TT-1;Đăng ký khai sinh tại nhà;Khai sinh;1;ngày làm việc;Toàn trình
TT-2;;HT.KS;1;;
TT-3;Cấp thẻ gì đó;Không có lĩnh vực này;1;;
TT-4;Thủ tục lạ;HT.KS;mười ngày;;
TT-5;Thủ tục mới;HT.KH;;;một phần
TT-1;Trùng mã;HT.KS;1;;
"""


def run(tmp_path: Path, text: str = LIST, *options: str) -> tuple[str, list[str]]:
    path, out, err = tmp_path / "tthc.csv", StringIO(), StringIO()
    path.write_text(text, encoding="utf-8-sig")
    call_command("import_procedures", str(path), *options, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue().splitlines()


@pytest.mark.usefixtures("office")
def test_good_rows_enter_and_bad_rows_are_named(tmp_path: Path) -> None:
    out, err = run(tmp_path)
    assert "thêm 2" in out
    assert "4 dòng bị từ chối" in out
    assert [line.split(":")[0] for line in err] == ["Dòng 3", "Dòng 4", "Dòng 5", "Dòng 7"]
    born = Procedure.objects.get(pk="TT-1")
    assert (born.topic_id, born.legal_days, born.legal_days_unit, born.online_level) == (
        "HT.KS",
        1,
        "wd",
        "full",
    )
    assert Procedure.objects.get(pk="TT-5").legal_days is None


@pytest.mark.usefixtures("office")
def test_again_changes_nothing_and_an_edit_updates(tmp_path: Path) -> None:
    run(tmp_path)
    assert "giữ nguyên 2" in run(tmp_path)[0]
    out, _ = run(tmp_path, LIST.replace("Thủ tục mới", "Thủ tục đổi tên"))
    assert "sửa 1" in out
    assert Procedure.objects.get(pk="TT-5").name_vi == "Thủ tục đổi tên"


@pytest.mark.usefixtures("office")
def test_a_dry_run_changes_nothing(tmp_path: Path) -> None:
    assert "Sẽ thêm 2" in run(tmp_path, LIST, "--dry-run")[0]
    assert not Procedure.objects.filter(code__startswith="TT-").exists()


@pytest.mark.usefixtures("office")
def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Không có tệp"):
        call_command("import_procedures", str(tmp_path / "khong-co.csv"))
