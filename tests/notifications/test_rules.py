"""The table is whole: every public event is told or has a reason, every row has its words in both languages."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from feedback import actions, workflow
from feedback.models import Case, CaseEvent, Change, User
from notifications import messages
from notifications.channels import CHANNELS
from notifications.rules import RULES, SILENT, Audience, Rule, rule_for
from tests.cast import BIRTH, WEDNESDAY
from tests.notifications.conftest import PERSON

PUBLIC = {row.verb for row in workflow.TRANSITIONS if row.public}
TEMPLATES = sorted({rule.template for rule in RULES} | set(messages.SEALED.values()))
NEWS = [
    *(f"digest/{what}" for what in Change.What),
    "digest/report",
    "account/news",
    "account/link",
]  # not one case
TEXTS = Path(settings.BASE_DIR) / "notifications" / "templates" / "notifications"
# Everything a public event may carry.
CARRIED = {
    "agency": "Sở Xây dựng",
    "agency_en": "Department of Construction",
    "hint": "Xin gửi tới Ủy ban nhân dân xã.",
    "hint_en": "Please write to the commune.",
}


def event_of(case: Case, rule: Rule, **public: object) -> CaseEvent:
    return CaseEvent(case=case, seq=9, verb=rule.verb, at=WEDNESDAY, public=CARRIED | public)


def test_the_citizen_hears_of_every_public_event_or_there_is_a_reason() -> None:
    told = {rule.verb for rule in RULES if rule.audience == Audience.CITIZEN}
    assert told | SILENT.keys() == PUBLIC
    assert not told & SILENT.keys()
    assert all(len(reason) > 10 for reason in SILENT.values())


def test_every_row_is_possible_and_stands_once() -> None:
    keys = [(rule.verb, rule.audience) for rule in RULES]
    assert len(keys) == len(set(keys))
    assert {rule.verb for rule in RULES} <= set(workflow.VERBS)
    assert {channel for rule in RULES for channel in rule.channels} <= CHANNELS.keys()
    assert all("inbox" not in rule.channels for rule in RULES if rule.audience == Audience.CITIZEN)
    assert all(rule_for(rule.verb, rule.audience) == rule for rule in RULES)


@pytest.mark.parametrize("language", messages.LANGUAGES)
@pytest.mark.parametrize("name", TEMPLATES)
def test_every_text_has_a_subject_of_one_line_and_a_body(name: str, language: str) -> None:
    subject, _, body = messages.template(name, language).source.partition("\n")
    assert set(re.findall(r"{[{%].*?[%}]}", subject)) <= {"{{ reference }}"}
    assert 10 < len(subject) < 78
    assert len(body.strip()) > 60


def test_no_text_is_left_over() -> None:
    files = {str(path.relative_to(TEXTS)) for path in TEXTS.rglob("*.txt")}
    wanted = {f"{name}.{language}.txt" for name in (*TEMPLATES, *NEWS) for language in messages.LANGUAGES}
    assert {name for name in files if "/_" not in name} == wanted


@pytest.mark.parametrize("language", messages.LANGUAGES)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.verb}-{rule.audience}")
def test_every_text_speaks_of_the_case_and_of_nobody(rule: Rule, language: str, written: Case) -> None:
    text = messages.compose(event_of(written, rule), rule.template, language=language, at=WEDNESDAY)
    whole = f"{text.subject}\n{text.body}"
    assert written.reference in text.subject
    assert settings.SITE_URL in text.body
    assert "None" not in whole
    assert "{" not in whole
    assert "\n\n\n" not in whole
    for private in (*PERSON.values(), BIRTH):
        assert private not in whole


@pytest.mark.parametrize("rule", [r for r in RULES if r.audience == Audience.CITIZEN], ids=lambda r: r.verb)
def test_every_mail_to_the_citizen_says_what_happens_next(rule: Rule, written: Case) -> None:
    vi = messages.compose(event_of(written, rule), rule.template, language="vi", at=WEDNESDAY)
    en = messages.compose(event_of(written, rule), rule.template, language="en", at=WEDNESDAY)
    assert vi.body.count("Tiếp theo: ") == 1
    assert en.body.count("What happens next: ") == 1
    assert "/lien-ket/" in vi.body
    assert "/lien-ket/" in en.body


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_a_sealed_case_has_one_neutral_text(language: str, send) -> None:
    case = send(visibility="sealed", **PERSON).case
    texts: dict[bool, set[messages.Text]] = {True: set(), False: set()}
    for rule in RULES:
        event = event_of(case, rule, unit="Phòng Hành chính tư pháp")
        text = messages.compose(event, rule.template, language=language, at=WEDNESDAY)
        texts[rule.audience == Audience.CITIZEN].add(text)
    assert [len(found) for found in texts.values()] == [1, 1]
    for text in texts[True] | texts[False]:
        whole = f"{text.subject} {text.body}"
        hidden = (*PERSON.values(), BIRTH, case.reference, "/lien-ket/", "/don/", "Hành chính", "HA-")
        assert [word for word in hidden if word in whole] == []


def test_a_headline_of_a_sealed_case_is_neutral(send) -> None:
    case = send(visibility="sealed").case
    event = event_of(case, RULES[-1])
    assert messages.headline(event, "staff/submit_reply", "vi") == "Một đơn giữ kín cần xem"


def test_the_receipt_says_who_until_when_and_why(written: Case) -> None:
    text = messages.compose(event_of(written, RULES[0]), "citizen/submit", language="vi", at=WEDNESDAY)
    assert "Nơi trả lời: Phòng Hành chính tư pháp." in text.body
    assert "Hạn trả lời: thứ Sáu, 20/11/2026." in text.body
    assert "Căn cứ:" in text.body
    assert "chậm nhất phải tiếp nhận lúc 17:00" in text.body


def test_once_accepted_the_date_is_no_longer_the_latest(written: Case, manager: User) -> None:
    actions.accept(written, by=manager, at=WEDNESDAY)
    text = messages.compose(event_of(written, RULES[0]), "citizen/submit", language="vi", at=WEDNESDAY)
    assert "Hạn trả lời: thứ Tư, 18/11/2026." in text.body
    assert "chậm nhất" not in text.body


def test_the_table_is_printed_and_stands_in_the_docs() -> None:
    out = StringIO()
    call_command("show_notifications", stdout=out)
    assert all(f"| {rule.verb} |" in out.getvalue() for rule in RULES)
    page = (Path(settings.BASE_DIR) / "docs" / "notifications.md").read_text()
    assert out.getvalue().strip() in page
