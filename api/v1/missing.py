"""Any other address under /api/v1/: a problem document instead of a page."""

from __future__ import annotations

from typing import Any, NoReturn

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from api import problems
from api.views import ApiView


@extend_schema(exclude=True)
class Missing(ApiView):
    """404 whatever the method, before anything else is looked at."""

    doors = ("public",)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> NoReturn:
        raise problems.NoSuchAddress
