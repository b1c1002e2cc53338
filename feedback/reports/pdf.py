"""A table on paper: WeasyPrint draws the page from a template of its own. Nothing is fetched from anywhere.

Pango is a library of the system. Where it is missing everything else goes on, and the page says why there is no PDF.
"""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from feedback.errors import NoPdf
from feedback.reports.base import Table
from feedback.reports.files import heading
from feedback.reports.shown import cells

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/pdf"
SHEET = Path(__file__).with_name("paper.css")


@cache
def weasyprint() -> Any:
    """The library, imported when first needed (half a second); None where the system lacks what it draws with."""
    try:
        import weasyprint as found
    except (
        OSError
    ):  # a shared library is missing; an ImportError would be a broken installation and is raised
        log.warning("no PDF: WeasyPrint cannot load Pango; install libpango-1.0-0 and libpangoft2-1.0-0")
        return None
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    return found


def available() -> bool:
    return weasyprint() is not None


def pdf(table: Table) -> bytes:
    """The document. Raises NoPdf."""
    written: bytes = document(table).write_pdf(pdf_tags=True)
    return written


def document(table: Table) -> Any:
    """The laid-out pages. Raises NoPdf."""
    library = weasyprint()
    if library is None:
        raise NoPdf
    page = library.HTML(string=html(table), url_fetcher=_refuse, base_url=None)
    return page.render(stylesheets=[library.CSS(filename=str(SHEET), url_fetcher=_refuse)])


def html(table: Table) -> str:
    """The page before it is laid out, in the table's own language."""
    with translation.override(table.language):
        return render_to_string(
            "feedback/desk/reports/paper.html",
            {
                "table": table,
                "heading": heading(table),
                "rows": [(row, cells(table, row), row is table.total) for row in table.lines],
                "office_name": settings.OFFICE_NAME,
                "office_parent": settings.OFFICE_PARENT,
                "wide": len(table.columns) > 7,
            },
        )


def _refuse(url: str, *_: Any, **__: Any) -> NoReturn:
    raise ValueError("a report fetches nothing")
