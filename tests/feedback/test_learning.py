"""The office learns: labels become examples, a new model proves itself, takes the place, and can be taken back."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client

from classifier import contest, training
from classifier.engines.learned import LearnedEngine
from classifier.evaluation import Letter
from classifier.files import starter_letters
from classifier.model import Model
from classifier.suggestion import Guess, Head
from config import prepare
from feedback import actions, errors
from feedback.actions import engine, learning, promotion
from feedback.actions.examples import nameless
from feedback.models import (
    Case,
    ModelAct,
    ModelVersion,
    ShadowGuess,
    Suggestion,
    Topic,
    User,
    catalogue,
    catalogue_cache,
)
from feedback.models.quality import forget_targets
from feedback.reports.models import reason_in_words
from notifications import chores
from tests.cast import BIRTH, WEDNESDAY, later
from tests.servers import ROOT

Send = Callable[..., actions.Receipt]
State = ModelVersion.State
PASSPORT = "Xin hỏi thủ tục cấp phiếu lý lịch tư pháp số 1 cần những giấy tờ gì và nộp ở đâu?"


@pytest.fixture(scope="module")
def letters() -> list[Letter]:
    """200 letters to learn from and 32 to be examined on."""
    both: dict[bool, list[Letter]] = {False: [], True: []}
    for letter in starter_letters():
        both[contest.held_out(letter.text)].append(letter)
    return [*both[False][:: len(both[False]) // 200][:200], *both[True][:: len(both[True]) // 32][:32]]


@pytest.fixture(scope="module")
def lessons(letters: list[Letter]) -> list[Letter]:
    return [letter for letter in letters if not contest.held_out(letter.text)]


@pytest.fixture(scope="module")
def good(lessons: list[Letter], django_db_setup: None, django_db_blocker: Any) -> Model:
    with django_db_blocker.unblock():
        return training.train(catalogue().taxonomy, lessons)


@pytest.fixture(scope="module")
def bad(good: Model) -> Model:
    """A model that learned the labels of other letters."""
    parts = tuple(replace(part, weights=part.weights[:, ::-1].copy()) for part in good.parts)
    return replace(good, parts=parts)


@pytest.fixture(scope="module")
def examinations() -> dict[Any, contest.Examination]:
    """The same model read the same letters before: their figures."""
    return {}


@pytest.fixture(autouse=True)
def learning_office(
    office: None, letters: list[Letter], settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    settings.CLASSIFIER_ENGINE = "learned"
    settings.MODELS_DIR = tmp_path / "models"
    monkeypatch.setattr(engine, "_held", None)
    monkeypatch.setattr(learning, "starter_letters", lambda: letters)
    monkeypatch.setattr(contest, "CALIBRATED", 0.25)  # 200 letters do not make a calibrated model
    engine._beside.cache_clear()
    yield
    engine._beside.cache_clear()


@pytest.fixture
def learns(
    monkeypatch: pytest.MonkeyPatch, examinations: dict[Any, contest.Examination]
) -> Callable[..., ModelVersion]:
    """Train, with a given outcome: `learns(good)`."""

    def examine(engine: LearnedEngine, questions: list[Letter], flags: Any) -> contest.Examination:
        key = float(engine.model.parts[0].weights[:, 0].sum()), len(questions)
        if key not in examinations:
            examinations[key] = contest.examine(engine, questions, flags)
        return examinations[key]

    monkeypatch.setattr(learning, "examine", examine)

    def _learns(model: Model, *, days: float = 0, **options: Any) -> ModelVersion:
        monkeypatch.setattr(training, "train", lambda taxonomy, letters: model)
        return actions.train(by=actions.SYSTEM, at=later(days=days), **options)

    return _learns


Learns = Callable[..., ModelVersion]


def champion() -> str:
    return ModelVersion.objects.get(state=State.CHAMPION).name


def read_by(text: str = BIRTH) -> str:
    """The name of the model a letter is read with."""
    suggestion = actions.suggest(text)
    assert suggestion is not None
    return suggestion.version.split("+")[0]


def acts() -> list[str]:
    return list(ModelAct.objects.order_by("pk").values_list("what", flat=True))


# --- champion and challenger -----------------------------------------------------------------------


def test_the_first_model_is_put_in_use(learns: Learns, good: Model) -> None:
    assert read_by() == "model", "until then the catalogue's words must do"
    row = learns(good)
    assert (row.name, row.state, row.reasons) == ("m-2026-11-04-1", State.CHAMPION, [])
    assert (row.figures["lessons"], row.figures["questions"]) == (200, 32)
    assert row.figures["heads"]["topic"]["letters"] == 32
    assert read_by() == row.name
    assert acts() == ["trained", "promoted"]


def test_a_worse_challenger_stays_outside_and_says_why(learns: Learns, good: Model, bad: Model) -> None:
    first, second = learns(good), learns(bad, days=1)
    assert (champion(), second.state) == (first.name, State.CHALLENGER)
    assert "less_accurate" in {reason["code"] for reason in second.reasons}
    said = [reason_in_words(reason) for reason in second.reasons]
    assert any(sentence.startswith("Lĩnh vực: đúng ít hơn (") for sentence in said), said
    assert read_by() == first.name


def test_one_as_good_takes_the_place(learns: Learns, good: Model) -> None:
    first, second = learns(good), learns(good, days=7)
    first.refresh_from_db()
    assert (first.state, second.state, second.replaced) == (State.RETIRED, State.CHAMPION, first)
    assert read_by() == second.name


def test_without_calibration_even_the_first_waits(
    learns: Learns, good: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contest, "CALIBRATED", 0.0001)
    row = learns(good)
    assert row.state == State.CHALLENGER
    assert {reason["code"] for reason in row.reasons} == {"not_calibrated"}
    assert learning.lacking() is False, "the same letters would give the same model"


def test_taken_back_with_one_row_and_not_replaced_by_itself(
    learns: Learns, good: Model, manager: User
) -> None:
    first, second = learns(good), learns(good, days=7)
    with pytest.raises(errors.ReasonRequired):
        actions.roll_back(by=manager, at=later(days=8), why=" ")
    actions.roll_back(by=manager, at=later(days=8), why="Nhầm hộ tịch với chứng thực")
    assert (champion(), read_by()) == (first.name, first.name)
    third = learns(good, days=14)
    assert [reason["code"] for reason in third.reasons] == ["rolled_back"], "a person decides now"
    with pytest.raises(promotion.NothingToRollBack):
        actions.roll_back(by=manager, at=later(days=15), why="Lần nữa")
    actions.promote(third.name, by=manager, at=later(days=15), why="Đã xem")
    assert read_by() == third.name
    last = ModelAct.objects.first()
    assert last is not None
    assert (last.what, last.by, last.why, last.model) == ("promoted", manager, "Đã xem", third)
    assert [act for act in acts() if act != "trained"] == ["promoted", "promoted", "rolled_back", "promoted"]
    assert second.name != third.name


def test_only_managers_decide(learns: Learns, good: Model, handler: User, administrator: User) -> None:
    row = learns(good)
    with pytest.raises(errors.NotAllowed):
        actions.train(by=handler, at=WEDNESDAY)
    with pytest.raises(errors.NotAllowed):
        actions.promote(row.name, by=administrator, at=WEDNESDAY, why="x")
    with pytest.raises(errors.NotAllowed):
        actions.roll_back(by=handler, at=WEDNESDAY, why="x")


def test_the_database_knows_one_champion(learns: Learns, good: Model) -> None:
    learns(good)
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelVersion.objects.create(name="m-khac", state=State.CHAMPION, trained_at=WEDNESDAY)


def test_one_training_at_a_time_and_a_killed_one_lapses(learns: Learns, good: Model) -> None:
    killed = ModelVersion.objects.create(name="m-2026-11-04-1", trained_at=WEDNESDAY)
    with pytest.raises(learning.TrainingUnderWay):
        learns(good, days=0.01)
    row = learns(good, days=0.1)
    killed.refresh_from_db()
    assert (killed.state, row.name, row.state) == (State.REFUSED, "m-2026-11-04-2", State.CHAMPION)


def test_a_training_that_fails_changes_nothing(
    learns: Learns, good: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = learns(good)

    def fails(*_: Any) -> Model:
        raise MemoryError

    monkeypatch.setattr(training, "train", fails)
    with pytest.raises(MemoryError):
        actions.train(by=actions.SYSTEM, at=later(days=1))
    row = ModelVersion.objects.order_by("-pk")[0]
    assert (row.state, read_by()) == (State.REFUSED, first.name)
    assert reason_in_words(row.reasons[0]) == "Huấn luyện không xong (MemoryError)"


def test_old_files_go_and_the_one_to_roll_back_to_stays(
    learns: Learns, good: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "KEPT", 1)
    rows = [learns(good, days=day) for day in range(4)]
    assert [row.folder.exists() for row in rows] == [False, True, True, True]
    with pytest.raises(promotion.ModelUnusable):
        actions.promote(rows[0].name, by=actions.SYSTEM, at=later(days=9), why="x")


def test_the_same_words_are_always_on_the_same_side() -> None:
    texts = [letter.text for letter in starter_letters()]
    share = sum(map(contest.held_out, texts)) / len(texts)
    assert 0.12 < share < 0.18
    for text in texts[:50]:
        assert contest.held_out(text) == contest.held_out(f"  {text.upper()} ")


# --- a model that cannot be read ---------------------------------------------------------------------


def _tamper(row: ModelVersion) -> None:
    path = next(row.folder.glob("*.npz"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(content)


def _remove(row: ModelVersion) -> None:
    shutil.rmtree(row.folder)


def _exchange(row: ModelVersion) -> None:
    """Another office's model, whole in itself."""
    path = row.folder / "model.json"
    path.write_text(path.read_text().replace(row.name, "m-1999-01-01-1"))


