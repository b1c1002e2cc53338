"""Personal data with a shape of its own: e-mails, links, dossier codes, plates, dates of birth."""

from __future__ import annotations

import re
from collections.abc import Iterator

from feedback.privacy.folding import Folded
from feedback.privacy.hits import Hit

# Every repetition below is bounded or cannot overlap what follows it, so that no text makes a search quadratic.
_LOCAL = r"[a-z0-9][a-z0-9._%+\-]{0,63}"
_AT = r"(?: ?@ ?| ?[\[(] ?(?:at|a cong|a moc|acong) ?[\])] ?| (?:at|a cong|a moc|acong) )"
_DOT = r"(?: ?\. ?| ?[\[(] ?(?:dot|cham) ?[\])] ?| (?:dot|cham) )"
_EMAIL = re.compile(rf"(?<![a-z0-9._%+\-]){_LOCAL}{_AT}[a-z0-9\-]{{1,63}}(?:{_DOT}[a-z0-9\-]{{2,63}}){{0,4}}")
_PLAIN_EMAIL = re.compile(r"[a-z0-9._%+\-]{1,64}@[a-z0-9\-]{1,63}(?:\.[a-z0-9\-]{1,63}){0,5}")
_MAIL_HOST = re.compile(r"@\s?(?:gmail|yahoo|hotmail|outlook|icloud|live|zoho|proton)")

_URL = re.compile(
    r"(?<![a-z0-9])(?:https?://|www\.|(?:[a-z]{1,10}\.)?(?:facebook|fb|zalo|youtube|youtu|tiktok|instagram|google|t|bit)"
    r"\.(?:com|me|be|vn|ly)(?=/))\S{1,2000}"
)
_PUBLIC_HOST = re.compile(r"(?:https?://)?(?:[a-z0-9\-]{1,63}\.){0,5}gov\.vn(?::\d{1,5})?(?:/[^?#]*)?$")
_BARE_HOST = re.compile(r"(?:https?://)?[a-z0-9.\-]{1,255}(?::\d{1,5})?/?$")

_DOSSIER = re.compile(
    r"(?<!\w)(?:(?:\d{3}\.\d{2}\.\d{2}\.)?[a-z]\d{2}(?:[.\-]\d{1,3}){0,4}[ ]?[-–.][ ]?\d{6,8}[ ]?[-–.][ ]?\d{2,7}"
    r"|\d{3}\.\d{2}\.\d{2}\.[a-z]\d{2}(?:[.\-]\d{1,8}){0,5}"
    r"|ha-\d{4}-\d{5,9})(?!\w)"
)
_DOSSIER_LABEL = re.compile(
    r"(?<!\w)(?:(?:ma|so)(?: so)? (?:ho so|bien nhan|tiep nhan|tra cuu|giay hen|bien lai|don)"
    r"|(?:ho so|bien nhan|giay hen|phieu hen|giay tiep nhan)(?: ma)? so|ma bien nhan)"
    r"(?: cua (?:toi|em|chau))?(?: la)? ?:? ?(?:so )?"
    r"([a-z0-9][a-z0-9./\-]{2,40})"
)

_LEGAL_PLATE_SERIES = r"(?!QD|TT|ND|CP|CT|HD|NQ|CV|TB|KH|BC|TP|UB|GB)"
_PLATE = re.compile(
    rf"(?<![\w.\-/])[1-9]\d ?-? ?{_LEGAL_PLATE_SERIES}[A-Z]{{1,2}}\d?[ .\-–]{{0,3}}"
    r"(?:\d{3}[. ]?\d{2}|\d{4})(?![\w/])"
)
_PLATE_LABEL = re.compile(
    r"(?<!\w)(?:bien(?: kiem soat| so)?(?: xe)?|bks|xe (?:may|o to|oto)(?: bien)?(?: so)?)(?: la)? ?:? ?"
    r"([1-9]\d ?-? ?[a-z]{1,2}\d?[ .\-–]{0,3}\d{2,3}[. ]?\d{2})(?!\w)"
)

