"""The gate once more, for a thousand sockets: `Case.objects.visible_to` as a question about one case in memory.

Asking the database for each socket and each event would be ten thousand queries a second in a large office. A test
holds every person of the cast against every kind of case and demands the same answer from both. What is told is only
"this case changed"; its words are fetched through `visible_to` itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from feedback.models import Case, Coordination
from feedback.models.people import Scope, StandIn
from feedback.querysets import GUARDED_KINDS
from feedback.workflow import Status

Asked = dict[int, frozenset[str]]

COLUMNS = (
    "sealed",
    "unit_id",
    "handler_id",
    "kind_id",
    "subject_unit_id",
    "subject_officer_id",
    "status",
    "version",
    "received_at",
)


def cases_for(pks: Iterable[int]) -> tuple[dict[int, Case], Asked]:
    """The cases with what the gate asks about, and the units each was shown to for an opinion. Two queries."""
    wanted = set(pks)
    cases = Case.objects.only(*COLUMNS).in_bulk(wanted)
    asked: dict[int, set[str]] = defaultdict(set)
    for case, unit in Coordination.objects.filter(case__in=wanted).values_list("case", "unit"):
        asked[case].add(unit)
    return cases, {case: frozenset(units) for case, units in asked.items()}


def sees(user: int, scope: Scope, case: Case, asked: frozenset[str] = frozenset()) -> bool:
    """May this person (active, signed in) see the case? The sentences stand in the order of `visible_to`."""
    if case.subject_officer_id == user or case.subject_unit_id in scope.conflict_units:
        return False
    if scope.auditor or case.handler_id == user:
        return True
    if any(_approves_for(one, case) for one in scope.replaces):
        return True
    if scope.integrity and (case.sealed or case.kind_id in GUARDED_KINDS):
        return True
    if case.sealed:
        return (
            case.subject_unit_id in scope.stands_in_units
            or case.subject_officer_id in scope.stands_in_officers
        )
    return scope.sees_all_ordinary or case.unit_id in scope.units or bool(asked & scope.handles)


def _approves_for(absent: StandIn, case: Case) -> bool:
    """A substitute sees the replies a leader on leave would approve, save what that leader may not see either."""
    hidden = case.subject_unit_id in absent.conflict_units or case.subject_officer_id == absent.user_id
    waits = not case.sealed and case.status == Status.PENDING_APPROVAL and case.unit_id in absent.units
    return waits and not hidden
