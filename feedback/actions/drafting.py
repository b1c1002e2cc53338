"""The draft while it is written: saved as it grows, its earlier states kept, nobody's words written over.

No event is written here: the log is for acts, and saving every few seconds is none. `draft_reply` and `submit_reply`
are the acts; they save through the same hands.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from feedback import errors
from feedback.actions.spine import may, permit, storable
from feedback.models import Case, DraftVersion, Reply, User

MAX_BODY = 20_000
KEEP_EVERY = timedelta(minutes=3)  # one earlier state in so long, and always when another person goes on
KEPT = 50  # earlier states of one reply
MUCH = 200  # characters; a text that loses so many at once is kept first


class DraftMoved(errors.OfficeError):
    """The draft is no longer the one the writer has before their eyes."""

    code = "draft_moved"
    status = 409
    vi = "Dự thảo này vừa được lưu từ một nơi khác. Không chữ nào bị mất: xin xem hai bản cạnh nhau rồi chọn."
    en = "This draft was just saved from elsewhere. No word is lost: look at both versions and choose."


def checked(body: str) -> str:
    """The text as it can be stored. Raises FieldRequired, TextTooLong."""
    body = storable(body)
    if not body.strip():
        raise errors.FieldRequired("body")
    if len(body) > MAX_BODY:
        raise errors.TextTooLong("body", length=len(body), maximum=MAX_BODY)
    return body


def newest(case: Case) -> Reply | None:
    return case.replies.order_by("-number").first()


def mark_of(reply: Reply | None) -> str:
    """What a page must send back to show which state of the draft it was written upon: "number.revision"."""
    return f"{reply.number}.{reply.revision}" if reply else "0.0"


def keep_draft(
    case: Case, *, body: str, by: User, at: datetime, mark: str | None = None, window: str = ""
) -> Reply:
    """Save the text as it grows; no event. Raises DraftMoved, NotAllowed, WrongState – then the words are laid aside.

    `mark` is the state the writer saw, `window` names the open page: two savings of one page never stand against
    each other, even when the answer to the first was lost on the way.
    """
    body = checked(body)
    try:
        with transaction.atomic():
            locked = Case.objects.select_for_update().get(pk=case.pk)
            permit(locked, "draft_reply", by)
            return save_draft(locked, body, by, at, mark=mark, window=window)
    except errors.OfficeError:
        lay_aside(case, body=body, by=by, at=at)
        raise


def lay_aside(case: Case, *, body: str, by: User, at: datetime) -> DraftVersion | None:
    """Keep words that cannot become the draft beside it, where the handler finds them; None for who may not even write
    a note on this case, and for words that are the draft already."""
    if not may(case, "note", by):
        return None
    with transaction.atomic():
        locked = Case.objects.select_for_update().get(pk=case.pk)
        reply = newest(locked)
        if reply is not None and reply.body == body:
            return None
        number = reply.number if reply else 1
        own = locked.draft_versions.filter(author=by, number=number, aside=True).first()
        if own is None or _loses_much(own.body, body):
            own = DraftVersion(case=locked, number=number, author=by, aside=True)
        own.body, own.saved_at = body, at
        own.save()
        _forget_oldest(locked, number)
    return own


def save_draft(
    case: Case, body: str, by: User, at: datetime, *, mark: str | None, window: str = "", act: bool = False
) -> Reply:
    """Write the draft of a locked case; a returned version is kept and a new one begun. Raises DraftMoved.

    `act`: the person asked for it (a button), so the state before is always kept.
    """
    last = newest(case)
    if last is None or last.state != Reply.State.DRAFT:
        _check(last, body, mark, window, begun=False)
        number = last.number + 1 if last else 1
        return Reply.objects.create(
            case=case, number=number, body=body, author=by, saved_at=at, revision=1, window=window
        )
    _check(last, body, mark, window, begun=True)
    if last.body != body:
        _keep_state(case, last, body, by, at, act=act)
        last.revision += 1
    last.body, last.author, last.saved_at, last.window = body, by, at, window
    last.save(update_fields=["body", "author", "saved_at", "revision", "window"])
    return last


def _check(last: Reply | None, body: str, mark: str | None, window: str, *, begun: bool) -> None:
    if mark is None or mark == mark_of(last) or (begun and last is not None and last.body == body):
        return
    if window and last is not None and begun and last.window == window:
        return
    raise DraftMoved


def _keep_state(case: Case, draft: Reply, body: str, by: User, at: datetime, *, act: bool) -> None:
    """Keep the draft as it stands before it is written over, if it is worth keeping."""
    if not (act or draft.author_id != by.pk or _loses_much(draft.body, body)):
        last = case.draft_versions.filter(number=draft.number, aside=False).first()
        since = last.saved_at if last else None
        if since is not None and draft.saved_at - since < KEEP_EVERY:
            return
    DraftVersion.objects.create(
        case=case, number=draft.number, body=draft.body, author_id=draft.author_id, saved_at=draft.saved_at
    )
    _forget_oldest(case, draft.number)


def _loses_much(old: str, new: str) -> bool:
    return len(old) - len(new) >= MUCH


def _forget_oldest(case: Case, number: int) -> None:
    rows = case.draft_versions.filter(number=number).values_list("pk", flat=True)
    if old := list(rows[KEPT:]):
        DraftVersion.objects.filter(pk__in=old).delete()


def draft_versions(case: Case) -> Sequence[DraftVersion]:
    """Earlier states of the reply being written and what was laid aside, the newest first."""
    reply = newest(case)
    number = reply.number if reply else 1
    return list(case.draft_versions.filter(number=number).select_related("author"))


def restore_draft(
    case: Case, version: DraftVersion, *, by: User, at: datetime, mark: str | None = None
) -> Reply:
    """Make an earlier state the draft again; the one it replaces is kept. Raises DraftMoved."""
    with transaction.atomic():
        locked = Case.objects.select_for_update().get(pk=case.pk)
        permit(locked, "draft_reply", by)
        return save_draft(locked, checked(version.body), by, at, mark=mark, act=True)