_DATE = (
    r"(?:(?:ngay )?(?:mong |mung )?\d{1,2} ?[/.\- ] ?\d{1,2} ?[/.\- ] ?(?:19|20)?\d{2}"
    r"|(?:19|20)\d{2}[/.\-]\d{1,2}[/.\-]\d{1,2}"
    r"|(?:ngay )?(?:mong |mung )?\d{1,2},? thang \d{1,2},? (?:nam )?(?:19|20)?\d{2}"
    r"|(?:thang )?\d{1,2} ?[/.\-] ?(?:19|20)\d{2}|thang \d{1,2},? nam (?:19|20)?\d{2}"
    r"|(?:nam )?(?:19|20)\d{2})"
)
_BIRTH = re.compile(
    rf"(?<!\w)(?:(?:ngay,? (?:thang,? nam )?|nam )sinh|sinh(?! song| vien| hoat| hoc| tru| ke)|sn|ns|ngay chao doi"
    r"|(?:was |is )?born(?: on| in)?|date of birth|dob|birthday)"
    r"(?: (?:cua (?:toi|em|chau|con toi|be)|ra|con|be|chau|ngay(?= ?:)|vao|la|trong|khoang|luc|dung|that|thuc|ghi"
    r"|tren giay|trong giay)){0,4}"
    rf" ?[:.\-]? ?({_DATE})(?!\w)"
)
# "…12/03/1982 chứ không phải 13/03/1982", "… ghi nhầm thành 1985": the other date is a birth date too.
_BIRTH_AGAIN = re.compile(rf"[^.;\n\d]{{0,40}}(?:phai|thanh|nham|sang|ghi)(?: la)? ({_DATE})(?!\w)")
_NOT_BIRTH = re.compile(r"(?:khai|hoc|ve|phat|tai|ho|nu|nam|phuc|thi|di|moi|an|hi|ky|giam) $")


def find(folded: Folded) -> Iterator[Hit]:
    """E-mails, links, dossier codes, plates and dates of birth."""
    yield from _emails(folded.lower)
    yield from _urls(folded.lower)
    yield from _dossiers(folded.lower)
    yield from _plates(folded)
    yield from _births(folded.lower)


def _emails(lower: str) -> Iterator[Hit]:
    for match in _PLAIN_EMAIL.finditer(lower):
        yield Hit(*match.span(), "email", "dạng thư điện tử")
    for match in _EMAIL.finditer(lower):
        found = match.group()
        if "@" in found and _MAIL_HOST.search(found):
            yield Hit(*match.span(), "email", "dạng thư điện tử")
        elif re.search(r"\.|dot|cham", found) and re.search(r"(?:vn|com|net|org|edu|info)$", found):
            yield Hit(*match.span(), "email", "thư điện tử viết bằng chữ")


def _urls(lower: str) -> Iterator[Hit]:
    for match in _URL.finditer(lower):
        link = match.group().rstrip(".,;:!?)]}\"'”’…")
        if not _PUBLIC_HOST.match(link) and not _BARE_HOST.match(link):
            yield Hit(match.start(), match.start() + len(link), "url", "đường dẫn có thể dẫn tới trang riêng")


def _dossiers(lower: str) -> Iterator[Hit]:
    for match in _DOSSIER.finditer(lower):
        yield Hit(*match.span(), "dossier", "dạng mã hồ sơ")
    for match in _DOSSIER_LABEL.finditer(lower):
        code = match.group(1).rstrip("./-")
        if sum(c.isdigit() for c in code) >= 3 and not re.fullmatch(r"\d{1,2}[/.\-]\d{1,2}[/.\-]\d{4}", code):
            yield Hit(match.start(1), match.start(1) + len(code), "dossier", "đứng sau chữ mã hồ sơ")


def _plates(folded: Folded) -> Iterator[Hit]:
    for match in _PLATE.finditer(folded.plain):
        yield Hit(*match.span(), "plate", "dạng biển số xe")
    for match in _PLATE_LABEL.finditer(folded.lower):
        yield Hit(*match.span(1), "plate", "đứng sau chữ biển số")


def _births(lower: str) -> Iterator[Hit]:
    for match in _BIRTH.finditer(lower):
        before = lower[max(0, match.start() - 6) : match.start()]
        if not (match.group().startswith("sinh") and _NOT_BIRTH.search(before)):
            yield Hit(*match.span(1), "birth_date", "đứng sau chữ sinh")
            again = _BIRTH_AGAIN.match(lower, match.end())
            if again:
                yield Hit(*again.span(1), "birth_date", "ngày sinh thứ hai trong câu")
