"""Published answers: a list to search, one page each. Public doors read `Publication` and nothing else."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from feedback.models import Publication, catalogue
from feedback.querysets import PublicationQuerySet
from feedback.web.public.forms import FilterForm
from feedback.web.words import name_of, shortened, working_days

PAGE = 20
RELATED = 4
EXCERPT = 180  # characters of an answer in a list
_CURSOR = re.compile(r"^(\d{1,17})-(\d{1,18})$")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Newest first, by keyset: the thousandth page costs what the first does, and nothing is counted."""
    form = FilterForm({name: request.GET.get(name, "") for name in FilterForm.base_fields})
    form.full_clean()
    rows = filtered(form)
    older, newer = _cursor(request.GET.get("before", "")), _cursor(request.GET.get("after", ""))
    page, has_older, has_newer = _page(rows, older, newer)
    query = {k: v for k, v in form.typed().items() if v}
    context = {
        "form": form,
        "rows": [described(row) for row in page],
        "filtered": bool(query),
        "more_filters": bool(query.keys() - {"q", "topic"}),
        "next_url": _url(request, query, "before", page[-1]) if has_older else "",
        "previous_url": _url(request, query, "after", page[0]) if has_newer else "",
    }
    return render(request, "feedback/public/published.html", context, status=422 if form.errors else 200)


def filtered(form: FilterForm) -> PublicationQuerySet:
    """Published rows under the filters; one that is not understood is left out, with its error on the page."""
    given = form.cleaned_data
    rows = Publication.objects.published()
    if given.get("q"):
        rows = rows.search(given["q"])
    if topic := given.get("topic"):
        below = [t.code for t in catalogue().topics.values() if t.parent_id == topic]
        rows = rows.filter(topic__in=[topic, *below])
    for name in ("unit", "procedure"):
        if given.get(name):
            rows = rows.filter(**{name: given[name]})
    if given.get("start"):
        rows = rows.filter(answered_on__gte=given["start"])
    if given.get("end"):
        rows = rows.filter(answered_on__lte=given["end"])
    return rows


def _page(
    rows: PublicationQuerySet, older: tuple[datetime, int] | None, newer: tuple[datetime, int] | None
) -> tuple[list[Publication], bool, bool]:
    """(rows of this page, whether older ones follow, whether newer ones precede)."""
    rows = rows.defer("question", "question_spans", "answer_spans", "search_text")
    if newer is not None:
        moment, pk = newer
        found = rows.filter(Q(published_at__gt=moment) | Q(published_at=moment, pk__gt=pk))
        page = list(found.order_by("published_at", "pk")[: PAGE + 1])
        return page[:PAGE][::-1], bool(page), len(page) > PAGE
    if older is not None:
        moment, pk = older
        rows = rows.filter(Q(published_at__lt=moment) | Q(published_at=moment, pk__lt=pk))
    page = list(rows.order_by("-published_at", "-pk")[: PAGE + 1])
    return page[:PAGE], len(page) > PAGE, older is not None and bool(page)


def _cursor(text: str) -> tuple[datetime, int] | None:
    """(published_at, pk) from "microseconds-pk"; None for anything else."""
    match = _CURSOR.match(text)
    return (_EPOCH + timedelta(microseconds=int(match[1])), int(match[2])) if match else None


def _url(request: HttpRequest, query: dict[str, str], name: str, row: Publication) -> str:
    microseconds = ((row.published_at or _EPOCH) - _EPOCH) // timedelta(microseconds=1)
    parameters = request.GET.copy()
    parameters.clear()
    parameters.update({**query, name: f"{microseconds}-{row.pk}"})
    return f"{request.path}?{parameters.urlencode()}"


def described(row: Publication) -> dict[str, Any]:
    """One result as the list shows it."""
    book = catalogue()
    topic = book.topics.get(row.topic_id or "")
    return {
        "url": reverse("answer", args=[row.pk]),
        "title": row.title,
        "start": shortened(row.answer, EXCERPT),
        "topic": name_of(topic),
        "unit": name_of(book.units.get(row.unit_id or "")),
        "answered_on": row.answered_on,
        "days": working_days(row.received_on, row.answered_on),
    }


@require_safe
def answer(request: HttpRequest, number: int) -> HttpResponse:
    """Question and answer as published. Taken down: 410 and the reason, so that a reader is not left wondering."""
    row = Publication.objects.filter(pk=number).first()
    if row is None or row.state == Publication.State.PREPARED:
        raise Http404
    if row.state == Publication.State.WITHDRAWN:
        return render(request, "feedback/public/withdrawn.html", {"row": row}, status=410)
    book = catalogue()
    context = {
        "row": row,
        "about": described(row),
        "topic_url": f"{reverse('published')}?topic={row.topic_id}" if row.topic_id else "",
        "procedure": name_of(book.procedures.get(row.procedure_id or "")),
        "related": [described(other) for other in _related(row)],
    }
    return render(request, "feedback/public/answer.html", context)


def _related(row: Publication) -> list[Publication]:
    if not row.topic_id:
        return []
    same = Publication.objects.published().filter(topic=row.topic_id).exclude(pk=row.pk)
    return list(same.order_by("-published_at")[:RELATED])
