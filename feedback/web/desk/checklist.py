"""The questions of the letter beside the editor: each one ticked, explained or struck out before the reply goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from feedback import actions
from feedback.models import Case, Question

S = Question.State


@dataclass(frozen=True)
class Line:
    """One question as a row of the form, or as the leader reads it."""

    key: str
    text: str
    state: str
    remark: str
    added: bool
    who: str = ""
    at: datetime | None = None

    @property
    def answered(self) -> bool:
        return self.state == S.ANSWERED

    @property
    def struck(self) -> bool:
        return self.state == S.STRUCK


def lines(case: Case, posted: QueryDict | None = None) -> list[Line]:
    """The checklist as stored; what was just sent with the form stands over it."""
    sent = {tick.key: tick for tick in ticks(posted) or ()} if posted is not None else {}
    return [_line(item, sent) for item in actions.checklist(case)]


def _line(item: actions.QuestionItem, sent: Mapping[str, actions.Tick]) -> Line:
    tick = sent.get(item.key)
    who, at = (str(item.row.by), item.row.at) if item.row else ("", None)
    return Line(
        item.key,
        item.text or _("The main request is answered"),
        tick.state if tick else item.state,
        tick.remark if tick else item.remark,
        item.added,
        who,
        at,
    )


def ticks(posted: QueryDict) -> list[actions.Tick] | None:
    """What the form says of every question it showed; None for a form without a checklist."""
    keys = posted.getlist("question")
    if not keys:
        return None
    answered, struck = set(posted.getlist("answered")), set(posted.getlist("struck"))
    return [
        actions.Tick(
            key,
            S.STRUCK if key in struck else S.ANSWERED if key in answered else S.OPEN,
            posted.get(f"why-{key}", ""),
        )
        for key in keys[:100]
    ]


def added(posted: QueryDict) -> list[str]:
    """Questions the handler typed in."""
    return [words for words in posted.getlist("new_question") if words.strip()][:5]


def said(request: HttpRequest) -> dict[str, Any]:
    """Ticks and added questions, as the verbs take them."""
    return {"ticks": ticks(request.POST), "added": added(request.POST)}
