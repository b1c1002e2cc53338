"""The office learns: train a model on every labelled letter, let it prove itself, put it in use, take it back.

Training is never done in a web request: a command, a start (`config/prepare.py`) or the worker's own process does it.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from classifier import ModelRefusedError, Taxonomy, training
from classifier.contest import Examination, Reason, examine, held_out, judge
from classifier.engines.learned import LearnedEngine
from classifier.evaluation import Letter
from classifier.files import STARTER, starter_letters
from classifier.model import load, save
from classifier.suggestion import HEADS
from feedback import errors
from feedback.actions.actor import Actor, as_actor
from feedback.actions.change_plans import require_planner
from feedback.actions.engine import LEARNED
from feedback.actions.examples import confirmations, examples, nameless
from feedback.actions.promotion import settle
from feedback.models import CaseEvent, ModelVersion, User, catalogue

LAPSE = timedelta(minutes=30)  # a training that has not ended by then was killed
EVERY = timedelta(days=7)
SETTLE = timedelta(
    hours=1
)  # after a training, before what is lacking is tried again: people edit a catalogue for a while
KEPT = 5  # models whose files stay on disk, beside those in use
State = ModelVersion.State
_process: subprocess.Popen[bytes] | None = None  # the training this worker started


class TrainingUnderWay(errors.OfficeError):
    code = "training_under_way"
    status = 409
    vi = "Một mô hình khác đang được huấn luyện. Xin chờ ít phút."
    en = "Another model is being trained. Please wait some minutes."


# --- training ------------------------------------------------------------------------------------


def train(
    *, by: User | Actor, at: datetime, shadow: bool = False, starter: Sequence[Letter] | None = None
) -> ModelVersion:
    """Train on the starter letters and the office's own, and put the model in use if it proves as good as the one
    there is. With `shadow` it only reads beside that one. `starter`: other letters to start from.

    Raises NotAllowed, TrainingUnderWay; what goes wrong in between is raised after the model was marked as refused.
    """
    require_planner(by)
    row = _claimed(by, at)
    try:
        champion, reasons = _learn(row, starter_letters() if starter is None else starter)
    except BaseException as problem:  # also Ctrl-C: the next one need not wait until this one has lapsed
        row.state, row.reasons = State.REFUSED, [asdict(Reason("failed", type(problem).__name__))]
        row.save()
        raise
    settle(row, reasons, against=champion, shadow=shadow, by=by, at=at)
    _tidy()
    return row


def _claimed(by: User | Actor, at: datetime) -> ModelVersion:
    """One training at a time, in however many processes."""
    lapsed = ModelVersion.objects.filter(state=State.TRAINING, trained_at__lt=at - LAPSE)
    lapsed.update(state=State.REFUSED, reasons=[asdict(Reason("failed", "interrupted"))])
    day = f"m-{timezone.localtime(at).date().isoformat()}-"
    numbers = [
        int(name.removeprefix(day))
        for name in ModelVersion.objects.filter(name__startswith=day).values_list("name", flat=True)
    ]
    try:
        with transaction.atomic():
            name = f"{day}{max(numbers, default=0) + 1}"
            return ModelVersion.objects.create(name=name, trained_at=at, trained_by=as_actor(by).user)
    except IntegrityError:
        raise TrainingUnderWay from None


def _learn(row: ModelVersion, starter: Sequence[Letter]) -> tuple[ModelVersion | None, list[Reason]]:
    """Train, put the model on disk, and examine it, as it was read back from there, beside the champion.

    Returns that champion and what speaks against taking its place.
    """
    taxonomy = catalogue().taxonomy
    lessons, questions = lessons_and_questions(starter)
    model = training.train(taxonomy, lessons)
    row.sha256 = save(replace(model, about={**model.about, "name": row.name}), row.folder)
    row.examples = len(lessons) + len(questions) - len(starter)
    questions = known(questions, taxonomy)
    examined = _examined(row, questions, taxonomy)
    champion = ModelVersion.objects.filter(state=State.CHAMPION).first()
    try:
        before = _examined(champion, questions, taxonomy) if champion else None
    except ModelRefusedError:
        before = None  # nobody can read letters with it: whatever is calibrated is better
    row.figures = {
        **examined.as_dict(),
        "champion": before and {"name": str(champion), **before.as_dict()},
        "lessons": len(lessons),
        "questions": len(questions),
        "seconds": model.about["seconds"],
        "learned_from": circumstances(taxonomy),
    }
    return champion, judge(examined, before)


def _examined(row: ModelVersion, questions: Sequence[Letter], taxonomy: Taxonomy) -> Examination:
    engine = LearnedEngine(taxonomy, load(row.folder, row.sha256))
    return examine(engine, questions, {kind.code: kind.flag for kind in taxonomy.kinds if kind.flag})


def lessons_and_questions(starter: Sequence[Letter]) -> tuple[list[Letter], list[Letter]]:
    """Letters to learn from and letters to be examined on; a letter is always on the same side."""
    lessons: list[Letter] = []
    questions: list[Letter] = []
    for letter in starter:
        (questions if held_out(letter.text) else lessons).append(letter)
    for example in examples():
        if held_out(example.text):
            questions.append(example.letter())
        else:
            lessons.append(Letter(nameless(example.text), example.labels))
    return lessons, questions


def known(letters: Sequence[Letter], taxonomy: Taxonomy) -> list[Letter]:
    """The letters with those labels the catalogue still has."""
    codes = {head: {label.code for label in getattr(taxonomy, head + "s")} for head in HEADS}
    return [
        Letter(letter.text, {head: code for head, code in letter.labels.items() if code in codes[head]})
        for letter in letters
    ]


def circumstances(taxonomy: Taxonomy) -> dict[str, str]:
    """Fingerprints of what a model must know about: the catalogue's labels, and the letters the software brings."""
    labels = [(head, one.code, one.parent or "") for head in HEADS for one in getattr(taxonomy, head + "s")]
    letters = hashlib.sha256()
    for path in sorted(STARTER.glob("*.jsonl")):
        letters.update(path.read_bytes())
    return {
        "labels": hashlib.sha256(repr(sorted(labels)).encode()).hexdigest()[:16],
        "starter": letters.hexdigest()[:16],
    }


