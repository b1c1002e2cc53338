"""Addresses down to the house or the hamlet: "số nhà 12 đường …", "thôn X, xã Y", "tổ 5 phường Z".

A commune, a district or a street alone tells where something happened and stays readable; with a house number,
an alley or a hamlet beside it, it tells where somebody lives.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from feedback.privacy import vocabulary as v
from feedback.privacy.folding import Folded
from feedback.privacy.hits import Hit

_NUMBER = r"(?<!ngay )(?!0\d\d)(?:[kh](?=\d{1,4}/))?\d{1,4}[a-z]?\d?(?:[/\-]\d{1,4}[a-z]?){0,4}(?![\w])"
_YEAR = r"(?:19|20)\d\d(?!\w)"
# A proper name as people write it: capitalised words, but not the head of the next part ("Đông Xã Thanh Hà").
_NEXT_HEAD = r"(?:Xa|Phuong|Huyen|Quan|Tinh|Thi [Tt]ran|TP|Toi|Em|Duong|Pho|So) "
_WORD = r"(?!(?:UBND|HDND|BND)(?!\w))[A-Z][A-Za-z0-9']{0,14}"
_NAME = rf"(?-i:{_WORD}(?: (?!{_NEXT_HEAD}){_WORD}){{0,4}})"
# The same typed small; where it ends is decided word by word, with the marks that were typed (`_trimmed`).
_SMALL_NAME = r"[a-z']{1,12}(?: [a-z']{1,12}){0,3}"
_NEXT_PART = r"(?:phuong|xa|thi tran|p\.|quan|q\.|tp|thanh pho|to|khu pho|ward|district|commune|street|road)"
# A number and a small word that is counted, measured or waited for is no house: "9 giờ sáng, phường 5".
_COUNTED = (
    r"(?!(?:gio|ngay|thang|nam|nguoi|lan|ban|ho|phut|trieu|nghin|ngan|dong|to|cai|giay|tuan|can|phieu|con|chau"
    r"|km|met)(?!\w))"
)
_SMALL_STREET = rf"{_COUNTED}[a-z']{{2,8}}(?: [a-z']{{2,8}}){{1,3}}"
# Streets typed small are believed sooner when they begin like the name of somebody a street is called after.
_HONOURED = (
    r"(?:nguyen|tran|le|pham|ly|hoang|ngo|phan|dinh|vo|huynh|dang|bui|truong|hai ba|quang|hung|cach mang)"
    r"(?: [a-z']{2,8}){1,2}"
)
_ENGLISH_STREET = r"(?:street|st|road|rd|avenue|lane|alley)"

_HAMLET = (
    r"(?:thon|xom|ap|ban|buon|lang|khu pho|kp|to dan pho|tdp|to|khu dan cu|khu|cum dan cu|cum"
    r"|khom|doi|tieu khu|phum|soc)"
    r"(?: so)?\.? "
)
_PARTS = {
    "house": rf"(?:so nha|nha so|s\.n|sn) ?:? ?{_NUMBER}|so {_NUMBER}"
    rf"|nha {_NUMBER}(?! ?(?:tang|gian|phong|nguoi|can|con|mat|thang|chi|anh|em|dua|lan))",
    "numbered": rf"(?!{_YEAR}){_NUMBER} {_NAME} {_ENGLISH_STREET}(?!\w)"
    rf"|(?!{_YEAR}){_NUMBER} {_NAME}(?=,? ?{_NEXT_PART} ?)"
    rf"|(?!{_YEAR}){_NUMBER} {_SMALL_STREET}(?=, ?(?:phuong|p\.|quan|q\.) ?\d)"
    rf"|(?!{_YEAR}){_NUMBER} {_HONOURED}(?: [a-z']{{2,8}})?(?=, ?{_NEXT_PART} )",
    "bare": rf"(?!{_YEAR}){_NUMBER}",
    "flat": r"(?:can ho|phong|p\.|can) ?(?:so )?[a-z]?\d{3,4}[a-z]?(?!\w)"
    r"|phong (?:so )?[1-9]\d?(?!\w)(?=,? (?:nha|khu|day))"
    rf"|(?:nha tro|khu tro|day tro|xom tro|ky tuc xa|ktx) (?:so )?(?:{_NAME}|[a-z]?\d{{1,3}}(?!\w))"
    r"|(?:chung cu|toa nha|toa|block|khu tap the|ktt|kdt|khu do thi|lo) (?:so )?"
    rf"(?:{_NAME}|[a-z]?\d{{1,4}}[a-z]?\d?(?!\w))",
    "alley": rf"(?:ngo|ngach|hem|kiet) (?:so )?(?:{_NUMBER}(?: {_NAME})?|{_NAME})",
    "street": rf"(?:duong|pho|dai lo|quoc lo|ql|tinh lo) ?(?:so )?(?:{_NAME}|{_NUMBER})",
    "hamlet": rf"{_HAMLET}(?:{_NAME}(?: \d{{1,3}}(?![\w/]))?|{_NUMBER}|[ivx]{{1,4}}(?!\w))",
    "commune": rf"{_NAME} (?:ward|commune|district)(?!\w)"
    rf"|(?:xa|phuong|thi tran|ward|district|commune) (?:{_NAME}|\d{{1,2}}(?!\w))|(?:p|x|tt)[. ] ?{_NAME}",
    "parcel": r"(?:thua(?: dat)?(?: so)?|to ban do(?: so)?|tbd(?: so)?) ?:? ?\d{1,5}(?!\w)",
}
_PART = re.compile(
    r"(?i)(?<![\w/.])(?:" + "|".join(f"(?P<{kind}>{rule})" for kind, rule in _PARTS.items()) + ")"
)
# The same without capitals: only believed next to another part or after a label such as "địa chỉ".
_SMALL_PART = re.compile(
    rf"(?P<street>(?:duong|pho) {_SMALL_NAME})|(?P<alley>(?:ngo|ngach|hem) {_SMALL_NAME})"
    rf"|(?P<hamlet>(?:thon|xom|ap|ban|buon|lang|khu pho|khu|khom) {_SMALL_NAME}(?: \d{{1,3}}(?![\w/]))?)"
    rf"|(?P<commune>(?:xa|phuong|thi tran) {_SMALL_NAME})"
)
# Only after a label: "địa chỉ 12B Nguyễn Văn Trỗi", "27 nguyen hue, phuong ben nghe", "nguyen trai 14/5".
_NUMBERED = re.compile(
    rf"(?i)(?P<numbered>(?!{_YEAR}){_NUMBER} (?:{_NAME}|{_SMALL_STREET}(?=, ?{_NEXT_PART} )|{_HONOURED})"
    rf"|(?:{_NAME}|[a-z']{{2,8}} [a-z']{{2,8}}(?: [a-z']{{2,8}})?),? (?:so )?\d{{1,4}}[a-z]?/\d{{1,4}}[a-z]?(?![/\w]))"
)
_GAP = re.compile(r"(?: ?[,\-–/] ?| {1,2})(?:(?:tai|o|thuoc) )?")

# Words whose folded form means other things; where marks were typed, the spelling decides.
_SPELLED = {
    "ban": {"bản"}, "to": {"tổ"}, "doi": {"đội"}, "lang": {"làng"}, "lo": {"lô"}, "ap": {"ấp"}, "can": {"căn"},
    "phong": {"phòng"}, "xa": {"xã"}, "pho": {"phố"}, "duong": {"đường"}, "hem": {"hẻm"}, "toa": {"tòa", "toà"},
    "soc": {"sóc"}, "kiet": {"kiệt"}, "so": {"số"}, "thua": {"thửa"}, "phuong": {"phường"}, "ngo": {"ngõ"},
    "thon": {"thôn"}, "xom": {"xóm"}, "buon": {"buôn"}, "ngach": {"ngách"}, "khom": {"khóm"}, "nha": {"nhà"},
}  # fmt: skip
_LABEL = re.compile(
    r"(?<!\w)(?:dia chi(?: (?:nha|lien he|thuong tru|hien tai|cua (?:toi|em|chau)))?|d/c|dc|hktt"
    r"|ho khau(?: thuong tru)?|thuong tru|tam tru|cu tru|tru|ngu|(?:cho|noi) o(?: hien nay| hien tai)?"
    r"|(?:sinh )?song(?= o| tai)|(?:que|tro|phong|thue nha|nha thue)(?= o| tai)"
    r"|o tro(?: o| tai)?|gui(?: [a-z]{1,6}){0,3} ve(?: nha)?(?: toi| em| chau)?"
    r"|(?:my )?address(?: is)?|liv(?:e|ing) (?:at|in|on)"
    r"|nha(?: (?:toi|em|chau|minh|ba|ong))?(?= (?:dang |hien )?(?:o|tai))"
    r"|(?:toi|em|chau|gia dinh|bo|me|ba|ma|ong|anh|chi|co|vo|chong|con|ngoai|noi)"
    r"(?: (?:toi|em|chau|ma|me))?(?: hien)?(?: dang)?(?= o))"
    r"(?: hien)?(?: dang)?(?: o)?(?: tai| la)? ?:? ?(?:tai |o )?"
)
_OFFICE = re.compile(r"(?:tru so|cong chung|ubnd|uy ban|co quan|chi nhanh)[^.;\n]{0,30}(?:tai|o|:|\() ?$")


class _Part(NamedTuple):
    start: int
    end: int
    kind: str


def find(folded: Folded) -> Iterator[Hit]:
    """Addresses that lead to a house, a flat, an alley, a hamlet or a land parcel."""
    labels = [match.end() for match in _LABEL.finditer(folded.lower)]
    known = set(labels)
    for chain in _chains(folded, labels):
        labelled = chain[0].start in known
        if _is_home([part.kind for part in chain], labelled) and not _is_office(folded.lower, chain[0].start):
            yield Hit(chain[0].start, chain[-1].end, "address", "đủ chi tiết để tìm tới nhà")


def _is_home(kinds: list[str], labelled: bool) -> bool:
    """Whether these parts together lead to a door. Any one line says yes."""
    have = set(kinds)
    return (
        "numbered" in have
        or kinds.count("parcel") > 1
        or ("house" in have and bool(labelled or have & {"alley", "street", "hamlet", "flat"}))
        or ("bare" in have and bool(have & {"alley", "street"}))
        or ("flat" in have and (labelled or len(kinds) - kinds.count("bare") > 1))
        or ("alley" in have and (labelled or len(kinds) > 1))
        or ("hamlet" in have and (labelled or "commune" in have))
    )


def _is_office(lower: str, start: int) -> bool:
    """An office's own address is meant to be known."""
    return bool(_OFFICE.search(lower[max(0, start - 60) : start]))


