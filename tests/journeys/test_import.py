"""A file of letters, as an office hands them over: each is received and stands somewhere, with a day.

HOIAM_TEST_LETTERS names the file; else the customer's sample is taken if it lies beside the checkout, else our own.
"""

from __future__ import annotations

import json
import os
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from feedback.demo import people, play
from feedback.models import Case

SAMPLE = Path(settings.BASE_DIR).parent / "shared" / "data" / "letters_sample.jsonl"
OWN = (
    "Tôi xin bản sao trích lục khai sinh đã hai tuần, lần nào hỏi cũng được trả lời là máy đang lỗi.",
    "Cho hỏi người tạm trú có được đăng ký kết hôn ở nơi tạm trú không, cần mang theo giấy gì?",
    "cong chung hop dong mua ban xe o phong cong chung thu them tien photo khong co hoa don",
    "Văn phòng luật sư nhận tiền rồi không ra tòa, tôi muốn biết gửi đơn cho cơ quan nào.",
    "Mẹ tôi là hộ nghèo, bị kiện đòi đất. Mẹ tôi có được trợ giúp pháp lý miễn phí không?",
    "Vợ chồng tôi muốn nhận cháu ruột làm con nuôi, thủ tục gồm những gì và mất bao lâu?",
    "Con tôi sinh ở Đức, nay về nước sống với ông bà, muốn xin quốc tịch Việt Nam thì nộp ở đâu?",
    "Phiếu lý lịch tư pháp hẹn mười ngày, nay đã hai mươi lăm ngày chưa có, tôi lỡ hạn nộp hồ sơ xin việc.",
    "Tôi tố cáo đấu giá viên thông đồng dìm giá lô đất của xã, không cho người khác nộp hồ sơ.",
    "Tôi khiếu nại quyết định xử phạt hành chính vì ghi sai hành vi và sai tên tôi.",
    "Cảm ơn chị ở bộ phận một cửa đã hướng dẫn bố tôi rất tận tình 🙂",
    "Tổ hòa giải thôn tôi không có tài liệu, đề nghị Sở mở lớp tập huấn cho hòa giải viên.",
)


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    """Twelve letters with `id` and `text`."""
    named = os.environ.get("HOIAM_TEST_LETTERS")
    if named or SAMPLE.exists():
        return Path(named) if named else SAMPLE
    own = tmp_path / "thu.jsonl"
    lines = (json.dumps({"id": f"T{n:03}", "text": text}) for n, text in enumerate(OWN, 1))
    own.write_text("\n".join(lines), encoding="utf-8")
    return own


def test_every_letter_finds_its_place(letters: Path, office: None) -> None:
    people.hire(play.read("staff.yaml")["staff"], since=date(2026, 1, 1))
    before = set(Case.objects.values_list("pk", flat=True))
    said = StringIO()
    call_command("import_cases", str(letters), "--no-progress", stdout=said, stderr=said)
    cases = Case.objects.exclude(pk__in=before)
    assert cases.count() == 12, said.getvalue()
    for case in cases:
        assert case.unit_id, case.reference
        assert case.due_at > case.received_at
        assert case.handler_id or case.needs_triage, (case.reference, case.unit_id)
    assert cases.exclude(handler=None).exists(), "the engine was sure of none of them"
