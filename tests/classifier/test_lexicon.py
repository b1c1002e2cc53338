"""Phrases are found in accented, half-accented and bare letters, and not where they only look alike."""

from __future__ import annotations

from classifier import Label
from classifier.lexicon import Lexicon
from classifier.text import is_accented, tokens

LEXICON = Lexicon(
    [
        Label("CO", "Cò mồi", keywords=("cò", "qua cò")),
        Label("KHEN", "Khen ngợi", keywords=("hài lòng",)),
        Label("TD", "Thái độ không tốt", keywords=("không hài lòng", "hách dịch")),
        Label("NN", "Vòi vĩnh", keywords=("đòi … triệu", "ký khống", "khống")),
        Label("CH", "Chậm trễ", keywords=("chậm",)),
    ]
)


def codes(text: str) -> set[str]:
    words = tokens(text)
    return {code for hit in LEXICON.hits(words, is_accented(words)) for code in hit.phrase.codes}


def test_the_longer_phrase_hides_the_shorter_inside_it():
    assert codes("Tôi rất hài lòng") == {"KHEN"}
    assert codes("Tôi không hài lòng") == {"TD"}


def test_accents_may_be_missing_altogether_or_here_and_there():
    assert codes("can bo hach dich lam") == {"TD"}
    assert codes("cán bộ phường này hach dịch lắm") == {"TD"}


def test_other_accents_make_another_word():
    assert codes("Có gì đâu, cố lên") == set()
    assert codes("Mấy tay cò ở cổng") == {"CO"}


def test_a_short_or_ambiguous_word_needs_its_accents():
    assert codes("toi khong co gi") == set()
    assert codes("ho so cham qua") == {"CH"}


def test_a_gap_holds_up_to_five_words():
    assert codes("họ đòi tôi đưa thêm hai mươi triệu") == {"NN"}
    assert codes("họ đòi giấy này giấy kia giấy nọ rồi mới nói tới một triệu") == set()


def test_without_labels_nothing_is_found():
    assert Lexicon([]).hits(tokens("khai sinh"), accented=True) == []
