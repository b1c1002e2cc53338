"""The office's models in words and as data: for the command line, and for pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from feedback.models import ModelAct, ModelVersion

# Code of a reason (`classifier.contest.Reason`, `feedback.actions.promotion.settle`) → (Vietnamese, English).
REASONS = {
    "few_letters": ("Chưa đủ thư để kiểm tra", "Too few letters to examine it on"),
    "less_accurate": (
        "{head}: đúng ít hơn ({before} → {now})",
        "{head}: right less often ({before} → {now})",
    ),
    "less_likely": (
        "{head}: kém hơn về xác suất của nhãn đúng (log-loss {before} → {now})",
        "{head}: less probable truth (log-loss {before} → {now})",
    ),
    "less_calibrated": (
        "{head}: độ chắc chắn kém khớp với thực tế hơn (ECE {before} → {now})",
        "{head}: its confidence fits the truth less well (ECE {before} → {now})",
    ),
    "not_calibrated": (
        "{head}: độ chắc chắn không khớp với thực tế (ECE {now}, cho phép {before})",
        "{head}: its confidence does not fit the truth (ECE {now}, at most {before})",
    ),
    "misses_guarded": (
        "{head}: bỏ sót nhiều hơn (tìm thấy {before} → {now})",
        "{head}: more are missed (found {before} → {now})",
    ),
    "failed": ("Huấn luyện không xong ({about})", "The training failed ({about})"),
    "shadow": ("Được huấn luyện để chạy thử", "Trained to read silently first"),
    "rolled_back": (
        "Mô hình trước đã bị người có thẩm quyền thu lại; phải có người quyết định",
        "A person took the last model back; a person decides about the next",
    ),
    "overtaken": (
        "Trong lúc huấn luyện, một mô hình khác đã được đưa vào dùng",
        "Another model was put in use meanwhile",
    ),
}
HEADS = {
    "topic": ("Lĩnh vực", "Topic"),
    "issue": ("Vấn đề", "Issue"),
    "kind": ("Loại đơn", "Kind"),
    "suspected_complaint": ("Khiếu nại", "Complaints"),
    "suspected_denunciation": ("Tố cáo", "Denunciations"),
}


def reason_in_words(reason: Mapping[str, Any], language: str = "vi") -> str:
    """One entry of `ModelVersion.reasons` as a sentence without a full stop."""
    side = 1 if language == "en" else 0
    about = str(reason.get("about") or "")
    words = REASONS.get(reason["code"], (reason["code"],) * 2)[side]
    head = HEADS.get(about, (about, about))[side]
    return words.format(head=head, about=about, before=reason.get("before"), now=reason.get("now"))


def as_data(row: ModelVersion) -> dict[str, Any]:
    """A model, its figures and what was done with it, JSON-able."""
    acts = row.acts.select_related("by").order_by("pk")
    return {
        "name": row.name,
        "state": row.state,
        "trained_at": row.trained_at.isoformat(),
        "promoted_at": row.promoted_at.isoformat() if row.promoted_at else None,
        "replaced": str(row.replaced) if row.replaced else None,
        "sha256": row.sha256,
        "examples": row.examples,
        "figures": row.figures,
        "reasons": [
            {**reason, "vi": reason_in_words(reason), "en": reason_in_words(reason, "en")}
            for reason in row.reasons
        ],
        "shadow": row.shadow_after is not None,
        "acts": [_act(act) for act in acts],
    }


def _act(act: ModelAct) -> dict[str, Any]:
    return {"what": act.what, "at": act.at.isoformat(), "by": act.by and act.by.username, "why": act.why}


def line(row: ModelVersion) -> str:
    """A model in one line: name, state, letters learned from, accuracy of each head on letters it never saw."""
    heads = row.figures.get("heads", {})
    figures = ", ".join(f"{HEADS[head][0]} {one['clean']['accuracy']:.0%}" for head, one in heads.items())
    learned = f"{row.figures.get('lessons', 0)} thư / letters"
    shadow = " (chạy thử / shadow)" if row.shadow_after is not None else ""
    return f"{row.name}  {row.get_state_display()}{shadow}  {learned}" + (f"  {figures}" if figures else "")


def reasons(row: ModelVersion) -> list[str]:
    """Why it is not in use by itself, a line each in both languages."""
    return [f"  – {reason_in_words(one)} / {reason_in_words(one, 'en')}" for one in row.reasons]
