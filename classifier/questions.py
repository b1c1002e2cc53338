"""What a letter asks: the sentences that want an answer, as spans of the original.

Plain Python, rules over the words that ask in Vietnamese. Recall first: the handler strikes out a sentence that only
looked like a question with one click, while a question nobody saw is a question nobody answered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from classifier.text import Token, fold, is_accented, spelling, tokens

MOST = 30  # questions of one letter; beyond that nobody ticks, one reads


@dataclass(frozen=True)
class Asked:
    """One sentence that asks: `text[start:end]`, counted in code points of the text as given."""

    start: int
    end: int


# A full stop ends a sentence before white space or at the end; "TP. Hồ", "Đ. 5" and a list number "1." do not end one.
_END = re.compile(r"[?？!…]+[\"'”’»)\]]*|\.{2,}(?=\s|$)|\.[\"'”’»)\]]*(?=\s|$)|[;\n\r\u2028\u2029]+")
_SHORT = re.compile(r"(?:^|[\s(])(?:[A-ZĐ]|TP|Tp|tp|ĐT|đt|SĐT|QL|Th|Ô|B|v\.v|Tr|\d{1,2})$")
_WORTH = 2  # words; "Hả?" alone asks nothing that can be answered
_EDGE = re.compile(r"^[\s\-–—•*+·]+")

# Words that ask wherever they stand.
_ASKS = (
    "bao giờ",
    "khi nào",
    "lúc nào",
    "chừng nào",
    "ngày nào",
    "bao lâu",
    "bao nhiêu",
    "mấy ngày",
    "mấy lần",
    "mấy bản",
    "vì sao",
    "tại sao",
    "sao lại",
    "lý do gì",
    "lý do vì đâu",
    "nguyên nhân gì",
    "ở đâu",
    "tới đâu",
    "đến đâu",
    "chỗ nào",
    "nơi nào",
    "cơ quan nào",
    "đơn vị nào",
    "phòng nào",
    "quầy nào",
    "bộ phận nào",
    "cấp nào",
    "văn bản nào",
    "quy định nào",
    "điều nào",
    "căn cứ nào",
    "căn cứ vào đâu",
    "cách nào",
    "giấy tờ gì",
    "giấy gì",
    "hồ sơ gì",
    "thủ tục gì",
    "những gì",
    "cần gì",
    "phải làm gì",
    "làm sao",
    "là gì",
    "gồm gì",
    "ai chịu",
    "ai là người",
    "ai phải",
    "gặp ai",
    "hỏi ai",
    "có phải",
    "phải chăng",
    "có đúng",
    "hay không",
    "hay chưa",
    "được không",
    "phải không",
    "đúng không",
    "có không",
    "thế nào",
    "ra sao",
    "cho hỏi",
    "xin hỏi",
    "muốn hỏi",
    "hỏi rằng",
)
# Begging words and what is begged for: "đề nghị … cho biết", "mong … giải thích".
_BEGS = ("đề nghị", "xin", "mong", "nhờ", "kính", "yêu cầu", "vui lòng", "giúp tôi", "cho tôi", "làm ơn")
_FOR = (
    "cho biết",
    "được biết",
    "cho tôi biết",
    "giải thích",
    "giải đáp",
    "hướng dẫn",
    "làm rõ",
    "nói rõ",
    "trả lời rõ",
    "tư vấn",
    "thông báo",
)
# The same words where they ask nothing: "không bao giờ", "lúc nào cũng", "bao nhiêu năm nay".
_NOT = (
    "không bao giờ",
    "chưa bao giờ",
    "chẳng bao giờ",
    "lúc nào cũng",
    "khi nào cũng",
    "bao giờ cũng",
    "ngày nào cũng",
    "ở đâu cũng",
    "chỗ nào cũng",
    "quầy nào cũng",
    "nơi nào cũng",
    "thế nào cũng",
    "bao nhiêu lần",
    "bao nhiêu năm",
    "bao lâu nay",
    "bất cứ lúc nào",
    "bất kỳ lúc nào",
    "thế nào đi nữa",
    "ai phải",
    "mấy lần",
    "mấy ngày nay",
    "không có gì",
)
_LASTS = ("không", "chưa", "nhỉ", "sao")  # the last word of a question that opens with "có", "đã", "liệu" …
_CHAT_NO = frozenset({"ko", "k", "kg", "hok", "hong", "hông", "khg"})  # "không" as it is typed on telephones
_OPENS = ("có", "đã", "liệu", "được", "còn", "phải", "sẽ")


def _spelled(phrases: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(spelling(word) for word in phrase.split()) for phrase in phrases)


def _folded(phrases: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(fold(word) for word in phrase.split()) for phrase in phrases)


@dataclass(frozen=True)
class _Book:
    """The phrases as one kind of writer types them: with diacritics or without."""

    asks: tuple[tuple[str, ...], ...]
    begs: tuple[tuple[str, ...], ...]
    wants: tuple[tuple[str, ...], ...]
    hides: tuple[tuple[str, ...], ...]
    lasts: frozenset[str]
    opens: frozenset[str]
    also: str
    no: str


def _book(way: Callable[[Sequence[str]], tuple[tuple[str, ...], ...]]) -> _Book:
    return _Book(
        way(_ASKS),
        way(_BEGS),
        way(_FOR),
        way(_NOT),
        frozenset(word for (word,) in way(_LASTS)),
        frozenset(word for (word,) in way(_OPENS)),
        way(("cũng",))[0][0],
        way(("không",))[0][0],
    )


_MARKED, _BARE = _book(_spelled), _book(_folded)


def find(text: str) -> list[Asked]:
    """The sentences that ask, in the order of the letter, the same question once, at most MOST."""
    words = tokens(text)
    found: dict[str, Asked] = {}
    for start, end in sentences(text):
        inside = [word for word in words if start <= word.start and word.end <= end]
        if _asks(inside, text[start:end], marked=is_accented(inside)):
            found.setdefault(fold(text[start:end]), Asked(start, end))
    return list(found.values())[:MOST]


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of each sentence without the white space and the bullet around it."""
    here = 0
    for match in _END.finditer(text):
        if (
            match[0][0] == "."
            and len(match[0]) == 1
            and _SHORT.search(text[max(0, match.start() - 6) : match.start()])
        ):
            continue
        yield from _trimmed(text, here, match.end())
        here = match.end()
    yield from _trimmed(text, here, len(text))


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    head = len(piece) - len(_EDGE.sub("", piece))
    tail = len(piece.rstrip(" \t\r\n;\u2028\u2029"))
    if head < tail and any(char.isalnum() for char in piece):
        yield start + head, start + tail