@pytest.mark.parametrize("harm", [_tamper, _remove, _exchange])
def test_a_damaged_model_sends_letters_to_people_and_says_so(
    harm: Callable[[ModelVersion], None],
    learns: Learns,
    good: Model,
    send: Send,
    client: Client,
    manager: User,
    caplog: pytest.LogCaptureFixture,
) -> None:
    row = learns(good)
    assert client.get("/healthz").content == b"ok\n"
    whole = row.folder.with_name("kept")
    shutil.copytree(row.folder, whole)
    harm(row)
    feedback_log = logging.getLogger("feedback")
    feedback_log.addHandler(caplog.handler)  # the office's loggers do not propagate
    try:
        case, other = send().case, send(text=PASSPORT).case
    finally:
        feedback_log.removeHandler(caplog.handler)
    assert case.needs_triage
    assert other.needs_triage
    assert case.suggestions.count() == 0
    assert sum("cannot be used" in record.message for record in caplog.records) == 1, (
        "said once, not by every letter"
    )
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok, classifier\n")
    client.force_login(manager)
    assert "không đọc được mô hình" in client.get("/can-bo/tong-quan/").content.decode()
    assert learning.lacking(), "the next start makes a new one"
    shutil.rmtree(row.folder, ignore_errors=True)
    whole.rename(row.folder)
    assert read_by() == row.name, "back from the backup without a restart"
    assert client.get("/healthz").content == b"ok\n"