def _tidy() -> None:
    """Remove the files of models long replaced; the rows stay."""
    using = ModelVersion.objects.filter(state__in=(State.CHAMPION, State.CHALLENGER, State.TRAINING))
    before = [row.replaced_id for row in using if row.replaced_id]
    old = ModelVersion.objects.exclude(sha256="").exclude(pk__in=[*before, *(row.pk for row in using)])
    for row in old.order_by("-pk")[KEPT:]:
        shutil.rmtree(row.folder, ignore_errors=True)
        ModelVersion.objects.filter(pk=row.pk).update(sha256="")


# --- when to train -------------------------------------------------------------------------------


def lacking() -> bool:
    """Is there no model for this catalogue and these starter letters, or one that cannot be read?"""
    now = circumstances(catalogue().taxonomy)
    for row in ModelVersion.objects.filter(state__in=(State.CHAMPION, State.CHALLENGER)):
        if row.figures.get("learned_from") == now and _readable(row):
            # A challenger that did not prove itself is no reason to train the same again.
            return row.state == State.CHALLENGER and not _champion_readable()
    return True


def _champion_readable() -> bool:
    champion = ModelVersion.objects.filter(state=State.CHAMPION).first()
    return champion is None or _readable(champion)


def _readable(row: ModelVersion) -> bool:
    try:
        load(row.folder, row.sha256)
    except ModelRefusedError:
        return False
    return True


def due(at: datetime) -> bool:
    """Is it time to train again: something is lacking, or people taught something in the last week?"""
    last = ModelVersion.objects.order_by("-trained_at").first()
    if last is None:
        return True
    if last.state == State.TRAINING and at < last.trained_at + LAPSE:
        return False
    if (
        at >= last.trained_at + EVERY
        and CaseEvent.objects.filter(confirmations(), at__gt=last.trained_at).exists()
    ):
        return True
    return at >= last.trained_at + SETTLE and lacking()


def train_when_due(at: datetime) -> int:
    """The worker's chore: start a training in a process of its own; 1 when it did. Mail goes on meanwhile."""
    global _process
    if settings.CLASSIFIER_ENGINE != LEARNED or (_process is not None and _process.poll() is None):
        return 0
    if not due(at):
        return 0
    _process = _start()
    return 1


def _start() -> subprocess.Popen[bytes]:
    line = [
        sys.executable,
        str(settings.BASE_DIR / "manage.py"),
        "train_classifier",
        "--gently",
        "--verbosity=0",
    ]
    return subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # noqa: S603 - our own program