def _asks(words: list[Token], sentence: str, *, marked: bool) -> bool:
    plain = [word for word in words if word.folded != "?"]
    if len(plain) < _WORTH:
        return False
    if "?" in sentence or "？" in sentence:
        return True
    book = _MARKED if marked else _BARE
    said = (word.spelling if marked else word.folded for word in plain)
    line = [book.no if word in _CHAT_NO else word for word in said]
    covered = {
        place + i for phrase in book.hides for place in _places(line, phrase) for i in range(len(phrase))
    }
    # "Lúc nào gọi cũng bận": what stands before "cũng" says "whenever", it does not ask.
    last_also = max((place for place, word in enumerate(line) if word == book.also), default=-1)
    asked = (place for phrase in book.asks for place in _places(line, phrase))
    if any(place not in covered and place > last_also for place in asked):
        return True
    return _begs(line, book) or (line[-1] in book.lasts and bool(book.opens.intersection(line[:-1])))


def _begs(line: list[str], book: _Book) -> bool:
    """A begging word, and after it what is begged for."""
    first = min((place for phrase in book.begs for place in _places(line, phrase)), default=None)
    return first is not None and any(
        place > first for phrase in book.wants for place in _places(line, phrase)
    )


def _places(line: list[str], phrase: tuple[str, ...]) -> Iterator[int]:
    size = len(phrase)
    return (i for i in range(len(line) - size + 1) if tuple(line[i : i + size]) == phrase)
