"""How right the classifier is: the random check, the figures by hand, the target that raises a threshold."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from classifier.risk import NEVER, wilson
from classifier.suggestion import HEADS, Guess, Head, Suggestion
from feedback import actions, errors
from feedback.actions import classification
from feedback.actions.audit import drawn, verdicts
from feedback.actions.quality import conclude, look_at_week, stand_back
from feedback.models import AuditSample, Case, QualityTarget, User
from feedback.models import Suggestion as Stored
from feedback.models.quality import PRECISION, Target, targets, thresholds
from feedback.reports import quality
from notifications.chores import CHORES
from tests.cast import HANOI, WEDNESDAY, later

Send = Callable[..., actions.Receipt]
MONDAY = date(2026, 11, 2)


@pytest.fixture
def everything_drawn(settings: Settings) -> None:
    settings.AUDIT_PERCENT = 100


# --- the figures, by hand


def test_wilson_by_hand() -> None:
    """9 of 10: middle (0.9 + 0.19208) / 1.38416 = 0.78899, half 1.96 · √0.018604 / 1.38416 = 0.19314."""
    found = wilson(9, 10)
    assert found.share == 0.9
    assert found.low == pytest.approx(0.59585, abs=1e-4)
    assert found.high == pytest.approx(0.98213, abs=1e-4)


def test_precision_comes_from_the_sample_and_known_mistakes_cap_it() -> None:
    """Ten of fifty were put right by people: whatever the sample says, at most four in five were right."""
    sampled = quality.Tally(letters=100, answered=80, alone=50, overruled=0, checked=10, right=9)
    assert sampled.realised == wilson(9, 10)
    known = quality.Tally(letters=100, answered=80, alone=50, overruled=10, checked=10, right=9)
    assert known.realised is not None
    assert (known.realised.share, known.realised.high) == (0.8, 0.8)
    assert known.realised.low == wilson(9, 10).low
    assert known.coverage == 0.8
    assert quality.Tally(letters=5, answered=5, alone=5).realised is None


def letter(at: datetime, topic: quality.Answer, **other: Any) -> quality.Letter:
    silent = quality.Answer(None, 0.2, None, None)
    given: dict[str, Any] = {
        "engine": "learned m-1",
        "alone": True,
        "words": 10,
        "unknown": 1,
        "accented": True,
    } | other
    return quality.Letter(at=at, heads={"topic": topic, "issue": silent, "kind": silent}, **given)


def said(code: str | None, true: str | None = None, right: bool | None = None) -> quality.Answer:
    return quality.Answer(code, 0.9, true, right)


def test_weeks_models_and_what_became_of_what(office: None) -> None:
    """Sunday's last minute belongs to the old week, as the office's clock has it; each letter to its model."""
    sunday = datetime(2026, 11, 8, 23, 59, tzinfo=HANOI)
    weeks = quality.count(
        [
            letter(sunday, said("HT.KS", "HT.KS", right=True)),
            letter(sunday, said("HT.KS", "HT.KT", right=False), accented=False),
            letter(sunday, said("HT", "HT.KS"), unknown=4),  # a family is right for its members
            letter(sunday, said(None, "CT.BS"), alone=False),
            letter(sunday + timedelta(minutes=1), said("CT.BS", "HT.KS"), engine="learned m-2"),
            letter(sunday + timedelta(minutes=1), said("CT.BS"), engine="learned m-2"),
        ],
        [MONDAY, MONDAY + timedelta(weeks=1)],
    )
    report = quality.combined(weeks, later(days=7))
    first, second = report.weeks
    assert (first.letters, first.alone, second.letters) == (4, 3, 2)
    tally = first.heads["topic"]
    assert (tally.answered, tally.alone, tally.checked, tally.right, tally.overruled) == (3, 3, 2, 1, 1)
    assert first.unaccented_share == 0.25
    assert first.unknown_share == pytest.approx(7 / 40)
    assert second.heads["topic"].overruled == 1
    assert first.topics == {"HT": 3, "CT": 1}
    assert [(model.name, model.letters) for model in report.models] == [
        ("learned m-1", 4),
        ("learned m-2", 2),
    ]
    assert report.confusion["topic"] == {
        ("HT.KS", "HT.KS"): 1,
        ("HT.KS", "HT.KT"): 1,
        ("HT", "HT.KS"): 1,
        ("CT.BS", "HT.KS"): 1,
    }
    assert report.by_topic["CT.BS"] == (2, 1)
    assert report.total.heads["topic"].confidence == pytest.approx(0.9)


def test_a_model_taken_back_stands_last_again(office: None) -> None:
    days = [MONDAY, MONDAY + timedelta(weeks=1)]
    found = [
        letter(WEDNESDAY, said("HT.KS"), engine="learned m-1"),
        letter(WEDNESDAY, said("HT.KS"), engine="learned m-2"),
        letter(later(days=7), said("HT.KS"), engine="learned m-1"),
    ]
    report = quality.combined(quality.count(found, days), later(days=8))
    assert [(model.name, model.letters) for model in report.models] == [
        ("learned m-2", 1),
        ("learned m-1", 2),
    ]


# --- who is drawn


@pytest.mark.parametrize("percent", [2, 3, 5])
def test_the_lot_falls_on_the_share_that_was_set(percent: int) -> None:
    """Of 5,000 letters: within four standard deviations of the share; asked again, the same ones."""
    letters = [(hashlib.sha256(b"%d" % n).hexdigest()[:16], f"HA-2026-{n:07d}") for n in range(5_000)]
    taken = [one for one in letters if drawn(*one, percent)]
    spread = (5_000 * percent / 100 * (1 - percent / 100)) ** 0.5
    assert abs(len(taken) - 50 * percent) < 4 * spread
    assert taken == [one for one in letters if drawn(*one, percent)]
    assert set(taken) >= {one for one in letters if drawn(*one, 1)}


def test_a_drawn_letter_is_not_kept_waiting(everything_drawn: None, handler: User, send: Send) -> None:
    case = send().case
    sample = AuditSample.objects.get(case=case)
    assert (case.handler, case.needs_triage) == (handler, False)
    assert sample.checked_at is None
    assert sample.suggestion.alone


def test_a_letter_a_person_sorts_anyway_is_not_drawn(everything_drawn: None, send: Send) -> None:
    case = send(text="Kính gửi quý cơ quan, tôi có việc muốn hỏi ạ.").case
    assert case.needs_triage
    assert not AuditSample.objects.exists()
    assert not Stored.objects.get(case=case).alone


# --- the check


def labels(case: Case, **changed: str) -> dict[str, Any]:
    return {"topic": case.topic_id, "issue": case.issue_id, "kind": case.kind_id} | changed


def test_a_confirmation_without_change_counts_as_right(
    everything_drawn: None, assigned: Case, triage_officer: User
) -> None:
    actions.classify(assigned, **labels(assigned), by=triage_officer, at=later(days=1))
    sample = AuditSample.objects.get(case=assigned)
    assert (sample.topic_right, sample.kind_right) == (True, True)
    assert (sample.checked_by, sample.checked_at) == (triage_officer, later(days=1))


def test_a_correction_counts_as_wrong_in_that_label_alone(
    everything_drawn: None, assigned: Case, triage_officer: User
) -> None:
    actions.classify(assigned, **labels(assigned, topic="CT.BS"), by=triage_officer, at=later(days=1))
    sample = AuditSample.objects.get(case=assigned)
    assert (sample.topic_right, sample.kind_right) == (False, True)


def test_the_handler_who_put_it_right_does_not_hide_the_mistake(
    everything_drawn: None, assigned: Case, handler: User, triage_officer: User
) -> None:
    """The handler's own correction is no check; the check asks what the classifier said, not what stands there now."""
    actions.classify(assigned, **labels(assigned, topic="CT.BS"), by=handler, at=later(hours=2))
    assert AuditSample.objects.get(case=assigned).checked_at is None
    actions.classify(assigned, **labels(assigned), by=triage_officer, at=later(days=1))
    assert AuditSample.objects.get(case=assigned).topic_right is False