def test_a_new_model_replaces_one_that_cannot_be_read(learns: Learns, good: Model) -> None:
    first = learns(good)
    _tamper(first)
    second = learns(good, days=1)
    assert (second.state, read_by()) == (State.CHAMPION, second.name)
    with pytest.raises(promotion.ModelUnusable):
        actions.roll_back(by=actions.SYSTEM, at=later(days=2), why="x")


def test_an_unknown_engine_is_no_error_either(settings: Any, send: Send) -> None:
    settings.CLASSIFIER_ENGINE = "tarot"
    assert send().case.needs_triage
    assert actions.standing().trouble is actions.Trouble.UNUSABLE


# --- a catalogue that changes -----------------------------------------------------------------------


def test_a_new_topic_is_found_by_its_words_and_an_old_one_forgotten(learns: Learns, good: Model) -> None:
    row = learns(good)
    assert not learning.lacking()
    Topic.objects.create(
        code="TAU_NGAM",
        name_vi="Đăng kiểm tàu ngầm",
        name_en="Submarines",
        keywords=["tàu ngầm", "đăng kiểm tàu ngầm"],
    )
    gone = Topic.objects.get(code="HT.KS")
    gone.active = False
    gone.save()
    found = actions.suggest("Tôi muốn đăng kiểm tàu ngầm, tàu ngầm nhà tôi cũ rồi")
    assert found is not None
    assert found.version.startswith(row.name)
    assert found.topic.best == "TAU_NGAM"
    birth = actions.suggest(BIRTH)
    assert birth is not None
    assert "HT.KS" not in {guess.code for guess in birth.topic.guesses}
    assert learning.lacking(), "the next training learns the new labels"


