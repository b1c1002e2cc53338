"""Other letters of the same sender, where the sender let the office know who writes: never a hidden or sealed one."""

from __future__ import annotations

from django.db.models import Q

from feedback.models import Case, Identity, User
from feedback.querysets import DENUNCIATION

MOST = 10


def known_to_the_office(case: Case) -> bool:
    """Named, unsealed, and no denunciation: the law hides who denounces (Luật Tố cáo, Điều 47)."""
    return case.visibility == Case.Visibility.NAMED and not case.sealed and case.kind_id != DENUNCIATION


def other_letters(case: Case, user: User) -> list[Case]:
    """The newest first, only those `user` may see. Two queries, and no name is read."""
    if not known_to_the_office(case):
        return []
    marks = Identity.objects.filter(case=case).values_list("phone_mark", "email_mark").first()
    same = Q()
    for column, mark in zip(("phone_mark", "email_mark"), marks or (), strict=False):
        if mark:
            same |= Q(**{f"identity__{column}": mark})
    if not same:
        return []
    found = Case.objects.visible_to(user).filter(same, visibility=Case.Visibility.NAMED, sealed=False)
    return list(found.exclude(pk=case.pk).exclude(kind=DENUNCIATION).order_by("-received_at", "-pk")[:MOST])
