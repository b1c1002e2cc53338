"""Who is told what, how, and how urgently: one table. `manage.py show_notifications` prints it.

A row is (verb of the event log, audience) → channels. The words stand in
`templates/notifications/<citizen|staff>/<verb>.<vi|en>.txt`: the first line is the subject.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from feedback import workflow


class Audience(StrEnum):
    """Whom a rule means; `audiences.py` finds the people. Nobody is told of their own act or of a hidden case."""

    CITIZEN = "citizen"
    HANDLER = "handler"
    HOLDER = "holder"  # the handler; while nobody has the case, its leaders
    LEADERS = "leaders"  # of the unit that holds the case, else of the unit above; sealed: integrity officers
    MANAGERS = "managers"  # sealed: integrity officers
    DIRECTORS = (
        "directors"  # who leads the agency the unit belongs to, else the managers; sealed: integrity officers
    )
    TRIAGE = "triage"  # only while an unsealed case waits to be sorted or belongs to no unit
    INTEGRITY = "integrity"  # only when the case is sealed
    COORDINATORS = "coordinators"  # handlers of units whose opinion is being asked
    MENTIONED = "mentioned"  # whom a note calls by name


AUDIENCE_NAMES: dict[Audience, tuple[str, str]] = {
    Audience.CITIZEN: ("người gửi", "citizen"),
    Audience.HANDLER: ("cán bộ xử lý", "handler"),
    Audience.HOLDER: (
        "cán bộ xử lý; chưa có thì lãnh đạo đơn vị",
        "handler, or unit leaders while there is none",
    ),
    Audience.LEADERS: ("lãnh đạo đơn vị", "unit leaders"),
    Audience.MANAGERS: ("quản lý", "managers"),
    Audience.DIRECTORS: ("lãnh đạo cơ quan", "directors"),
    Audience.TRIAGE: ("cán bộ phân loại", "triage officers"),
    Audience.INTEGRITY: ("cán bộ phụ trách đơn giữ kín", "integrity officers"),
    Audience.COORDINATORS: ("cán bộ đơn vị phối hợp", "handlers of coordinating units"),
    Audience.MENTIONED: ("người được nhắc tên", "who is called by name"),
}


class Urgency(IntEnum):
    """Urgent rows leave the queue first."""

    LOW = 0
    NORMAL = 1
    HIGH = 2


URGENCY_NAMES: dict[Urgency, tuple[str, str]] = {
    Urgency.LOW: ("thấp", "low"),
    Urgency.NORMAL: ("thường", "normal"),
    Urgency.HIGH: ("cao", "high"),
}

MAIL = ("email",)
INBOX = ("inbox",)
BOTH = ("inbox", "email")


@dataclass(frozen=True)
class Rule:
    """One row of the table."""

    verb: str
    audience: Audience
    channels: tuple[str, ...]
    urgency: Urgency = Urgency.NORMAL

    @property
    def template(self) -> str:
        """Name of the text without language and suffix."""
        return f"{'citizen' if self.audience == Audience.CITIZEN else 'staff'}/{self.verb}"


_A, _U = Audience, Urgency

# For one event a person in two audiences is told once: by the row that stands first.
RULES: tuple[Rule, ...] = (
    # To the citizen: each mail says what happened and what happens next.
    Rule("submit", _A.CITIZEN, MAIL, _U.HIGH),
    Rule("route", _A.CITIZEN, MAIL),
    Rule("ask_citizen", _A.CITIZEN, MAIL, _U.HIGH),
    Rule("suspend", _A.CITIZEN, MAIL, _U.HIGH),
    Rule("resume", _A.CITIZEN, MAIL),
    Rule("approve_extension", _A.CITIZEN, MAIL),
    Rule("transfer", _A.CITIZEN, MAIL),
    Rule("reject", _A.CITIZEN, MAIL),
    Rule("approve_reply", _A.CITIZEN, MAIL, _U.HIGH),
    Rule("publish", _A.CITIZEN, MAIL, _U.LOW),
    Rule("withdraw_publication", _A.CITIZEN, MAIL, _U.LOW),
    Rule("reopen", _A.CITIZEN, MAIL),
    Rule("withdraw", _A.CITIZEN, MAIL),
    Rule("close", _A.CITIZEN, MAIL, _U.LOW),
    Rule("merge", _A.CITIZEN, MAIL),
    Rule("unmerge", _A.CITIZEN, MAIL),
    Rule("overdue", _A.CITIZEN, MAIL),
    # Only when the day is later than the one promised (`audiences.news_to_the_citizen`). It is one letter to one person
    # about their own case, last in the queue; silence would leave them waiting on the day they were told.
    Rule("redate", _A.CITIZEN, MAIL, _U.LOW),
    # To the office. Mail only for what somebody must begin; the rest waits in the inbox.
    Rule("submit", _A.INTEGRITY, BOTH, _U.HIGH),
    Rule("submit", _A.TRIAGE, INBOX),
    Rule("seal", _A.INTEGRITY, BOTH, _U.HIGH),
    Rule("assign", _A.HANDLER, BOTH, _U.HIGH),
    Rule("unassignable", _A.LEADERS, BOTH, _U.HIGH),
    Rule("unassignable", _A.MANAGERS, BOTH, _U.HIGH),
    Rule("answer_info", _A.HANDLER, INBOX),
    Rule("answer_info", _A.TRIAGE, INBOX),
    Rule("answer_info", _A.INTEGRITY, INBOX),
    Rule("add_information", _A.HANDLER, INBOX),
    Rule("note", _A.MENTIONED, INBOX, _U.HIGH),
    Rule("coordinate", _A.COORDINATORS, INBOX),
    Rule("give_opinion", _A.HANDLER, INBOX),
    Rule("suspend", _A.HANDLER, INBOX),
    Rule("resume", _A.HANDLER, BOTH, _U.HIGH),
    Rule("request_extension", _A.LEADERS, INBOX),
    Rule("approve_extension", _A.HANDLER, INBOX),
    Rule("refuse_extension", _A.HANDLER, INBOX, _U.HIGH),
    Rule("submit_reply", _A.LEADERS, BOTH),
    Rule("return_reply", _A.HANDLER, BOTH),
    Rule("approve_reply", _A.HANDLER, INBOX),
    Rule("prepare_publication", _A.LEADERS, INBOX, _U.LOW),
    Rule("publish", _A.HANDLER, INBOX, _U.LOW),
    Rule("withdraw_publication", _A.HANDLER, INBOX),
    Rule("transfer", _A.HANDLER, INBOX),
    Rule("reject", _A.HANDLER, INBOX),
    Rule("rate", _A.HANDLER, INBOX, _U.LOW),
    Rule("reopen", _A.HANDLER, INBOX, _U.HIGH),
    Rule("reopen", _A.LEADERS, INBOX),
    Rule("withdraw", _A.HANDLER, INBOX),
    # Alarms. Of `escalate` each level hears only what the event says is for it (`audiences.py`).
    Rule("due_soon", _A.HOLDER, INBOX, _U.HIGH),
    Rule("due_soon", _A.TRIAGE, INBOX, _U.HIGH),
    Rule("overdue", _A.HOLDER, INBOX, _U.HIGH),
    Rule("overdue", _A.LEADERS, INBOX, _U.HIGH),
    Rule("overdue", _A.TRIAGE, INBOX, _U.HIGH),
    Rule("escalate", _A.HOLDER, INBOX, _U.HIGH),
    Rule("escalate", _A.LEADERS, INBOX, _U.HIGH),
    Rule("escalate", _A.MANAGERS, INBOX, _U.HIGH),
    Rule("escalate", _A.DIRECTORS, INBOX, _U.HIGH),
    Rule("escalate", _A.TRIAGE, INBOX, _U.HIGH),
    Rule("waiting", _A.HOLDER, INBOX, _U.HIGH),
    Rule("waiting", _A.TRIAGE, INBOX, _U.HIGH),
)

# Public events of which the citizen gets no mail, and why. Their page shows all of them.
SILENT: dict[str, str] = {
    "assign": "The receipt already names the unit; which officer has it is the office's affair.",
    "take": "As for assign: the receipt already names the unit.",
    "accept": "The receipt already gave the day of the answer; the page shows the acceptance.",
    "answer_info": "The citizen's own act (or told to an officer in person): the page confirms it at once.",
    "add_information": "The citizen's own act: the page confirms it at once.",
    "rate": "The citizen's own act: the page thanks at once.",
    "coordinate": "A step inside the office that asks nothing of the citizen and moves no date.",
    "end_coordination": "As for coordinate: it asks nothing of the citizen and moves no date.",
    "read_identity": "The page lists every reading; a mail each time an officer telephones would be noise.",
    "succeed": "The day promised stays, and so do reference and code; the page names the unit that took over.",
    "split": "Every part is a letter of its own and sends its own receipt, which says what it was split from.",
}


def rules_for(verb: str) -> tuple[Rule, ...]:
    """The rows of one verb, in table order."""
    return _BY_VERB.get(verb, ())


def rule_for(verb: str, audience: str) -> Rule | None:
    """The row a delivery came from; None when the table has lost it since."""
    return next((rule for rule in rules_for(verb) if rule.audience == audience), None)


_BY_VERB: dict[str, tuple[Rule, ...]] = {
    verb: rows for verb in workflow.VERBS if (rows := tuple(rule for rule in RULES if rule.verb == verb))
}


def as_rows(language: str = "vi") -> list[tuple[str, ...]]:
    """The table for people: event, its name, audience, channels, urgency, text; silent public events at the end."""
    i = 1 if language == "en" else 0
    names = {row.verb: row.label[i] for row in workflow.TRANSITIONS}
    told: list[tuple[str, ...]] = [
        (
            rule.verb,
            names[rule.verb],
            AUDIENCE_NAMES[rule.audience][i],
            " + ".join(rule.channels),
            URGENCY_NAMES[rule.urgency][i],
            rule.template,
        )
        for rule in RULES
    ]
    silent: list[tuple[str, ...]] = [
        (verb, names[verb], AUDIENCE_NAMES[Audience.CITIZEN][i], "—", "—", reason)
        for verb, reason in SILENT.items()
    ]
    return told + silent