def _chains(folded: Folded, labels: list[int]) -> Iterator[list[_Part]]:
    """Parts that follow each other over a comma or a blank; the commune after them ends the address.

    Every position is searched once (the next part is remembered), so the walk is linear.
    """
    position = 0
    ahead = _PART.search(folded.plain)
    while True:
        if ahead and ahead.start() < position:
            ahead = _PART.search(folded.plain, position)
        at = bisect_left(labels, position)
        first = None
        if at < len(labels) and (ahead is None or labels[at] <= ahead.start()):
            position = labels[at] + 1
            first = _part_at(folded, labels[at], small=True)
        elif ahead:
            position = ahead.start() + 1
            first = _part_at(folded, ahead.start(), small=False)
        else:
            return
        if first:
            chain = _follow(folded, first)
            position = chain[-1].end
            yield chain


def _follow(folded: Folded, first: _Part) -> list[_Part]:
    chain = [first]
    while len(chain) < 8 and not (chain[-1].kind == "commune" and len(chain) > 1):
        gap = _GAP.match(folded.lower, chain[-1].end)
        part = _part_at(folded, gap.end(), small=first.kind != "bare") if gap else None
        if part is None or part.kind == "bare":
            break
        chain.append(part)
    return chain


def _part_at(folded: Folded, start: int, *, small: bool) -> _Part | None:
    """The part that begins exactly at `start`; with `small` also one written without capitals."""
    match = _PART.match(folded.plain, start)
    end = match.end() if match else start
    if small and (match is None or match.lastgroup == "bare"):
        named = _NUMBERED.match(folded.plain, start) or _SMALL_PART.match(folded.lower, start)
        kept = _trimmed(folded, named) if named else 0
        if named and kept:
            match, end = named, kept
    if match is None or not _well_spelled(folded, match):
        return None
    if match.lastgroup == "numbered" and not _trimmed(folded, match):
        return None
    return _Part(start, end, match.lastgroup or "")