def test_a_model_of_another_catalogue_is_refused(good: Model) -> None:
    heads = tuple(replace(head, codes=tuple(f"X{n}" for n in range(len(head.codes)))) for head in good.heads)
    with pytest.raises(ValueError, match="not those of the catalogue"):
        LearnedEngine(catalogue().taxonomy, replace(good, heads=heads))


# --- how sure is sure enough ------------------------------------------------------------------------


def test_a_manager_asks_for_more_and_less_is_answered(learns: Learns, good: Model, manager: User) -> None:
    limits = {"topic": {"0.8": [0.1, 0.1], "0.95": [0.5, 0.4], "0.99": [0.97, 0.9]}}
    row = learns(replace(good, about={**good.about, "limits": limits}))

    def leaf() -> float:
        found = actions.standing().engine
        assert isinstance(found, LearnedEngine)
        head = found.model.head("topic")
        assert head is not None
        return head.leaf

    usual = leaf()
    for precision, expected in ((0.8, 0.1), (0.97, 0.97), (0.995, 1.01), (0.95, usual)):
        actions.set_target("topic", precision=precision, threshold=None, why="Thử", by=manager, at=WEDNESDAY)
        forget_targets()  # as after the commit
        assert leaf() == expected
    assert row.name == read_by()


def test_a_sure_family_with_an_unsure_leaf_goes_to_the_familys_unit(handler: User, send: Send) -> None:
    taxonomy = catalogue().taxonomy
    parent = next(label.parent for label in taxonomy.topics if label.code == "HT.KS")
    assert parent is not None
    found = actions.suggest(BIRTH)
    assert found is not None
    sure = replace(
        found,
        topic=Head("topic", (Guess(parent, 0.97), Guess("HT.KS", 0.5)), 0.97, False),
        kind=Head("kind", (Guess("PHAN_ANH", 0.99),), 0.99, False),
        flags=(),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("feedback.actions.classification.suggest", lambda text: sure)
        case = send().case
    assert (case.topic_id, case.unit_id, case.needs_triage) == (parent, "STP.HCTP", False)
    assert case.handler == handler


# --- what people taught -----------------------------------------------------------------------------


def label(case: Case, by: User, topic: str, at: Any = WEDNESDAY, kind: str = "PHAN_ANH") -> None:
    case.refresh_from_db()
    actions.classify(case, topic=topic, issue="CH.TR", kind=kind, by=by, at=at)


def test_the_latest_confirmation_of_each_case_is_an_example(
    learns: Learns, good: Model, send: Send, triage_officer: User
) -> None:
    row = learns(good)
    case = send().case
    assert list(actions.examples()) == [], "what the engine said to itself teaches nothing"
    label(case, triage_officer, "CT.BS", later(minutes=5))
    label(case, triage_officer, "HT.KS", later(minutes=9))
    (example,) = actions.examples()
    assert example.labels == {"topic": "HT.KS", "issue": "CH.TR", "kind": "PHAN_ANH"}
    assert (example.case_id, example.text, example.by_id) == (case.pk, case.text, triage_officer.pk)
    assert (example.at, example.engine.split("+")[0]) == (later(minutes=9), row.name)


def test_a_correction_knows_what_was_wrong(send: Send, triage_officer: User, settings: Any) -> None:
    settings.CLASSIFIER_ENGINE = "catalogue"
    case = send().case
    said = Suggestion.objects.get(case=case).data["topic"]["guesses"][0]["code"]
    label(case, triage_officer, "CT.BS")
    (example,) = actions.examples()
    assert (example.said["topic"], example.labels["topic"]) == (said, "CT.BS")
    assert example.corrected


def test_sealed_letters_teach_nothing_and_withdrawn_ones_still_do(
    send: Send, triage_officer: User, integrity_officer: User
) -> None:
    kept, sealed = send().case, send(text=PASSPORT).case
    for case in (kept, sealed):
        label(case, triage_officer, "HT.KS")
    actions.withdraw(kept, by=actions.CITIZEN, at=later(hours=1))
    label(sealed, triage_officer, "HT.KS", later(hours=1), kind="TO_CAO")
    sealed.refresh_from_db()
    assert sealed.sealed
    assert [example.case_id for example in actions.examples()] == [kept.pk]


def test_office_letters_are_learned_without_names(
    learns: Learns, good: Model, send: Send, triage_officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"{BIRTH} Số điện thoại của tôi là 09123456{n:02}, thư lần {n}." for n in range(12)]
    for text in texts:
        label(send(text=text).case, triage_officer, "HT.KS")
    seen: list[Letter] = []

    def spy(taxonomy: Any, lessons: list[Letter]) -> Model:
        seen.extend(lessons)
        return good

    monkeypatch.setattr(training, "train", spy)
    row = actions.train(by=actions.SYSTEM, at=later(days=1))
    lessons = {letter.text for letter in seen}
    assert row.examples == 12
    assert {nameless(text) for text in texts if not contest.held_out(text)} <= lessons
    assert not any("09123456" in text for text in lessons)
    assert len(lessons) < 212, "some of them are kept for examinations"
    assert not any(contest.held_out(text) for text in texts if nameless(text) in lessons)


def test_letters_leave_the_office_without_personal_data(
    send: Send, triage_officer: User, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = send(text=f"{BIRTH} Xin gọi 0912345678.").case
    label(case, triage_officer, "HT.KS")
    path = tmp_path / "letters.jsonl"
    call_command("train_classifier", export=path)
    (row,) = [json.loads(line) for line in path.read_text().splitlines()]
    assert (row["topic"], row["kind"], row["confirmed_on"]) == ("HT.KS", "PHAN_ANH", "2026-11-04")
    assert "[số điện thoại]" in row["text"]
    assert case.reference not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    act = ModelAct.objects.get(what="exported")
    assert act.why == "1"
    assert "1 thư" in capsys.readouterr().out


# --- shadow mode ------------------------------------------------------------------------------------


def test_a_challenger_reads_silently_beside_the_champion(
    learns: Learns, good: Model, bad: Model, send: Send, triage_officer: User
) -> None:
    first = learns(good)
    before = send().case
    second = learns(bad, days=1, shadow=True)
    assert (second.state, champion()) == (State.CHALLENGER, first.name)
    case, sealed = send(text=PASSPORT).case, send(text=PASSPORT, visibility="sealed").case
    assert chores.CHORES["letters read by a model on trial"](later(days=1)) == 1
    assert actions.read_silently(later(days=1)) == 0, "each letter once"
    (guess,) = ShadowGuess.objects.all()
    assert (guess.case, guess.model) == (case, second)
    assert set(guess.data["topic"]) == {"code", "probability", "abstained"}
    assert {row.engine_version.split("+")[0] for row in Suggestion.objects.all()} == {first.name}
    assert not ShadowGuess.objects.filter(case__in=[before, sealed]).exists()

    label(case, triage_officer, "LLTP.CAP" if "LLTP.CAP" in catalogue().topics else "HT.KS")
    beside = actions.beside_champion(second)["topic"]
    assert beside.letters == 1
    actions.set_shadow(second.name, False, by=actions.SYSTEM, at=later(days=2))
    send()
    assert actions.read_silently(later(days=2)) == 0
    assert acts()[-2:] == ["shadowed", "unshadowed"]


# --- the command, the start, the worker ---------------------------------------------------------------


def test_the_start_trains_once_and_the_second_start_is_instant(capsys: pytest.CaptureFixture[str]) -> None:
    """With a real training: nothing is there, as in an empty data directory."""
    steps = [command for _, command, _ in prepare.STEPS]
    assert steps.index("load_catalogue") < steps.index("train_classifier") < steps.index("load_demo")
    options = dict(next(options for _, command, options in prepare.STEPS if command == "train_classifier"))
    call_command("train_classifier", **options)
    row = ModelVersion.objects.get()
    assert (row.state, read_by()) == (State.CHAMPION, row.name)
    call_command("train_classifier", **options)
    assert ModelVersion.objects.count() == 1
    topic = Topic.objects.get(code="HT.KS")
    topic.active = False
    topic.save()
    assert learning.lacking(), "changed labels are learned at the next start"
    capsys.readouterr()
    call_command("train_classifier", list=True, json=True)
    (data,) = json.loads(capsys.readouterr().out)
    assert (data["name"], data["state"], data["figures"]["lessons"]) == (row.name, "champion", 200)


def test_no_training_for_an_office_that_reads_with_the_catalogue(settings: Any) -> None:
    settings.CLASSIFIER_ENGINE = "catalogue"
    call_command("train_classifier", if_missing=True)
    assert actions.train_when_due(WEDNESDAY) == 0
    assert not ModelVersion.objects.exists()


def test_the_command_tells_decides_and_refuses(
    learns: Learns, good: Model, bad: Model, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = learns(good), learns(bad, days=1)
    call_command("train_classifier", list=True)
    said = capsys.readouterr().out
    assert f"{first.name}  Đang dùng" in said
    assert "đúng ít hơn" in said
    call_command("train_classifier", promote=second.name, why="Thử một ngày")
    assert champion() == second.name
    with pytest.raises(CommandError, match="lý do"):
        call_command("train_classifier", rollback=True)
    call_command("train_classifier", rollback=True, why="Sai nhiều")
    assert champion() == first.name
    with pytest.raises(CommandError):
        call_command("train_classifier", promote="m-khong-co", why="x")


def test_the_worker_trains_weekly_when_people_taught_something(
    learns: Learns, good: Model, send: Send, triage_officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[int] = []

    class Process:
        def poll(self) -> int | None:
            return 0

    def start() -> Process:
        started.append(1)
        return Process()

    monkeypatch.setattr(learning, "_start", start)
    monkeypatch.setattr(learning, "_process", None)
    assert actions.train_when_due(WEDNESDAY) == 1, "an office without a model"
    learns(good)
    assert actions.train_when_due(later(days=8)) == 0, "nobody taught anything"
    label(send().case, triage_officer, "HT.KS", later(days=2))
    assert [actions.train_when_due(later(days=day)) for day in (3, 6, 7)] == [0, 0, 1]
    learns(good, days=7)
    assert chores.CHORES["trainings begun"](later(days=20)) == 0
    assert len(started) == 2


COMMAND = """
import sys
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
settings.MODELS_DIR = sys.argv[2]
settings.CLASSIFIER_ENGINE = "learned"
django.setup()
from django.core.management import call_command
from feedback import actions
print(actions.suggest("Giấy khai sinh").version.split("+")[0])
call_command("train_classifier", promote=sys.argv[3], why="Quyết định ở tiến trình khác", verbosity=0)
print(actions.suggest("Giấy khai sinh").version.split("+")[0])
"""


@pytest.mark.django_db(transaction=True)
def test_another_process_decides_and_this_one_follows(
    learns: Learns, good: Model, bad: Model, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = learns(good), learns(bad, days=1)
    assert read_by() == first.name
    line = [
        sys.executable,
        "-c",
        COMMAND,
        str(connection.settings_dict["NAME"]),
        str(settings.MODELS_DIR),
        second.name,
    ]
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    other = subprocess.run(line, env=env, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert other.stdout.split() == [first.name, second.name], other.stderr
    monkeypatch.setattr(catalogue_cache, "TTL", 0.0)  # some seconds later
    assert read_by() == second.name
