"""Places named in a letter: the communes, wards and old districts of one province, found by name where they stand.

"Hòa Bình" is a commune, a province and peace; so a name counts behind its word ("xã Hòa Bình", "p. Nhãn Lồng", "xa lua
vang"), and without it only written large behind a word of place ("ở Lúa Vàng") and when nothing else is called so.
Names are compared folded, but marks that were typed must agree.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from classifier.text import Token, fold, is_accented, spelling, tokens

COMMUNE, DISTRICT, PROVINCE = "commune", "district", "province"
LONGEST_TEXT = 50_000  # characters that are looked at
Word = tuple[str, str]  # folded, spelling

_LEVELS = {"xã": COMMUNE, "phường": COMMUNE, "thị trấn": COMMUNE, "đặc khu": COMMUNE}
_LEVELS |= {"huyện": DISTRICT, "quận": DISTRICT, "thị xã": DISTRICT, "thành phố": DISTRICT, "tỉnh": PROVINCE}
_SHORT = {
    "x": "xã",
    "p": "phường",
    "tt": "thị trấn",
    "h": "huyện",
    "q": "quận",
    "tx": "thị xã",
    "tp": "thành phố",
}
# Behind these a name written large is a place; behind "anh", "công ty" or nothing at all it may be anything.
_OF_PLACE = frozenset(
    ["o", "tai", "ve", "tu", "den", "len", "xuong", "ra", "duoi", "tren", "ben", "qua", "ubnd"]
)
# Names so usual as words, virtues or heroes that they need their "xã" even when written large.
_USUAL = {
    "an ninh", "an binh", "binh an", "chi lang", "cong hoa", "cong ly", "dan chu", "doan ket", "doc lap",
    "dong tam", "hanh phuc", "hoa binh", "hoa hop", "hoang dieu", "hong phong", "hop tac", "hung vuong",
    "le loi", "minh tan", "nguyen trai", "quang trung", "quyet thang", "quyet tien", "tan lap", "tan tien",
    "thang loi", "thanh cong", "thong nhat", "tien bo", "tran hung dao", "trung thanh", "tu do", "van minh",
}  # fmt: skip
_OFFICES = (("ubnd",), ("uy", "ban"), ("uy", "ban", "nhan", "dan"), ("phong", "tu", "phap"), ("tu", "phap"))
_HEAD_WORDS = frozenset(
    [*_SHORT, *(fold(head.split()[0]) for head in _LEVELS)]
)  # one of these begins every head
_BETWEEN = re.compile(r"[ \t.:]{0,3}")  # between "xã" and its name
_BESIDE = re.compile(r"[ \t]*[,\-–(/]?[ \t\n]*")  # between the parts of an address
_BELONGS = frozenset(("thuoc", "cua"))  # "xã … thuộc huyện …"


@dataclass(frozen=True, slots=True)
class Place:
    """A place by the name its office writes: "Xã Lúa Non (cũ)", "Ủy ban nhân dân huyện Lúa Vàng". `within`: the code of
    the district it lies or lay in."""

    code: str
    name: str
    within: str | None = None


@dataclass(frozen=True, slots=True)
class Mention:
    """`text[start:end]` names a place: one of `codes`. `office`: its authority is meant ("UBND huyện …")."""

    start: int
    end: int
    codes: tuple[str, ...]
    level: str
    office: bool = False


@dataclass(frozen=True, slots=True)
class _Name:
    words: tuple[Word, ...]
    head: str
    code: str
    within: str | None


class Gazetteer:
    """The places of one province. `ours`: names of the province itself, now and before; every other is elsewhere."""

    def __init__(self, places: Iterable[Place], ours: Collection[str] = ()) -> None:
        self._names: dict[str, list[_Name]] = defaultdict(list)
        for place in places:
            if parsed := parse(place.name):
                head, words = parsed
                self._names[words[0][0]].append(_Name(words, head, place.code, place.within))
        own = {fold(name) for name in ours}
        self._elsewhere = _Lists(name for name in provinces() if fold(name) not in own)
        self._provinces = {fold(name) for name in (*provinces(), *ours)}

    def find(self, text: str) -> list[Mention]:
        """Every place named, in order; of an address its smallest part. Never raises."""
        text = text[:LONGEST_TEXT]
        letter = _Letter(text, tokens(text))
        found: list[Mention] = []
        at = 0
        while at < len(letter.words):
            mention, after = self._at(letter, at)
            found += [mention] if mention else []
            at = max(after, at + 1)
        return found

    def _at(self, letter: _Letter, at: int) -> tuple[Mention | None, int]:
        """The mention that begins at word `at`, and the word after all that was read for it."""
        said = letter.head(at)
        if said is None:
            return self._bare(letter, at)
        head, first = said
        names, end = self._named(letter, first, head)
        if not names:
            return None, at + 1
        return self._whole(letter, at, end, names)

    def _bare(self, letter: _Letter, at: int) -> tuple[Mention | None, int]:
        """A name without its "xã", written large behind a word of place."""
        if not at or letter.words[at - 1].folded not in _OF_PLACE or not letter.beside(at - 1, at):
            return None, at + 1
        names, end = self._named(letter, at, "")
        said = " ".join(word.folded for word in letter.words[at:end])
        if end - at < 2 or said in _USUAL or said in self._provinces or not letter.large(at, end):
            return None, at + 1
        return self._whole(letter, at, end, names)

    def _named(self, letter: _Letter, at: int, head: str) -> tuple[list[_Name], int]:
        """The longest names that stand at word `at`, and where they end. People say "xã" of what became a ward, so any
        name of that level will do when none has this very head; without a head, any commune's."""
        if at >= len(letter.words):
            return [], at
        level = _LEVELS.get(head, COMMUNE)
        fitting = [
            name
            for name in self._names.get(letter.words[at].folded, ())
            if _LEVELS[name.head] == level and letter.says(name.words, at)
        ]
        longest = max((len(name.words) for name in fitting), default=0)
        end = at + longest
        if longest and letter.goes_on_large(end):  # "xã Lúa Vàng Đông" is another commune
            return [], at
        fitting = [name for name in fitting if len(name.words) == longest]
        return [name for name in fitting if name.head == head] or fitting, end

    def _whole(self, letter: _Letter, at: int, end: int, names: list[_Name]) -> tuple[Mention | None, int]:
        """The mention with the rest of its address: a district narrows it, of another province it is not ours."""
        last = end
        while (part := self._next_part(letter, last)) is not None:
            kind, districts, last = part
            if kind == "elsewhere":
                return None, last
            inside = [name for name in names if name.within in districts]
            names = inside or names
        codes = tuple(dict.fromkeys(name.code for name in names))
        start, stop = letter.words[at].start, letter.words[end - 1].end
        return Mention(start, stop, codes, _LEVELS[names[0].head], letter.office_before(at)), last

    def _next_part(self, letter: _Letter, at: int) -> tuple[str, set[str], int] | None:
        """The larger place named right after: (ours or elsewhere, codes of districts, word after it), or None."""
        if at + 1 < len(letter.words) and letter.words[at].folded in _BELONGS and letter.beside(at - 1, at):
            at += 1
        if at >= len(letter.words) or not letter.joined(at):
            return None
        if said := letter.head(at):
            head, first = said
            level = _LEVELS[head]
            if level == COMMUNE:
                return None
            if end := self._elsewhere.end(letter, first):
                return "elsewhere", set(), end
            names, end = self._named(letter, first, head)
            if names:
                return "ours", {name.code for name in names}, end
            unknown = level == DISTRICT and first < len(letter.words) and letter.large(first, first + 1)
            return ("elsewhere", set(), first + 1) if unknown else None
        end = self._elsewhere.end(letter, at)
        return ("elsewhere", set(), end) if end and letter.large(at, end) else None


