"""Verbs the table offers that still do not fit every case: a law for some kinds only, a name that stays closed.

`permit` and `allowed_actions` ask here after the table, so that such a verb is neither drawn as a button nor done.
Reads the row of the case and the catalogue in memory, never the database: lists ask it for every line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from feedback.errors import NotAllowed, OfficeError, WrongState
from feedback.models import Case, catalogue
from feedback.querysets import GUARDED_KINDS
from feedback.workflow import STATUS_NAMES, Role, Status

Check = Callable[[Case, frozenset[Role]], OfficeError | None]


class NotSuspendable(OfficeError):
    """Only the laws on complaints and on denunciations know a suspension."""

    code = "not_suspendable"
    status = 409
    vi = (
        "Chỉ đơn khiếu nại và đơn tố cáo được tạm đình chỉ giải quyết. Với đơn khác, xin dùng “Đề nghị bổ sung” "
        "khi cần hỏi người gửi, hoặc “Đề nghị gia hạn” khi cần thêm thời gian."
    )
    en = (
        "Only complaints and denunciations can be suspended. For other letters use “Ask the citizen” when something "
        "is missing, or “Request an extension” when more time is needed."
    )


class NotAcceptedYet(OfficeError):
    """Suspended is the handling, and that begins with the acceptance (thụ lý)."""

    code = "not_accepted_yet"
    status = 409
    vi = "Đơn chưa được tiếp nhận (thụ lý) nên chưa có việc giải quyết để tạm đình chỉ. Xin tiếp nhận đơn trước."
    en = "The case has not been accepted, so there is no handling to suspend yet. Accept it first."


def refusal(verb: str, case: Case, roles: frozenset[Role]) -> OfficeError | None:
    """Why `verb` does not fit `case` for a person with these roles, though the table has it; None when it does."""
    check = _CHECKS.get(verb)
    return check(case, roles) if check else None


def _identity(case: Case, roles: frozenset[Role]) -> OfficeError | None:
    """A sealed sender is known to integrity officers only; one who hides the name, to the handler and them."""
    if Role.INTEGRITY in roles:
        return None
    named = case.visibility == Case.Visibility.NAMED or Role.HANDLER in roles
    return None if named and not case.sealed else NotAllowed()


def _suspension(case: Case, roles: frozenset[Role]) -> OfficeError | None:
    if case.kind_id not in GUARDED_KINDS:
        return NotSuspendable()
    return None if case.accepted_at else NotAcceptedYet()


def _extension(case: Case, roles: frozenset[Role]) -> OfficeError | None:
    """A letter nobody holds yet has one date that may move: that of its acceptance, where the law extends it."""
    if case.status != Status.NEW or acceptance_extends(case):
        return None
    return WrongState(status=STATUS_NAMES[Status.NEW])


def acceptance_extends(case: Case) -> bool:
    """The case waits for its acceptance, and the law of its kind lets that take longer (Luật Tố cáo, Điều 24.1)."""
    if case.accepted_at is not None:
        return False
    rules = catalogue().rules_of(case.rules_version)
    return any(r.clock == "accept" and r.kind == case.kind_id and r.extension_steps for r in rules)


_CHECKS: Mapping[str, Check] = {
    "read_identity": _identity,
    "suspend": _suspension,
    "request_extension": _extension,
}
