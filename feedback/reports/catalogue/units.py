"""The account of every unit."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback.models import catalogue
from feedback.reports.account import Account
from feedback.reports.base import name_of


class Units(Account):
    code = "units"
    title = gettext_lazy("Settlement by unit")
    description = gettext_lazy(
        "What each unit took over, received, settled on time or late and still owes at the end of the period."
    )
    first = gettext_lazy("Unit")
    path = "unit"

    def named(self, cell: Any) -> str:
        return name_of(catalogue().units.get(cell)) or _("No unit yet")
