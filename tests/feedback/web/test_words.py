"""Small words of every page: excerpts and the badge of a clock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.template.loader import render_to_string

from feedback.web.words import shortened


@pytest.mark.parametrize(
    ("text", "length", "shown"),
    [
        ("Giấy hẹn trả", 20, "Giấy hẹn trả"),
        ("Giấy hẹn\n\ntrả kết quả", 12, "Giấy hẹn trả…"),
        ("Giấy hẹn, trả kết quả", 10, "Giấy hẹn…"),
        ("Giấyhẹntrả", 4, "Giấy…"),
        ("", 4, ""),
    ],
)
def test_no_word_is_cut(text: str, length: int, shown: str) -> None:
    assert shortened(text, length) == shown


def test_a_badge_says_a_thing_once_and_the_date_stands_outside() -> None:
    due = datetime(2026, 11, 2, 10, tzinfo=UTC)
    given = {"state": "overdue", "text": "quá hạn 15 ngày làm việc", "due": due}
    drawn = render_to_string("feedback/components/clock_badge.html", given)
    assert drawn.lower().count("quá hạn") == 1
    pill, _, rest = drawn.partition("</span></span>")
    assert "02/11/2026" in rest
    assert "02/11/2026" not in pill
    alone = render_to_string("feedback/components/clock_badge.html", {"state": "overdue"})
    assert "Quá hạn" in alone
    assert "<time" not in alone
