"""Bodies that cannot hurt: bounded, strict, and every way of being broken is a 400."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.http.multipartparser import MultiPartParserError
from rest_framework.parsers import JSONParser, MultiPartParser

from api import problems
from api.errors import too_large


class BoundedJSONParser(JSONParser):
    """JSON up to DATA_UPLOAD_MAX_MEMORY_SIZE; DRF itself would read whatever comes."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise too_large()
        try:
            return super().parse(io.BytesIO(body), media_type, dict(parser_context or {}))
        except (RecursionError, LookupError) as error:  # brackets a thousand deep; an unknown charset
            raise problems.ParseFailed from error


class BoundedMultiPartParser(MultiPartParser):
    """multipart/form-data, within Django's own limits of fields, files and memory."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            return super().parse(stream, media_type, dict(parser_context or {}))
        except (MultiPartParserError, ValueError, LookupError) as error:
            raise problems.ParseFailed from error
