"""One letter as a line of a list: names from the catalogue in memory, the clock from cached columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from feedback import actions
from feedback.models import Case, User, catalogue
from feedback.web.desk.base import act_url, case_url
from feedback.web.desk.words import Badge, badge
from feedback.web.words import language, name_of, shortened
from feedback.workflow import status_name


@dataclass(frozen=True)
class Row:
    """One line of a list. Names come from the catalogue in memory: no joins but the handler."""

    pk: int
    reference: str
    url: str
    excerpt: str
    status: str
    status_label: str
    badge: Badge
    topic: str
    issue: str
    kind: str
    unit: str
    handler: str
    sealed: bool
    urgent: bool
    received_at: datetime
    version: int
    action_url: str = ""
    action_label: str = ""
    action_posts: bool = False
    position: str = ""  # where it stands in its list, for reading on from there

    @property
    def css(self) -> str:
        return f"is-{self.badge.state}" if self.badge.state in ("overdue", "due_soon") else ""


def row_of(case: Case, at: datetime, verb: str = "", user: User | None = None, position: str = "") -> Row:
    book = catalogue()
    row = actions.allowed_actions(case, user) if verb and user else []
    issue, kind = name_of(book.issues.get(case.issue_id or "")), name_of(book.kinds.get(case.kind_id or ""))
    offered = next((t for t in row if t.verb == verb), None)
    return Row(
        pk=case.pk,
        reference=case.reference,
        url=case_url(case),
        excerpt=shortened(case.text),
        status=case.status,
        status_label=status_name(case.status, language()),
        badge=badge(case, at),
        topic=name_of(book.topics.get(case.topic_id or "")),
        issue=issue if issue != kind else "",  # praise is called so in both catalogues
        kind=kind,
        unit=name_of(book.units.get(case.unit_id or "")),
        handler=str(case.handler) if case.handler else "",
        sealed=case.sealed,
        urgent=case.urgent and case.is_open,
        received_at=case.received_at,
        version=case.version,
        action_url=act_url(case, verb) if offered else "",
        action_label=offered.label[1 if language() == "en" else 0] if offered else "",
        action_posts=verb == "take",
        position=position,
    )