class _Lists:
    """Names that only matter as "not ours"."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names: dict[str, list[tuple[Word, ...]]] = defaultdict(list)
        for name in names:
            words = _forms(name)
            self._names[words[0][0]].append(words)

    def end(self, letter: _Letter, at: int) -> int:
        """The word after the name that stands at word `at`; 0 when none does."""
        if at >= len(letter.words):
            return 0
        found = [w for w in self._names.get(letter.words[at].folded, ()) if letter.says(w, at)]
        return at + max(map(len, found)) if found else 0


@dataclass(frozen=True)
class _Letter:
    """A letter cut into words, and what may be asked about a few of them in a row."""

    text: str
    words: Sequence[Token]
    accented: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "accented", is_accented(list(self.words)))

    def head(self, at: int) -> tuple[str, int] | None:
        """The word for a kind of place at `at` ("xã"), and the first word of the name behind it."""
        if self.words[at].folded not in _HEAD_WORDS:
            return None
        for size in (2, 1):
            said = self.words[at : at + size]
            if len(said) < size or (size == 2 and not self.beside(at, at + 1)):
                continue
            head = _head(tuple((word.folded, word.spelling) for word in said), self.accented)
            if head is None:
                continue
            first = at + size
            if first < len(self.words) and self.words[first].folded in ("cu", "moi"):  # "xã cũ Lúa Non"
                first += 1
            if first < len(self.words) and _BETWEEN.fullmatch(
                self.text, self.words[at + size - 1].end, self.words[at + size].start
            ):
                return head, first
        return None

    def says(self, name: Sequence[Word], at: int) -> bool:
        """Whether `name` stands at word `at`, in one breath; marks that were typed must be its own."""
        said = self.words[at : at + len(name)]
        if len(said) < len(name) or any(word.folded != own[0] for word, own in zip(said, name, strict=True)):
            return False
        if any(not self.beside(at + n, at + n + 1) for n in range(len(name) - 1)):
            return False
        right = [word.spelling == own[1] for word, own in zip(said, name, strict=True)]
        plain = all(ok or not word.marked for ok, word in zip(right, said, strict=True))
        return plain and (any(right) or not self.accented or self.large(at, at + len(name)))

    def beside(self, one: int, other: int) -> bool:
        """Nothing but blanks between two neighbouring words."""
        return other < len(self.words) and not self.text[self.words[one].end : self.words[other].start].strip(
            " \t\xa0"
        )

    def joined(self, at: int) -> bool:
        """Whether word `at` continues the address before it: nothing but a comma, a dash or a bracket between."""
        return _BESIDE.fullmatch(self.text, self.words[at - 1].end, self.words[at].start) is not None

    def large(self, first: int, after: int) -> bool:
        """Written as a name: every word begins with a capital, or is a number."""
        return all(
            self.text[word.start].isupper() or word.folded.isdigit() for word in self.words[first:after]
        )

    def goes_on_large(self, at: int) -> bool:
        """Whether the name goes on: another capital right behind it that begins no new part."""
        return (
            at < len(self.words)
            and self.beside(at - 1, at)
            and self.large(at - 1, at + 1)
            and not self.text[self.words[at - 1].start : self.words[at].end].isupper()
            and self.head(at) is None
        )

    def office_before(self, at: int) -> bool:
        """Whether the authority is named: "UBND huyện …", "Phòng Tư pháp huyện …"."""
        return any(
            tuple(word.folded for word in self.words[max(0, at - len(office)) : at]) == office
            for office in _OFFICES
        )


def parse(name: str) -> tuple[str, tuple[Word, ...]] | None:
    """("xã", words of the proper name) of a unit's full name; None for a unit that is no place."""
    words = _forms(name.partition("(")[0].partition(",")[0])
    for at in range(len(words)):
        for size in (2, 1):
            head = _said(words[at : at + size])
            if head and words[at + size :]:
                return head, words[at + size :]
    return None


