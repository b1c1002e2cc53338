"""Keyset pages: a cursor says after which row to go on; no COUNT, no OFFSET, the same time on page 1 and 1000."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Model, Q
from django.utils.dateparse import parse_datetime
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from api import problems

if TYPE_CHECKING:
    from rest_framework.views import APIView  # views import us, by way of the settings

PAGE, LARGEST = 50, 200
_MAX_ID = 2**63 - 1


class CursorPagination(BasePagination):
    """The view's `orderings` maps a value of `?order=` to (moment column, descending); the first is the default."""

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        """One page and, in `next_link`, where the following one begins. Raises WrongCursor, WrongValue."""
        self.orderings: dict[str, tuple[str, bool]] = getattr(view, "orderings")  # noqa: B009 - DRF's type hides it
        self.request = request
        self.order = request.query_params.get("order") or next(iter(self.orderings))
        if self.order not in self.orderings:
            raise problems.WrongValue("order")
        size, (column, down) = self._size(), self.orderings[self.order]
        if text := request.query_params.get("cursor"):
            queryset = queryset.filter(_after(column, down, _decode(text, self.order)))
        sign = "-" if down else ""
        rows = list(queryset.order_by(f"{sign}{column}", f"{sign}pk")[: size + 1])
        self.more, page = len(rows) > size, rows[:size]
        self.last: Model | None = page[-1] if page else None
        return page

    def _size(self) -> int:
        text = self.request.query_params.get("page_size", str(PAGE))
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= LARGEST):
            raise problems.WrongValue("page_size")
        return int(text)

    def next_link(self) -> str | None:
        if not self.more or self.last is None:
            return None
        moment = getattr(self.last, self.orderings[self.order][0])
        query = self.request.query_params.copy()
        query["cursor"] = _encode(self.order, moment, self.last.pk)
        return f"{settings.SITE_URL}{self.request.path}?{query.urlencode()}"

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.next_link(), "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {
                "next": {
                    "type": ["string", "null"],
                    "format": "uri",
                    "description": "Trang sau; null ở trang cuối · The following page, null on the last one",
                },
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        orders = list(getattr(view, "orderings", {}))
        return [
            _parameter("cursor", {"type": "string"}, "Con trỏ từ `next` · Cursor taken from `next`"),
            _parameter("order", {"type": "string", "enum": orders}, "Thứ tự · Order"),
            _parameter(
                "page_size",
                {"type": "integer", "minimum": 1, "maximum": LARGEST, "default": PAGE},
                "Số dòng mỗi trang · Rows per page",
            ),
        ]


PARAMETERS: Sequence[str] = ("cursor", "order", "page_size")


def _parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}


def _after(column: str, down: bool, place: tuple[datetime, int]) -> Q:
    """Rows after `place` in (column, id) order; the first condition lets the index do the skipping."""
    moment, pk = place
    edge, beyond = ("lte", "lt") if down else ("gte", "gt")
    return Q(**{f"{column}__{edge}": moment}) & (
        Q(**{f"{column}__{beyond}": moment}) | Q(**{column: moment, f"pk__{beyond}": pk})
    )


def _encode(order: str, moment: datetime, pk: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([order, moment.isoformat(), pk]).encode()).decode().rstrip("=")


def _decode(text: str, order: str) -> tuple[datetime, int]:
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        made_for, when, pk = found
        moment = parse_datetime(when)
        if made_for != order or moment is None or moment.tzinfo is None or type(pk) is not int:
            raise problems.WrongCursor("cursor")
        if not 1900 < moment.year < 2200 or not 0 <= pk <= _MAX_ID:
            raise problems.WrongCursor("cursor")
    except (ValueError, TypeError, RecursionError) as error:
        raise problems.WrongCursor("cursor") from error
    return moment, pk
