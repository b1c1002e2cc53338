"""Which model letters are read with: put in use, taken back, or set to read silently beside the one in use."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction

from classifier import ModelRefusedError
from classifier.contest import Reason
from classifier.model import load
from feedback import errors
from feedback.actions.actor import Actor, as_actor
from feedback.actions.change_plans import may_confirm, require_planner
from feedback.actions.engine import engine_of
from feedback.models import Case, ModelAct, ModelVersion, User

log = logging.getLogger(__name__)

State = ModelVersion.State


class ModelUnusable(errors.OfficeError):
    code = "model_unusable"
    status = 409
    vi = "Không dùng được mô hình {name}: tệp đã bị xóa, bị hỏng hoặc không phải của cơ quan này."
    en = "The model {name} cannot be used: its files are gone, damaged or not this office's."


class NotBetter(errors.OfficeError):
    """Its examination beside the model in use says that letters would be sorted worse."""

    code = "not_better"
    status = 409
    vi = "Mô hình {name} chưa được đưa vào dùng: kết quả kiểm tra kém hơn mô hình đang dùng."
    en = "The model {name} was not put in use: it was examined and is worse than the one in use."


class NothingToRollBack(errors.OfficeError):
    code = "nothing_to_roll_back"
    status = 409
    vi = "Không có mô hình nào dùng trước mô hình này."
    en = "No model was in use before this one."


def settle(
    row: ModelVersion,
    reasons: Sequence[Reason],
    *,
    against: ModelVersion | None,
    shadow: bool,
    by: User | Actor,
    at: datetime,
) -> None:
    """Put a model just trained in use, or keep it beside the champion it was compared with (`against`) and say why."""
    reasons = [
        *reasons,
        *([Reason("shadow")] if shadow else []),
        *([Reason("rolled_back")] if rolled_back() else []),
    ]
    with transaction.atomic():
        held = _locked_champion()
        if (held and held.pk) != (against and against.pk):
            reasons.append(Reason("overtaken"))
        row.reasons = [asdict(reason) for reason in reasons]
        row.save()
        record(ModelAct.What.TRAINED, row, by, at)
        if not reasons:
            _install(row, held, ModelAct.What.PROMOTED, by, at, "")
            return
        ModelVersion.objects.filter(state=State.CHALLENGER).update(state=State.RETIRED, shadow_after=None)
        row.state = State.CHALLENGER
        row.save()
        if shadow:
            _set_shadow(row, True, by, at)


def rolled_back() -> bool:
    """A person took the last model back: until a person promotes one again, none is put in use by itself."""
    decided = (ModelAct.What.PROMOTED, ModelAct.What.ROLLED_BACK)
    last = ModelAct.objects.filter(what__in=decided).first()
    return last is not None and last.what == ModelAct.What.ROLLED_BACK


# Reasons of `settle` that say something about the model itself, not about how it came to be trained.
CIRCUMSTANCES = frozenset({"shadow", "rolled_back", "overtaken"})


def speaks_against(row: ModelVersion) -> list[dict[str, Any]]:
    """What its examination found against a model: entries of `reasons`."""
    return [reason for reason in row.reasons if reason["code"] not in CIRCUMSTANCES]


def promote(
    name: str, *, by: User | Actor, at: datetime, why: str, only_if_good: bool = False
) -> ModelVersion:
    """Put a model in use because a person decides so. `only_if_good`: not one that its examination speaks against.

    Raises NotAllowed, ReasonRequired, UnknownCode, ModelUnusable, NotBetter.
    """
    _require_decider(by, why)
    row = ModelVersion.objects.filter(name=name).exclude(state=State.TRAINING).first()
    if row is None:
        raise errors.UnknownCode("model", value=name[:40])
    if only_if_good and speaks_against(row):
        raise NotBetter("model", name=row.name)
    _require_usable(row)
    with transaction.atomic():
        _install(row, _locked_champion(), ModelAct.What.PROMOTED, by, at, why)
    return row


def roll_back(*, by: User | Actor, at: datetime, why: str) -> ModelVersion:
    """Take the model in use back; the one before it reads the letters again.

    Raises NotAllowed, ReasonRequired, NothingToRollBack, ModelUnusable.
    """
    _require_decider(by, why)
    with transaction.atomic():
        champion = _locked_champion()
        before = champion.replaced if champion else None
        if before is None:
            raise NothingToRollBack
        _require_usable(before)
        _install(before, champion, ModelAct.What.ROLLED_BACK, by, at, why)
    return before


def _install(
    row: ModelVersion, champion: ModelVersion | None, what: str, by: User | Actor, at: datetime, why: str
) -> None:
    """One champion at every moment anybody can see. After a promotion the old one may be rolled back to; challengers
    were measured against it and are retired with it."""
    if champion is not None and champion.pk == row.pk:
        return
    ModelVersion.objects.filter(state__in=(State.CHAMPION, State.CHALLENGER)).exclude(pk=row.pk).update(
        state=State.RETIRED, shadow_after=None
    )
    if what == ModelAct.What.PROMOTED:
        row.replaced = champion
    row.state, row.shadow_after = State.CHAMPION, None
    row.promoted_at, row.promoted_by = at, as_actor(by).user
    row.save()
    record(what, row, by, at, why)
    log.info("letters are read with %s", row.name)


def _locked_champion() -> ModelVersion | None:
    return ModelVersion.objects.select_for_update(of=("self",)).filter(state=State.CHAMPION).first()


def _require_decider(by: User | Actor, why: str) -> None:
    if not may_confirm(by):
        raise errors.NotAllowed
    if not why.strip():
        raise errors.ReasonRequired("why")


def _require_usable(row: ModelVersion) -> None:
    try:
        if not row.sha256:
            raise ModelRefusedError("its files are gone")
        engine_of(row)
        load(row.folder, row.sha256)  # not only in this process's memory
    except ModelRefusedError as problem:
        raise ModelUnusable("model", name=row.name) from problem


def record(what: str, row: ModelVersion | None, by: User | Actor, at: datetime, why: str = "") -> None:
    ModelAct.objects.create(what=what, model=row, at=at, by=as_actor(by).user, why=why.strip()[:300])


# --- beside the champion -------------------------------------------------------------------------


def set_shadow(name: str, on: bool, *, by: User | Actor, at: datetime) -> ModelVersion:
    """Let a challenger read new letters silently, or stop it. Raises NotAllowed, UnknownCode, ModelUnusable."""
    require_planner(by)
    row = ModelVersion.objects.filter(name=name, state=State.CHALLENGER).first()
    if row is None:
        raise errors.UnknownCode("model", value=name[:40])
    if on:
        _require_usable(row)
    with transaction.atomic():
        _set_shadow(row, on, by, at)
    return row


def _set_shadow(row: ModelVersion, on: bool, by: User | Actor, at: datetime) -> None:
    row.shadow_after = (
        (Case.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) if on else None
    )
    row.save(update_fields=["shadow_after"])
    record(ModelAct.What.SHADOWED if on else ModelAct.What.UNSHADOWED, row, by, at)


def record_export(number: int, *, by: User | Actor, at: datetime) -> None:
    """Labelled letters left the office as a file."""
    record(ModelAct.What.EXPORTED, None, by, at, str(number))
