"""Before any view: how much one request may bring, what pages may ask of the browser, which language is spoken."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers

TOO_LARGE = (
    "Dữ liệu gửi lên quá lớn. Mỗi tệp tối đa 10 MB, mỗi lần tối đa 5 tệp.\n"
    "The request is too large. Each file may have 10 MB, and there may be 5 of them.\n"
)
# Nothing here uses them, so a script that slipped in could not either.
PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


class Guards:
    """Refuse a body over `MAX_REQUEST_BYTES` before reading it; add the Permissions-Policy header."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Django reads no further than Content-Length, so a lying header only truncates the liar's own letter.
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length) > settings.MAX_REQUEST_BYTES:
            return HttpResponse(TOO_LARGE, status=413, content_type="text/plain; charset=utf-8")
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        return response


class ChosenLanguage:
    """Vietnamese, unless the reader chose otherwise; a program that calls the API chooses by Accept-Language.

    Django's own middleware would answer a citizen in English because her telephone was bought with English menus.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        by_program = request.path_info.startswith("/api/")
        language = translation.get_language_from_request(request) if by_program else chosen_by(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        patch_vary_headers(response, ["Accept-Language" if by_program else "Cookie"])
        response.headers.setdefault("Content-Language", language)
        return response


def chosen_by(request: HttpRequest) -> str:
    """The language in the reader's cookie if the office speaks it, else the office's own."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
