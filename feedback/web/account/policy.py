"""Who must give a second factor, and whether it was given in this session."""

from __future__ import annotations

from typing import Any

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.http import HttpRequest

from feedback.models import User


def must_have_second_factor(user: User) -> bool:
    """By HOIAM_SECOND_FACTOR; asks the database nothing that a page of the desk does not ask anyway."""
    if settings.SECOND_FACTOR == "off":
        return False
    if settings.SECOND_FACTOR == "all" or user.is_superuser or user.is_staff:
        return True
    scope = user.scope()
    return bool(scope.leads) or scope.manager or scope.integrity or scope.administrator


def given(request: HttpRequest, user: User) -> bool:
    """A second factor was given, or set up, in this very session."""
    records: list[dict[str, Any]] = get_authentication_records(request, user)
    return any(record.get("method") == "mfa" for record in records)


def is_whole(request: HttpRequest, user: User) -> bool:
    """May this session do anything beyond setting up the second factor?"""
    return given(request, user) or not must_have_second_factor(user)