def test_where_nothing_was_answered_nothing_is_judged(office: None) -> None:
    data = suggestion(0.9).as_dict()
    data["issue"]["abstained"] = True
    found = verdicts(data, {"topic": "HT.KS", "issue": "CH", "kind": "KIEN_NGHI"})
    assert found == {"topic": True, "issue": None, "kind": False}
    assert verdicts(
        data | {"topic": head("topic", "HT", 0.9)}, {"topic": "HT.KS", "issue": None, "kind": "X"}
    )["topic"]


def head(name: str, code: str, sure: float) -> dict[str, Any]:
    return {"name": name, "guesses": [{"code": code}], "confidence": sure, "abstained": False}


def suggestion(sure: float) -> Suggestion:
    codes = {"topic": "HT.KS", "issue": "CH", "kind": "PHAN_ANH"}
    heads = {name: Head(name, (Guess(code, sure),), sure, abstained=False) for name, code in codes.items()}
    return Suggestion("test", "1", heads["topic"], heads["issue"], heads["kind"])


# --- the target


def test_below_its_floor_a_head_stands_back() -> None:
    held = stand_back(suggestion(0.8), {"topic": 0.85, "kind": 0.8})
    assert [one.abstained for one in held.heads] == [True, False, False]
    assert stand_back(suggestion(0.8), {}) == suggestion(0.8)


