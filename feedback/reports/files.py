"""A table as a file: XLSX with real numbers, CSV as neutral text. Nothing in either can become a formula."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import xlsxwriter
from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from feedback.reports.base import Table, Type
from feedback.sheets import write_csv

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
# How a spreadsheet writes the numbers; they stay numbers.
_FORMATS = {
    Type.COUNT: "#,##0",
    Type.NUMBER: "#,##0.0",
    Type.HOURS: "#,##0.0",
    Type.SHARE: "0.0%",
    Type.POINTS: "+0.0%;-0.0%;0.0%",
}
_NAME_WIDTH, _WIDTH = 36, 14  # characters
_HEADER_ROWS = 6


def file_name(table: Table, suffix: str) -> str:
    """bao-cao-units-2026-11-01-2026-11-30.xlsx: codes and dates, no name of anybody."""
    first, last = table.question["first"], table.question["last"]
    return re.sub(r"[^\w.-]", "", f"bao-cao-{table.report}-{first}-{last}.{suffix}")


def heading(table: Table) -> list[str]:
    """What stands above every file: whose report, of what, of when, made by whom and when."""
    made = {"who": table.made_by, "when": date_format(timezone.localtime(table.made_at), "H:i d/m/Y")}
    return [
        f"{settings.OFFICE_PARENT} – {settings.OFFICE_NAME}",
        table.title,
        " · ".join([table.period, *table.about]),
        _("Made by %(who)s at %(when)s") % made + (f" · {preliminary()}" if table.preliminary else ""),
    ]


def preliminary() -> str:
    """The period has not ended."""
    return _("preliminary: the period has not ended")


def csv_rows(table: Table) -> Iterator[list[Any]]:
    """Names of columns, rows, totals: raw numbers, shares as parts of 1. No heading, so that programs read it too."""
    yield [column["label"] for column in table.columns]
    for row in table.lines:
        yield [row.values.get(column["name"]) for column in table.columns]


def write(table: Table) -> Iterator[str]:
    """The CSV text, piece by piece."""
    return write_csv(csv_rows(table))


def xlsx(table: Table) -> bytes:
    """A workbook of two sheets: the table, and what each column means."""
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties(
            {"title": table.title, "author": settings.OFFICE_NAME, "company": settings.OFFICE_NAME}
        )
        _table_sheet(book, table)
        _meaning_sheet(book, table)
    return out.getvalue()


def _table_sheet(book: Any, table: Table) -> None:
    sheet = book.add_worksheet(_("Report"))
    bold, head = book.add_format({"bold": True}), _head(book)
    for number, line in enumerate(heading(table)):
        sheet.write_string(number, 0, line, bold if number < 2 else None)
    for x, column in enumerate(table.columns):
        sheet.write_string(_HEADER_ROWS - 1, x, column["label"], head)
        sheet.set_column(x, x, _NAME_WIDTH if column["type"] == Type.TEXT else _WIDTH)
    formats = {
        (kind, strong): book.add_format({"num_format": text, "bold": strong})
        for kind, text in _FORMATS.items()
        for strong in (False, True)
    }
    for y, row in enumerate(table.lines, start=_HEADER_ROWS):
        strong = row is table.total
        for x, column in enumerate(table.columns):
            _cell(
                sheet,
                y,
                x,
                row.values.get(column["name"]),
                formats.get((Type(column["type"]), strong)),
                strong and bold,
            )
    sheet.freeze_panes(_HEADER_ROWS, 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(_HEADER_ROWS - 1)
    sheet.set_footer("&R&P/&N")


def _cell(sheet: Any, y: int, x: int, value: Any, numeric: Any, strong: Any) -> None:
    if value is None:
        sheet.write_blank(y, x, None, numeric)
    elif isinstance(value, str):
        sheet.write_string(y, x, value, strong or None)
    else:
        sheet.write_number(y, x, value, numeric)


def _head(book: Any) -> Any:
    return book.add_format(
        {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#F2EDE5"}
    )


def _meaning_sheet(book: Any, table: Table) -> None:
    sheet = book.add_worksheet(_("What the figures mean"))
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, _NAME_WIDTH)
    sheet.set_column(1, 1, 100)
    for y, column in enumerate(table.columns):
        sheet.write_string(y, 0, column["label"], wrapped)
        sheet.write_string(y, 1, column["meaning"], wrapped)
    for y, note in enumerate(table.notes, start=len(table.columns) + 1):
        sheet.write_string(y, 1, note, wrapped)
