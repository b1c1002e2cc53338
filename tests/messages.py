"""`python -m tests.messages`: gather every sentence for the screen into the Vietnamese catalogue, and compile it.

Needs nothing but Python (Django's own makemessages wants GNU gettext). Sentences without a translation are listed
and left empty; the tests forbid that. New pairs may be given as CSV files: `python -m tests.messages pairs.csv …`.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "feedback" / "locale" / "vi" / "LC_MESSAGES"
PACKAGES = ("config", "api", "notifications", "feedback")
KEYWORDS: dict[str, Any] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    "npgettext": ((1, "c"), 2, 3),
}
Key = tuple[str | None, str | tuple[str, ...]]


def sentences() -> dict[Key, list[tuple[str, int]]]:
    """Every (context, msgid or (singular, plural)) in code and templates, with the places it stands in."""
    found: dict[Key, list[tuple[str, int]]] = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*")):
            if path.suffix not in (".py", ".html", ".txt") or "migrations" in path.parts:
                continue
            if path.suffix == ".txt" and "templates" not in path.parts:
                continue
            for line, key in _in_file(path):
                found.setdefault(key, []).append((path.relative_to(ROOT).as_posix(), line))
    return found


def _in_file(path: Path) -> list[tuple[int, Key]]:
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        source = templatize(source, origin=str(path))
    calls = extract_python(io.BytesIO(source.encode()), KEYWORDS, [], {})
    return [(line, key) for line, name, args, _ in calls if (key := _key(name, args)) is not None]


def _key(name: object, args: object) -> Key | None:
    """The message a call stands for; None for calls without a literal string."""
    words = [args] if isinstance(args, str) else list(args) if isinstance(args, tuple | list) else []
    words, name = [w for w in words if isinstance(w, str)], str(name)
    context = words.pop(0) if name.startswith(("pgettext", "npgettext")) and words else None
    if name.startswith(("ngettext", "npgettext")):
        return (context, (words[0], words[1])) if len(words) > 1 else None
    return (context, words[0]) if words and words[0] else None


def stored() -> Catalog:
    path = FOLDER / "django.po"
    if not path.exists():
        return Catalog(locale="vi", project="Hồi Âm", charset="utf-8")
    with path.open("rb") as stream:
        return read_po(stream, locale="vi")


def compiled(catalog: Catalog) -> bytes:
    """The .mo file of a catalogue."""
    stream = io.BytesIO()
    write_mo(stream, catalog)
    return stream.getvalue()


def main(pairs: list[str]) -> None:
    """Write django.po and django.mo; print what still lacks a translation."""
    known = {(m.context, m.id): m.string for m in stored() if m.id}
    given = dict(row for file in pairs for row in _pairs(Path(file)))
    catalog = Catalog(locale="vi", project="Hồi Âm", charset="utf-8", fuzzy=False)
    catalog.header_comment = "# Vietnamese sentences of Hồi Âm. Written by `python -m tests.messages`."
    missing = []
    for (context, msgid), places in sorted(sentences().items(), key=lambda item: str(item[0])):
        single = msgid if isinstance(msgid, str) else msgid[0]
        held = known.get((context, msgid)) or ""
        text = held if any(held) else given.get(single, "")
        if isinstance(msgid, tuple) and isinstance(text, str):
            text = (text,)
        if not any(text):
            missing.append(single)
        flags = {"python-format"} if re.search(r"%\(\w+\)s", single) else set()
        catalog.add(
            msgid, text, locations=[(file, 0) for file, _ in places[:3]], flags=flags, context=context
        )
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "django.po").open("wb") as stream:
        write_po(stream, catalog, width=110, omit_header=False, include_lineno=False)
    (FOLDER / "django.mo").write_bytes(compiled(stored()))
    print(f"{len(catalog)} sentences, {len(missing)} without a translation.")
    for sentence in missing:
        print(f"  {sentence!r}")


def _pairs(path: Path) -> list[tuple[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return [(row[0], row[1]) for row in csv.reader(stream) if len(row) > 1 and row[0] != "msgid"]


if __name__ == "__main__":
    main(sys.argv[1:])
