"""`make bench`: submitting and listing through the API, beside a bare DRF endpoint that inserts one row.

All run in one process on the same database, taking turns; figures are CPU time, so a busy machine distorts them less.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, models
from django.urls import path
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView

from config.urls import urlpatterns as office_urls
from feedback import actions
from feedback.models import User
from feedback.web.citizen import limits
from tests.bench import figures
from tests.cast import BIRTH, WEDNESDAY, hire

ROUNDS, BATCH, CASES = 15, 20, 2000


class BenchRow(models.Model):
    """The control's table: one text, one moment."""

    text = models.TextField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "bench"

    def __str__(self) -> str:
        return str(self.pk)


class BenchSerializer(serializers.ModelSerializer):
    class Meta:
        model = BenchRow
        fields = ["id", "text", "at"]


class BareInsert(APIView):
    """The control: validate one field, insert one row, answer it."""

    permission_classes = (AllowAny,)
    authentication_classes = ()
    throttle_classes = ()

    def post(self, request: Request) -> Response:
        serializer = BenchSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return Response(serializer.data, status=201)


urlpatterns = [path("bench/bare", BareInsert.as_view()), *office_urls]


@pytest.fixture
def table(transactional_db: None) -> Iterator[None]:
    with connection.schema_editor() as editor:
        editor.create_model(BenchRow)
    yield
    with connection.schema_editor() as editor:
        editor.delete_model(BenchRow)


@pytest.fixture
def open_doors(monkeypatch: pytest.MonkeyPatch) -> None:
    """No limit per address: one client sends everything here."""
    monkeypatch.setattr(limits, "rate", lambda scope: (10**9, 60))


def filled(officer: User) -> None:
    for number in range(CASES):
        actions.submit(actions.Letter(text=f"{BIRTH} Thư số {number}."), by=actions.CITIZEN, at=WEDNESDAY)


@pytest.mark.bench
@pytest.mark.urls("tests.bench.test_office_speed")
def test_bench_office(table: None, office: None, tmp_path: Path, open_doors: None) -> None:
    handlers = [("STP.HCTP", "handler")]
    officer = hire("do-toc-do", "Chuyên viên đo", *handlers, capacity=10_000_000)
    triage = hire("do-phan-loai", "Cán bộ phân loại", ("STP.VP", "triage"))
    filled(officer)
    client, desk, number = APIClient(), APIClient(), count()
    desk.force_login(triage)
    first = actions.submit(actions.Letter(text=BIRTH), by=actions.CITIZEN, at=WEDNESDAY).case

    def post(url: str, status: int) -> None:
        body: dict[str, Any] = {"text": f"{BIRTH} Đo lần {next(number)}."}
        assert client.post(url, body, format="json").status_code == status

    def get(url: str) -> None:
        answer = desk.get(url)
        assert answer.status_code == 200, answer.content

    found = figures.paired(
        {
            "bare insert (control)": lambda: post("/bench/bare", 201),
            "submit a letter": lambda: post("/api/v1/cases", 201),
            "list of 50": lambda: get("/api/v1/cases?page_size=50"),
            "one case": lambda: get(f"/api/v1/cases/{first.reference}"),
            "desk page": lambda: get("/can-bo/"),
        },
        ROUNDS,
        BATCH,
    )
    database = f"{connection.vendor}, synchronous {settings.DATABASES['default']['OPTIONS'].get('synchronous', 'on')}"
    figures.report(
        "office",
        found,
        "bare insert (control)",
        database=database,
        cases=CASES,
        fsync_ms=round(figures.fsync_probe(tmp_path), 3),
    )
