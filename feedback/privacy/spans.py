"""Spans over a text, and the text without them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

LABELS_VI = {
    "phone": "số điện thoại",
    "id_number": "số giấy tờ",
    "email": "thư điện tử",
    "bank_account": "số tài khoản",
    "address": "địa chỉ",
    "name": "họ tên",
    "plate": "biển số xe",
    "dossier": "mã hồ sơ",
    "birth_date": "ngày sinh",
    "url": "đường dẫn",
    "tax_code": "mã số thuế",
    "other": "thông tin riêng",
}
LABELS_EN = {
    "phone": "phone number",
    "id_number": "identity number",
    "email": "e-mail",
    "bank_account": "bank account",
    "address": "address",
    "name": "name",
    "plate": "licence plate",
    "dossier": "dossier code",
    "birth_date": "date of birth",
    "url": "link",
    "tax_code": "tax code",
    "other": "personal detail",
}
KINDS = tuple(LABELS_VI)


@dataclass(frozen=True)
class Span:
    """One piece of personal data: `text[start:end]`, counted in code points of the original text."""

    start: int
    end: int
    kind: str
    reason: str = ""
    source: Literal["detected", "staff"] = "detected"


def redact(text: str, spans: Sequence[Span], labels: dict[str, str] = LABELS_VI) -> str:
    """`text` with every span replaced by its label, for example "[số điện thoại]"; `text` itself is unchanged.

    Overlapping spans become one, named after the longest. A kind without a label gets the label of "other".
    Raises ValueError for a span that is empty, inverted or outside the text.
    """
    for span in spans:
        if not 0 <= span.start < span.end <= len(text):
            raise ValueError(f"span {span.start}..{span.end} does not fit a text of {len(text)} characters")
    pieces, position = [], 0
    for span in merged(spans):
        pieces += [text[position : span.start], f"[{labels.get(span.kind, labels['other'])}]"]
        position = span.end
    return "".join(pieces) + text[position:]


def merged(spans: Iterable[Span]) -> list[Span]:
    """Sorted spans without overlap: overlapping ones become one, which keeps kind and reason of the longest."""
    result: list[Span] = []
    longest = 0
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        if not result or span.start >= result[-1].end:
            result.append(span)
            longest = span.end - span.start
            continue
        last = result[-1]
        end = max(last.end, span.end)
        if span.end - span.start > longest:
            longest = span.end - span.start
            last = span
        result[-1] = replace(last, start=result[-1].start, end=end)
    return result
