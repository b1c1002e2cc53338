"""Places in a letter: found behind their word however they are typed, and not where the words mean something else."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.places import Gazetteer, Place, parse, provinces
from classifier.text import fold

PLACES = (
    Place("LUA_VANG", "Xã Lúa Vàng", "TINH"),
    Place("NHAN_LONG", "Phường Nhãn Lồng", "TINH"),
    Place("HOA_BINH", "Xã Hòa Bình", "TINH"),
    Place("P5", "Phường 5", "TINH"),
    Place("CU.LUA_NON", "Xã Lúa Non (cũ)", "HUYEN.LUA_VANG"),
    Place("CU.TT_LUA_VANG", "Thị trấn Lúa Vàng (cũ)", "HUYEN.LUA_VANG"),
    Place("CU.TAN_VIET_1", "Xã Tân Việt (cũ)", "HUYEN.LUA_VANG"),
    Place("CU.TAN_VIET_2", "Xã Tân Việt (cũ)", "HUYEN.SONG_EM"),
    Place("HUYEN.LUA_VANG", "Ủy ban nhân dân huyện Lúa Vàng (cũ)", "TINH"),
    Place("HUYEN.SONG_EM", "Ủy ban nhân dân huyện Sông Êm (cũ)", "TINH"),
    Place("TPHO.NHAN_LONG", "Ủy ban nhân dân thành phố Nhãn Lồng (cũ)", "TINH"),
    Place("STP", "Sở Tư pháp"),  # no place: it is read over
)
GAZETTEER = Gazetteer(PLACES, ours=("Hưng Yên", "Thái Bình"))


def said(text: str) -> list[tuple[str, ...]]:
    return [mention.codes for mention in GAZETTEER.find(text)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Tôi nộp ở bộ phận một cửa xã Lúa Vàng hôm thứ hai.", "LUA_VANG"),
        ("toi nop o xa lua vang hom thu hai", "LUA_VANG"),
        ("XÃ LÚA VÀNG LÀM ĂN THẾ NÀO VẬY", "LUA_VANG"),
        ("ubnd xa Lua Vang", "LUA_VANG"),
        ("Ủy ban nhân dân xã lúa vàng không tiếp", "LUA_VANG"),
        ("Tôi ở Nhãn Lồng, đi lại xa.", "NHAN_LONG"),
        ("UBND p. Nhãn Lồng, P.Nhãn Lồng", "NHAN_LONG"),
        ("chị ở xã Nhãn Lồng hẹn mãi", "NHAN_LONG"),  # people say "xã" of what is a ward
        ("xã Hoà Bình hẹn", "HOA_BINH"),
        ("phường 5 hẹn", "P5"),
        ("hồ sơ ở xã cũ Lúa Non", "CU.LUA_NON"),
        ("thị trấn Lúa Vàng ngày trước", "CU.TT_LUA_VANG"),
        ("xã Lúa Vàng, huyện Lúa Vàng", "LUA_VANG"),
        ("xã Lúa Vàng (tỉnh Thái Bình cũ)", "LUA_VANG"),
        ("xã Lúa Vàng, Hưng Yên", "LUA_VANG"),
        ("xã Tân Việt, huyện Sông Êm", "CU.TAN_VIET_2"),
        ("xã Tân Việt thuộc huyện Lúa Vàng", "CU.TAN_VIET_1"),
        ("UBND huyện Lúa Vàng đã cấp giấy", "HUYEN.LUA_VANG"),
        ("thành phố Nhãn Lồng trước đây", "TPHO.NHAN_LONG"),
    ],
)
def test_a_place_is_found(text: str, code: str) -> None:
    assert set(said(text)) == {(code,)}
    for mention in GAZETTEER.find(text):
        assert fold(text[mention.start : mention.end]).replace(".", " ").split()[-1] in fold(text)


@pytest.mark.parametrize(
    "text",
    [
        "Ngoài đồng lúa vàng đã gặt, mẹ tôi bán nhãn lồng.",
        "nhà em ở xa Lúa Vàng lắm",  # "xa" typed among marks is far
        "Mong anh chị giữ hoà bình trong gia đình.",
        "Con tôi học ở Hoà Bình.",  # a province too: without "xã" nobody knows
        "Chị Lúa Vàng hẹn tôi.",
        "Công ty Lúa Vàng nợ lương.",
        "đi chợ ở lúa vàng",
        "xã lúa nón",  # other marks are another word
        "xã Lúa Vàng Đông",
        "phương nhãn lồng",
        "xã Lúa Vàng, tỉnh Quảng Ninh",
        "xã Lúa Vàng, huyện Kim Sơn",
        "xã Lúa Vàng - Hải Phòng",
        "phường 5, quận 3",
        "phường 5, TP. Hồ Chí Minh",
        "xã. Lúa. Vàng",
        "tỉnh Hưng Yên",
        "xã",
        "xã ",
        "",
    ],
)
def test_what_only_looks_like_a_place(text: str) -> None:
    assert said(text) == []


def test_two_places_are_two() -> None:
    assert said("Từ xã Lúa Vàng chuyển sang phường Nhãn Lồng") == [("LUA_VANG",), ("NHAN_LONG",)]


def test_a_name_two_places_share_is_said_of_both() -> None:
    assert said("xã Tân Việt làm chậm") == [("CU.TAN_VIET_1", "CU.TAN_VIET_2")]


def test_another_sentence_is_another_address() -> None:
    assert said("Tôi ở xã Lúa Vàng. Hải Phòng thì làm nhanh hơn.") == [("LUA_VANG",)]


def test_an_office_is_more_than_its_land() -> None:
    office, land = (GAZETTEER.find(f"{who} huyện Lúa Vàng")[0] for who in ("Phòng Tư pháp", "quê em ở"))
    assert (office.office, land.office) == (True, False)


def test_decomposed_letters_are_read_alike_and_offsets_stay_true() -> None:
    text = "Tôi nộp ở xã Lúa Vàng."
    decomposed = unicodedata.normalize("NFD", text)
    one, other = GAZETTEER.find(text)[0], GAZETTEER.find(decomposed)[0]
    assert one.codes == other.codes
    assert (
        unicodedata.normalize("NFC", decomposed[other.start : other.end])
        == text[one.start : one.end]
        == "xã Lúa Vàng"
    )


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("Xã Lúa Non (cũ)", "xã"),
        ("Ủy ban nhân dân huyện Sông Êm (cũ)", "huyện"),
        ("Ủy ban nhân dân tỉnh", None),
        ("", None),
    ],
)
def test_names_of_units(name: str, head: str | None) -> None:
    parsed = parse(name)
    assert (parsed[0] if parsed else None) == head


def test_the_provinces_are_all_there() -> None:
    names = set(provinces())
    assert {"Hưng Yên", "Hồ Chí Minh", "Sài Gòn", "Huế", "Điện Biên"} <= names
    assert len({line for line in names if " " in line or line in ("Huế",)}) > 60


@given(
    st.lists(
        st.sampled_from(
            [
                "xã",
                "Lúa",
                "Vàng",
                "huyện",
                "tỉnh",
                ",",
                "p.",
                "Hà",
                "Nội",
                "ở",
                "\n",
                "5",
                "😀",
                "cũ",
                "\u0301",
            ]
        )
    )
)
def test_any_words_in_any_order(words: list[str]) -> None:
    text = " ".join(words)
    for mention in GAZETTEER.find(text):
        assert 0 <= mention.start < mention.end <= len(text)


def test_of_an_endless_letter_the_beginning_is_read() -> None:
    text = "xã Lúa Vàng, huyện Lúa Vàng, tỉnh Hưng Yên; " * 20_000
    assert 0 < len(GAZETTEER.find(text)) < 2_000