def _trimmed(folded: Folded, match: re.Match[str]) -> int:
    """Where a name typed small really ends: before the first word that cannot be in it; 0 if nothing is left."""
    if match.lastgroup == "numbered":
        small = (word.span() for word in re.finditer(r"(?<!\w)[a-z']+", folded.plain[slice(*match.span())]))
        spelled = {_spelling(folded, match.start() + first, match.start() + last) for first, last in small}
        return 0 if spelled & v.STREET_STOPS else match.end()
    # "khu pho dong": the head is two words.
    head = re.match(r"(?:khu pho|thi tran|[a-z]+) ", match.group())
    base = match.start() + (head.end() if head else 0)
    kept = 0
    for count, found in enumerate(re.finditer(r"[a-z']+|\d+", folded.lower[base : match.end()])):
        word = _spelling(folded, base + found.start(), base + found.end())
        # "thon lai xa, xa kim chung": typed plain right before a comma, it is the name's last word.
        last = count > 0 and folded.lower[base + found.end() : base + found.end() + 1] in {",", "."}
        barred = count == 0 and match.lastgroup in {"street", "alley"} and word in v.NO_STREET
        too_many = count == 3 and len(word) > 1 and word.isalpha()
        if too_many or barred or (word in v.STREET_STOPS and not last):
            break
        kept = base + found.end()
    return kept


def _spelling(folded: Folded, start: int, end: int) -> str:
    """The word as typed, with its marks, in small letters."""
    first, last = folded.place(start, end)
    return unicodedata.normalize("NFC", folded.original[first:last]).lower()


def _well_spelled(folded: Folded, match: re.Match[str]) -> bool:
    """Whether the head is the word meant: "tổ 5" or plain "to 5", but not "tờ 5"."""
    head = re.match(r"[a-z]+", folded.lower[match.start() : match.start() + 12])
    if head is None or head.group() not in _SPELLED:
        return True
    written = _spelling(folded, match.start(), match.start() + head.end())
    return written == head.group() or written in _SPELLED[head.group()] or match.lastgroup == "parcel"
