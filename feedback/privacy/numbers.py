"""Numbers that name a person: phones in every spelling, identity papers, bank accounts, tax codes.

A number is judged by its shape and by the nearest label before it ("stk", "CCCD" …). Groups of digits are joined
over blanks, dots and dashes; law references, dates and sums of money are left alone.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

import phonenumbers

from feedback.privacy.folding import Folded
from feedback.privacy.hits import Hit

# The letter o counts as a zero inside a number: "o912 345 678".
_GROUP = re.compile(r"(?<![a-z])o?\d(?:[\do]*\d)?(?![a-z]{2})|(?<![a-z])o?\d(?:[\do]*\d)?")
_JOINT = re.compile(r"[ .\-–—_·,()]{1,4}")
_DATE = re.compile(
    r"(?<!\d)(?:0?[1-9]|[12]\d|3[01])([/.\-])(?:0?[1-9]|1[0-2])\1(?:19|20)\d\d(?![.\-]?\d)"
    r"|(?<!\d)(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?!\d)"
)
_LAW = re.compile(
    r"(?<!\w)(?:\d{1,5}/(?:19|20)\d{2}/[a-z0-9\-]{2,20}|\d{1,5}/[a-z]{2,8}(?:-[a-z0-9]{2,12}){0,3}"
    # "tài khoản 0000 0009" is an account, not a clause; and no clause is followed by more groups of digits.
    r"|(?:dieu|(?<!tai )(?<!chuyen )khoan|diem|chuong|muc) \d{1,3}(?![ .\-–—_·]?\d{3}))(?!\w)"
)
# A sum or a measure standing alone; "0912 345 678 đồng ý" is still a phone.
_MONEY = re.compile(
    r"(?<!\d)(?<!\d[ .\-])(?:\d{1,3}(?:[.,]\d{3}){1,5}|[1-9]\d{0,14}) ?"
    r"(?:d(?![a-z/])|dong(?!\w| (?:thoi|y|chi|bao))|vnd|trieu|nghin|ngan(?!\w| hang)|ty(?!\w)|usd|m2|ha(?!\w)|%)"
)

_LABELS = {
    "phone": r"sdt|s\.dt|dt|dien thoai|dd|di dong|zalo|viber|hotline|tel|phone|mobile|goi(?: lai)?|lien he|lien lac"
    r"|alo|may ban",
    "id_number": r"cccd|cmnd|cmt|cmtnd|cm|can cuoc|chung minh|dinh danh|ho chieu|passport|gplx|giay phep lai xe"
    r"|bhxh|bhyt|bao hiem|giay to tuy than|so giay to",
    "bank_account": r"stk|tai khoan|tk|account|acc|chuyen khoan|so the|ngan hang|vietcombank|vcb|agribank|bidv"
    r"|vietinbank|techcombank|mb ?bank|sacombank|acb|vpbank|tpbank",
    "tax_code": r"mst|ma so thue|ma thue",
    "birth_date": r"sinh",
}
_LABEL = re.compile(
    "(?<![a-z0-9])(?:" + "|".join(f"(?P<{kind}>{words})" for kind, words in _LABELS.items()) + ")(?![a-z])"
)
_LABEL_REACH = 45
_BLOCKS_LABEL = re.compile(r"[.!?;\n](?=\s)|\d{6}")
# A passport, or a health insurance card: two letters and thirteen digits.
_PASSPORT = re.compile(r"(?<![A-Za-z0-9])(?:[A-Z] ?\d{7,8}|[A-Za-z]{2}\d(?:[ .\-]?\d){12})(?!\w)")

# Under a label a number may be longer than any real one: a mistyped account is still somebody's, and half of it
# left visible is a leak. Thirty digits and groups bound the work.
_MOST_DIGITS = 30
_LABELLED_SIZES = {
    "tax_code": range(9, 15),
    "bank_account": range(6, _MOST_DIGITS + 1),
    "id_number": range(8, _MOST_DIGITS + 1),
}
_LABELLED_REASONS = {
    "tax_code": "đứng sau chữ mã số thuế",
    "bank_account": "đứng sau chữ tài khoản",
    "id_number": "đứng sau tên giấy tờ",
}

_WORD_DIGITS = {
    "khong": "0", "mot": "1", "mốt": "1", "hai": "2", "ba": "3", "bon": "4", "tu": "4", "nam": "5", "lam": "5",
    "sau": "6", "bay": "7", "bẩy": "7", "tam": "8", "chin": "9", "linh": "0", "le": "0",
}  # fmt: skip
_TOKEN = re.compile(r"[a-z]+|\d+")
_SPELLED_GAP = re.compile(r"[ .,\-–/_]{1,3}")


class _Number(NamedTuple):
    start: int
    end: int
    digits: str


def find(folded: Folded) -> Iterator[Hit]:
    """Phones, identity numbers, bank accounts and tax codes."""
    lower = folded.lower
    chains = list(_chains(lower))
    labels = [(m.end(), m.lastgroup or "") for m in _LABEL.finditer(lower)]
    ends = [end for end, _ in labels]
    for chain in chains:
        at = bisect_left(ends, chain[0].start + 1) - 1
        label = ""
        if at >= 0 and chain[0].start - ends[at] <= _LABEL_REACH:
            label = "" if _BLOCKS_LABEL.search(lower, ends[at], chain[0].start) else labels[at][1]
        yield from _judge(chain, label, lower)
    for match in _PASSPORT.finditer(folded.plain):
        yield Hit(*match.span(), "id_number", "dạng số hộ chiếu, thẻ bảo hiểm")
    yield from _spelled(lower)


def is_phone(digits: str) -> bool:
    """Whether bare digits have the shape of a Vietnamese phone number, in the national or the +84 form.

    Any ten digits from 0 count, also ranges nobody has been given: a mistyped number is still somebody's.
    """
    if re.fullmatch(r"(?:00)?84[235789]\d{8,9}|(?:00)?840\d{9,10}", digits):
        return True
    return bool(re.fullmatch(r"0\d{9}|0(?:2\d|1[2689])\d{8}", digits))


def _chains(lower: str) -> Iterator[list[_Number]]:
    """Groups of digits that stand close enough to be one number; dates, sums and law references break a chain."""
    blocked = sorted(m.span() for pattern in (_DATE, _LAW, _MONEY) for m in pattern.finditer(lower))
    chain: list[_Number] = []
    next_block = 0
    for match in _GROUP.finditer(lower):
        while next_block < len(blocked) and blocked[next_block][1] <= match.start():
            next_block += 1
        if next_block < len(blocked) and blocked[next_block][0] < match.end():
            continue
        if chain and not _JOINT.fullmatch(lower, chain[-1].end, match.start()):
            yield chain
            chain = []
        chain.append(_Number(*match.span(), match.group().replace("o", "0")))
    if chain:
        yield chain


def _judge(chain: list[_Number], label: str, lower: str) -> Iterator[Hit]:
    """Walk a chain from left to right, taking the longest piece with the shape of a number that names a person."""
    first = 0
    while first < len(chain):
        # A phone behind another number is a phone, whatever the label before them both.
        here = "" if first and is_phone(chain[first].digits) else label
        taken, kind, reason = _longest(chain, first, here, lower)
        if not taken:
            first += 1
            continue
        start = chain[first].start
        # "(+84)" and "(0227)": the sign and the bracket go with the number.
        while start and lower[start - 1] in "+(" and kind == "phone":
            start -= 1
        yield Hit(start, chain[first + taken - 1].end, kind, reason)
        first += taken


def _longest(chain: list[_Number], first: int, label: str, lower: str) -> tuple[int, str, str]:
    """How many groups from `first` make one number, its kind and the reason; (0, "", "") if none do."""
    digits, best = "", (0, "", "")
    narrowest = _MOST_DIGITS
    for taken, group in enumerate(chain[first : first + _MOST_DIGITS], start=1):
        digits += group.digits
        narrowest = min(narrowest, len(group.digits))
        if len(digits) > _MOST_DIGITS:
            break
        kind, reason = _kind(digits, label, international=lower[max(0, chain[first].start - 1)] == "+")
        if not kind and narrowest >= 3 and _is_old_id(digits):
            kind, reason = "id_number", "9 chữ số như số chứng minh cũ"
        if kind and not (best[1] == "phone" and kind != "phone"):
            best = (taken, kind, reason)
    if best[1] == label and label in {"bank_account", "id_number"}:
        return _stop_before_phone(chain, first, best)
    return best


def _stop_before_phone(chain: list[_Number], first: int, best: tuple[int, str, str]) -> tuple[int, str, str]:
    """A number followed by a phone in one breath: "stk 1903222 0100000012" are two numbers."""
    for offset, group in enumerate(chain[first + 1 : first + best[0]], start=1):
        if is_phone(group.digits):
            return (offset, *best[1:])
    return best


def _kind(digits: str, label: str, *, international: bool) -> tuple[str, str]:
    """The kind of a bare number under a label, and why; ("", "") for a number that names nobody."""
    size = len(digits)
    if size in _LABELLED_SIZES.get(label, ()):
        return label, _LABELLED_REASONS[label]
    if is_phone(digits) or (international and _is_foreign_phone(digits)):
        return "phone", "dạng số điện thoại"
    if label == "phone" and 7 <= size <= 12:
        return "phone", "đứng sau chữ điện thoại"
    if size == 12 and digits[0] == "0":
        return "id_number", "12 chữ số như số căn cước"
    if (
        size >= 11
        and (digits[0] == "0" or size in {12, 13, 14, 15, 16, 19})
        and not digits.endswith("000000")
    ):
        return "bank_account", "dãy số dài"
    return "", ""


def _is_old_id(digits: str) -> bool:
    """Nine digits without a label: an identity card of before 2016, unless it ends like a sum of money."""
    return len(digits) == 9 and not digits.endswith("000")


def _is_foreign_phone(digits: str) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse("+" + digits))
    except phonenumbers.NumberParseException:
        return False


def _spelled(lower: str) -> Iterator[Hit]:
    """Phone and identity numbers said in words: "không chín một hai …", also mixed with digits."""
    run: list[_Number] = []
    for match in _TOKEN.finditer(lower):
        token = match.group()
        digits = _WORD_DIGITS.get(token) or (token if token.isdecimal() and len(token) <= 6 else "")
        joined = run and _SPELLED_GAP.fullmatch(lower, run[-1].end, match.start())
        if run and not (digits and joined):
            yield from _spelled_run(run, lower)
            run = []
        if digits:
            run.append(_Number(*match.span(), digits))
    yield from _spelled_run(run, lower)


def _spelled_run(run: list[_Number], lower: str) -> Iterator[Hit]:
    words = sum(1 for number in run if lower[number.start].isalpha())
    size = sum(len(number.digits) for number in run)
    if words >= 4 and 8 <= size <= 40:
        kind = "id_number" if size == 12 else "phone"
        yield Hit(run[0].start, run[-1].end, kind, "dãy số viết bằng chữ")


def digit_runs(lower: str) -> Iterator[str]:
    """Every number of a folded text as bare digits, whether written in groups or in words."""
    run = ""
    last = 0
    for match in _TOKEN.finditer(lower):
        token = match.group()
        digits = token if token.isdecimal() else _WORD_DIGITS.get(token, "")
        if run and not (digits and _JOINT.fullmatch(lower, last, match.start())):
            yield run
            run = ""
        run += digits
        last = match.end()
    if run:
        yield run