@pytest.mark.parametrize(
    ("sample", "why", "threshold"),
    [
        ([(0.9, True)] * 19, "too_few", None),
        ([(0.9, True)] * 80, "held", None),  # 80 of 80: the lower bound is 0.954
        ([(0.9, True)] * 40, "unproven", None),  # 40 of 40: 0.912, and not one mistake
        ([(0.9, True)] * 75 + [(0.7, False)] * 3, "raised", 0.9),  # 75 of 75 above: 0.951
        ([(0.95, True)] * 30 + [(0.6, True)] * 5 + [(0.6, False)] * 5, "raised", 0.95),
        ([(0.9, True)] * 15 + [(0.9, False)] * 15, "raised", NEVER),
    ],
)
def test_what_the_sample_supports(
    sample: list[tuple[float, bool]], why: str, threshold: float | None
) -> None:
    found = conclude(sample, Target(PRECISION))
    assert (found.why, found.threshold) == (why, threshold)


def test_letters_no_longer_answered_do_not_raise_it_again() -> None:
    sample = [(0.9, True)] * 75 + [(0.7, False)] * 3
    assert conclude(sample, Target(PRECISION, 0.9)).why == "held"


def test_the_weekly_look_raises_the_threshold_and_says_why(
    everything_drawn: None,
    handler: User,
    triage_officer: User,
    send: Send,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Thirty checked letters: the unsure ones had the wrong topic. From then on such a letter goes to a person."""
    for number in range(30):
        case = send().case
        Stored.objects.filter(case=case).update(data=suggestion(0.99 if number < 24 else 0.9).as_dict())
        wanted: dict[str, Any] = {
            "topic": "HT.KS" if number < 24 else "CT.BS",
            "issue": "CH",
            "kind": "PHAN_ANH",
        }
        defaults = {"suggestion": case.suggestions.get(), "drawn_at": WEDNESDAY}
        AuditSample.objects.get_or_create(case=case, defaults=defaults)
        actions.classify(case, **wanted, by=triage_officer, at=later(hours=1))
    assert CHORES["weekly look at the classifier"](later(days=5)) == len(HEADS)
    assert look_at_week(later(days=5, minutes=1)) == 0  # once a week
    row = QualityTarget.objects.get(head="topic")
    assert (row.why, row.right, row.checked, row.threshold, row.set_by) == ("raised", 24, 30, 0.99, None)
    assert QualityTarget.objects.get(head="kind").why == "unproven"
    assert thresholds() == {"topic": 0.99}
    engine = SimpleNamespace(suggest=lambda text: suggestion(0.9))
    monkeypatch.setattr(classification, "standing", lambda: SimpleNamespace(engine=engine))
    unsure = send(at=later(days=5)).case
    assert Stored.objects.get(case=unsure).data["topic"]["abstained"]
    assert (unsure.topic_id, unsure.kind_id, unsure.needs_triage) == (None, "PHAN_ANH", True)


def test_a_manager_sets_the_target_with_a_reason(manager: User, triage_officer: User) -> None:
    wanted: dict[str, Any] = {"precision": 0.9, "threshold": 0.8, "at": WEDNESDAY}
    with pytest.raises(errors.NotAllowed):
        actions.set_target("topic", **wanted, why="Thử", by=triage_officer)
    with pytest.raises(errors.InvalidInput) as refused:
        actions.set_target("unit", **wanted | {"precision": 1.0, "threshold": -1}, why=" ", by=manager)
    assert set(refused.value.errors) == {"head", "precision", "threshold", "why"}
    actions.set_target("topic", **wanted, why="Nhiều đơn phải chờ phân loại.", by=manager)
    row = QualityTarget.objects.get()
    assert (row.precision, row.threshold, row.set_by) == (0.9, 0.8, manager)


def test_a_new_target_counts_at_once(
    manager: User, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    assert thresholds() == {}
    with django_capture_on_commit_callbacks(execute=True):
        actions.set_target("kind", precision=0.97, threshold=0.9, why="Lý do", by=manager, at=WEDNESDAY)
    assert targets()["kind"] == Target(0.97, 0.9)
    with django_capture_on_commit_callbacks(execute=True):
        actions.set_target("kind", precision=0.97, threshold=None, why="Lý do", by=manager, at=later(days=1))
    assert thresholds() == {}


# --- the report


def test_one_query_however_many_letters_and_no_sealed_one(
    everything_drawn: None, send: Send, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(4):
        send()
    send(visibility="sealed")
    with django_assert_num_queries(1):
        found = quality.report(later(days=1))
    assert found.total.letters == 4
    with django_assert_num_queries(0):
        quality.report(later(days=1))
    with django_assert_num_queries(1):
        assert quality.progress(found.total.start) == quality.Progress(
            drawn=4, checked=0, waiting=4, missed=0
        )


def test_a_drawn_letter_answered_unchecked_is_missed(everything_drawn: None, answered: Case) -> None:
    assert quality.progress(MONDAY) == quality.Progress(drawn=1, checked=0, waiting=0, missed=1)
