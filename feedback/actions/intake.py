"""`submit`: the one way a letter enters, whichever door it came through."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone

import classifier
from feedback import errors, uploads, workflow
from feedback.actions import classification
from feedback.actions.actor import Actor, as_actor
from feedback.actions.spine import Work, storable
from feedback.models import (
    Attachment,
    Case,
    Identity,
    IntakeDraft,
    SubmissionKey,
    User,
    catalogue,
    fingerprint,
    hash_secret,
    new_secret,
)
from feedback.models.vault import decrypt, encrypt
from feedback.workflow import Role

MIN_TEXT, MAX_TEXT = 10, 20_000  # characters; the longest letter in practice is some 6,000
LANGUAGES = frozenset({"vi", "en"})  # in which the office writes; anything else gets Vietnamese
MAX_NAME, MAX_ADDRESS, MAX_DOSSIER = 120, 300, 60
_SUBMIT = workflow.TRANSITIONS[0]
_OLDEST = timedelta(days=5 * 366)  # a paper letter found in a drawer; anything older is a typing error


@dataclass
class Letter:
    """What a door hands over. Codes are catalogue codes; empty strings mean "not given"."""

    text: str
    channel: str = Case.Channel.WEB
    visibility: str = Case.Visibility.NAMED
    name: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    place: str = ""
    procedure: str = ""
    dossier_code: str = ""
    language: str = "vi"
    received_at: datetime | None = None
    files: Sequence[uploads.CleanFile] = field(default_factory=tuple)

    def body_hash(self) -> str:
        """Fingerprint of everything the sender sent, files by their content."""
        body = {k: v for k, v in asdict(self).items() if k != "files"}
        body["received_at"] = self.received_at.isoformat() if self.received_at else None
        body["files"] = [f.sha256 for f in self.files]
        return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Receipt:
    """What the citizen takes home. `secret` is shown once; `replayed` when the same key came before."""

    case: Case
    secret: str
    replayed: bool = False
    kept: Any = None  # what `SubmitKey.keep` made of the first answer


@dataclass(frozen=True)
class SubmitKey:
    """An Idempotency-Key within its scope (a token, a form, an imported file).

    `keep(case, secret)` is what the door answered, as JSON; it is stored encrypted with the key, so that a replay
    a week later says the same words although the case has moved on.
    """

    scope: str
    key: str
    keep: Callable[[Case, str], Any] | None = None


def submit(letter: Letter, *, by: User | Actor, at: datetime, key: SubmitKey | None = None) -> Receipt:
    """Receive a letter. Raises InvalidInput, NotAllowed, IdempotencyConflict; anything else never blocks it.

    One transaction: case, identity, files, suggestion, clocks, events. The classifier ran before; if it failed,
    the letter goes to triage. Source of the duty to receive: NĐ 20/2008/NĐ-CP, Điều 9.
    """
    actor = as_actor(by)
    role = _submitting_role(actor)
    check(letter, at)
    if key is not None and (earlier := _earlier(key, letter)):
        return earlier
    suggestion = classification.suggest(letter.text)
    try:
        with transaction.atomic():
            return _write(letter, actor, role, at, key, suggestion)
    except IntegrityError:
        # The same key arrived twice at once; the other one won, and its answer is the answer.
        if key is not None and (earlier := _earlier(key, letter)):
            return earlier
        raise


def _submitting_role(actor: Actor) -> Role:
    if actor.user is None:
        return actor.role or Role.CITIZEN
    scope = actor.user.scope()
    if scope.triage:
        return Role.TRIAGE
    if scope.handles or scope.leads or scope.integrity:
        return Role.COLLEAGUE
    raise errors.NotAllowed


def _earlier(key: SubmitKey, letter: Letter) -> Receipt | None:
    row = SubmissionKey.objects.select_related("case").filter(scope=key.scope, key=key.key).first()
    if row is None:
        return None
    if row.body_hash != letter.body_hash():
        raise errors.IdempotencyConflict("Idempotency-Key")
    secret, kept = decrypt(row.sealed_secret)
    return Receipt(row.case, secret, replayed=True, kept=kept)


def _write(
    letter: Letter,
    actor: Actor,
    role: Role,
    at: datetime,
    key: SubmitKey | None,
    suggestion: classifier.Suggestion | None,
) -> Receipt:
    secret = new_secret()
    case = Case(
        received_at=letter.received_at or at,
        channel=letter.channel,
        received_by=actor.user,
        secret_hash=hash_secret(secret),
        text=letter.text,
        dossier_code=letter.dossier_code.strip(),
        procedure_id=letter.procedure or None,
        place_id=letter.place or None,
        visibility=letter.visibility,
        sealed=letter.visibility == Case.Visibility.SEALED,
        due_at=at,
    )
    case.fill_search_text()
    case.save(force_insert=True)
    _keep_identity(case, letter)
    attach(case, letter.files, at=at)
    work = Work(case, actor, at)
    work.public = {"channel": str(case.channel), "received_at": case.received_at.isoformat()}
    work.internal = {"sha256": fingerprint(case.text, case.salt), "files": [f.sha256 for f in letter.files]}
    work.record(_SUBMIT, role)
    classification.apply_suggestion(work, suggestion)
    work.finish()
    if key is None:
        return Receipt(case, secret)
    kept = key.keep(case, secret) if key.keep is not None else None
    SubmissionKey.objects.create(
        scope=key.scope,
        key=key.key,
        body_hash=letter.body_hash(),
        case=case,
        sealed_secret=encrypt([secret, kept]),
    )
    return Receipt(case, secret, kept=kept)


def _keep_identity(case: Case, letter: Letter) -> None:
    details: Any = {"name": letter.name.strip(), "phone": letter.phone.strip(), "email": letter.email.strip()}
    details["address"] = letter.address.strip()
    identity = Identity(case=case, details=details, language=letter.language)
    identity.set_marks(named=case.visibility == Case.Visibility.NAMED and not case.sealed)
    identity.save(force_insert=True)


def attach(
    case: Case, files: Sequence[uploads.CleanFile], *, at: datetime, by: User | None = None
) -> list[Attachment]:
    """Store cleaned files on a case; the same content twice is one file. Raises TooManyFiles."""
    if not files:
        return []
    held = set(case.attachments.values_list("sha256", flat=True)) if case.event_seq else set()
    fresh = list({f.sha256: f for f in files if f.sha256 not in held}.values())
    if len(held) + len(fresh) > uploads.MAX_FILES * (4 if held else 1):
        raise errors.TooManyFiles("files", maximum=uploads.MAX_FILES)
    return [_store(f, at, by, case=case) for f in fresh]


def _store(
    clean: uploads.CleanFile,
    at: datetime,
    by: User | None,
    case: Case | None = None,
    draft: IntakeDraft | None = None,
) -> Attachment:
    row = Attachment(
        case=case,
        draft=draft,
        name=clean.name,
        media_type=clean.media_type,
        size=len(clean.content),
        sha256=clean.sha256,
        by_citizen=by is None,
        uploaded_by=by,
        at=at,
    )
    row.file.save(clean.name, ContentFile(clean.content), save=False)
    row.save(force_insert=True)
    return row


def hold_for_draft(draft: IntakeDraft, clean: uploads.CleanFile, *, at: datetime) -> Attachment:
    """Keep a cleaned file with a letter not yet sent. Raises TooManyFiles."""
    held = list(draft.attachments.all())
    same = [a for a in held if a.sha256 == clean.sha256]
    if same:
        return same[0]
    if len(held) >= uploads.MAX_FILES:
        raise errors.TooManyFiles("files", maximum=uploads.MAX_FILES)
    return _store(clean, at, None, draft=draft)


def files_of_draft(draft: IntakeDraft) -> list[uploads.CleanFile]:
    """The held files again, ready for `submit`."""
    files = []
    for row in draft.attachments.all():
        with row.file.open("rb") as stream:
            files.append(uploads.CleanFile(row.name, stream.read(), row.media_type, row.sha256))
    return files


# --- Checking ------------------------------------------------------------------------------------
def check(letter: Letter, at: datetime) -> None:
    """Tidy what may be tidied, refuse what cannot be kept. Raises InvalidInput with one error per field."""
    for name in ("text", "name", "phone", "email", "address", "dossier_code"):
        setattr(letter, name, storable(getattr(letter, name)))
    if letter.language not in LANGUAGES:
        letter.language = "vi"
    found = {name: error for name, error in _problems(letter, at) if error is not None}
    if found:
        raise errors.InvalidInput(found)


def _problems(letter: Letter, at: datetime) -> list[tuple[str, errors.OfficeError | None]]:
    book = catalogue()
    place = book.units.get(letter.place)
    return [
        ("text", text_problem(letter.text)),
        ("visibility", _code_problem(letter.visibility, set(Case.Visibility.values))),
        ("channel", _code_problem(letter.channel, set(Case.Channel.values))),
        (
            "place",
            errors.UnknownCode("place", value=letter.place[:40]) if letter.place and place is None else None,
        ),
        ("procedure", _code_problem(letter.procedure, {"", *book.procedures})),
        ("name", _name_problem(letter.name)),
        ("phone", _phone_problem(letter.phone)),
        ("email", _email_problem(letter.email)),
        ("address", _length_problem(letter.address, MAX_ADDRESS)),
        ("dossier_code", _length_problem(letter.dossier_code, MAX_DOSSIER)),
        ("received_at", _date_problem(letter.received_at, at)),
        (
            "files",
            errors.TooManyFiles(maximum=uploads.MAX_FILES) if len(letter.files) > uploads.MAX_FILES else None,
        ),
    ]


def text_problem(text: str, minimum: int = MIN_TEXT) -> errors.OfficeError | None:
    plain = text.strip()
    if not plain:
        return errors.FieldRequired("text")
    if len(plain) < minimum:
        return errors.TextTooShort("text", minimum=minimum)
    return _length_problem(text, MAX_TEXT)


def _length_problem(text: str, maximum: int) -> errors.OfficeError | None:
    return errors.TextTooLong(length=len(text), maximum=maximum) if len(text) > maximum else None


def _code_problem(code: str, known: set[str]) -> errors.OfficeError | None:
    return None if code in known else errors.UnknownCode(value=code[:40])


def _name_problem(name: str) -> errors.OfficeError | None:
    if sum(c.isdigit() for c in name) >= 6 or "@" in name:
        return errors.WrongName("name")
    return _length_problem(name, MAX_NAME)


def _phone_problem(phone: str) -> errors.OfficeError | None:
    """Any number that could be dialled: 7 to 15 digits (ITU-T E.164), however it is spaced."""
    if not phone.strip():
        return None
    try:
        number = phonenumbers.parse(phone, "VN")
    except phonenumbers.NumberParseException:
        return errors.WrongPhone("phone")
    digits = len(re.sub(r"\D", "", phone))
    return None if 7 <= digits <= 15 and number.national_number else errors.WrongPhone("phone")


def _email_problem(email: str) -> errors.OfficeError | None:
    if not email.strip():
        return None
    try:
        validate_email(email.strip())
    except ValidationError:
        return errors.WrongEmail("email")
    return None


def _date_problem(received: datetime | None, at: datetime) -> errors.OfficeError | None:
    if received is None:
        return None
    if timezone.is_naive(received) or received > at + timedelta(minutes=5) or received < at - _OLDEST:
        return errors.WrongDate("received_at")
    return None
