"""A refusal of the office raised in any view becomes a page that says so."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from feedback.errors import OfficeError
from feedback.web.errors import error_page


class OfficeErrors:
    """Views raise; this answers. The API has its own dress for the same errors (`api/errors.py`)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        if isinstance(exception, OfficeError):
            return error_page(request, exception)
        return None
