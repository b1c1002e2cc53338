"""JSON with every moment in the office's own time, as people there read it: 2026-11-20T17:00:00+07:00."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from rest_framework.renderers import JSONRenderer
from rest_framework.utils.encoders import JSONEncoder


class OfficeTimeEncoder(JSONEncoder):
    def default(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return timezone.localtime(value).isoformat()
        return super().default(value)


class OfficeJSONRenderer(JSONRenderer):
    encoder_class = OfficeTimeEncoder
