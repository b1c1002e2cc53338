"""The catalogue's phrases in a letter, where the writer put them."""

from __future__ import annotations

import pytest

from classifier import Taxonomy
from classifier.phrases import phrases_in

TAXONOMY = Taxonomy.from_dict(
    {
        "topics": [{"code": "KS", "name_vi": "Khai sinh", "keywords": ["giấy khai sinh"]}],
        "issues": [{"code": "CH", "name_vi": "Chậm", "keywords": ["quá hẹn", "hẹn … lần"]}],
        "kinds": [{"code": "PA", "name_vi": "Phản ánh"}],
        "signals": [{"code": "URGENT", "name_vi": "Khẩn", "keywords": ["dọa đánh"], "flag": "urgent"}],
    }
)


@pytest.mark.parametrize(
    "text",
    [
        "Giấy khai sinh quá hẹn, lại bị dọa đánh.",
        "GIAY KHAI SINH qua hen, lai bi doa danh",
        "giấy  khai\nsinh quá hẹn dọa đánh",
    ],
)
def test_phrases_stand_where_they_were_written(text: str) -> None:
    found = phrases_in(text, TAXONOMY)
    assert [phrase.codes for phrase in found["topic"]][:1] == [("KS",)]
    assert [phrase.codes for phrase in found["issue"]] == [("CH",)]
    assert [phrase.codes for phrase in found["signal"]] == [("URGENT",)]
    first = found["topic"][0]
    assert text[first.start : first.end].split()[-1].casefold().startswith("sinh")


def test_a_phrase_with_a_gap_is_one_stretch() -> None:
    text = "hẹn đi hẹn lại ba lần"
    [phrase] = phrases_in(text, TAXONOMY)["issue"][:1]
    assert text[phrase.start : phrase.end].endswith("lần")


@pytest.mark.parametrize("text", ["", "😀", "\x00", "x" * 300_000])
def test_any_text(text: str) -> None:
    assert set(phrases_in(text, TAXONOMY)) == {"topic", "issue", "kind", "signal"}