@lru_cache(maxsize=1)
def provinces() -> tuple[str, ...]:
    """Every province of the country, now and before, however it is called."""
    lines = Path(__file__).with_name("provinces.txt").read_text(encoding="utf-8").splitlines()
    return tuple(n.strip() for line in lines if line.strip() and line[0] != "#" for n in line.split("|"))


def _forms(text: str) -> tuple[Word, ...]:
    return tuple((token.folded, token.spelling) for token in tokens(text))


def _said(words: Iterable[Word]) -> str:
    """The head as `_LEVELS` writes it, when these words are one; "" otherwise."""
    said = " ".join(word[1] for word in words)
    return _spelled_heads().get(said, "")


@lru_cache(maxsize=1)
def _spelled_heads() -> dict[str, str]:
    return {" ".join(spelling(word) for word in head.split()): head for head in _LEVELS}


@lru_cache(maxsize=1)
def _folded_heads() -> dict[str, str]:
    return {fold(head): head for head in _LEVELS}


def _head(words: tuple[Word, ...], accented: bool) -> str | None:
    """ "xã" for "xã", "x", or "xa" in a letter without marks. In a letter with marks "xa" is far away."""
    if head := _said(words):
        return head
    plain = " ".join(word[0] for word in words)
    if any(folded != spelled for folded, spelled in words):
        return None
    return _SHORT.get(plain) or (None if accented else _folded_heads().get(plain))
