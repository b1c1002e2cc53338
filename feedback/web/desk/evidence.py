"""Why the classifier thinks so: the words that counted, shown where they were written; how sure it is, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from classifier.phrases import Phrase, phrases_in
from feedback import workflow
from feedback.models import Case, Suggestion, catalogue
from feedback.web.words import language, name_of

HEADS = ("topic", "issue", "kind")
# What stands behind a marked place, in this order; the same sign stands at the heading of the question.
SIGNS = {"topic": "①", "issue": "②", "kind": "③", "signal": "④", "place": "⑤"}
_SURENESS = (  # least per cent → words
    (95, gettext_lazy("almost certain")),
    (80, gettext_lazy("fairly sure")),
    (60, gettext_lazy("likely")),
    (35, gettext_lazy("possible")),
    (0, gettext_lazy("a faint hint")),
)
_LISTED = 6
# Per cent; the words of an engine that abstained below prove nothing and would mislead.
WEAK = 35


def sureness(percent: int) -> str:
    """ "fairly sure" for 87."""
    return str(next(words for least, words in _SURENESS if percent >= least))


@dataclass(frozen=True)
class Mark:
    """`text[start:end]` spoke for `title`; `of` is a key of SIGNS."""

    start: int
    end: int
    of: str
    title: str


@dataclass(frozen=True)
class FlagLine:
    """A warning of the classifier and the words of the letter it rests on."""

    code: str
    words: list[str]


Found = Mapping[str, list[Phrase]]


def marks_of(case: Case, data: Mapping[str, Any], phrases: Found) -> list[Mark]:
    """Everything worth marking in the letter: evidence of each head, phrases behind the flags, places named."""
    book = catalogue()
    names: dict[str, Any] = {**book.topics, **book.issues, **book.kinds}
    found = [
        Mark(int(e["start"]), int(e["end"]), head, name_of(names.get(e["code"])))
        for head in HEADS
        for e in evidence(data.get(head) or {})
    ]
    raised = _raised(data)
    found += [
        Mark(phrase.start, phrase.end, "signal", name_of(book.signals.get(code)))
        for phrase in phrases.get("signal", ())
        for code in phrase.codes
        if code in raised
    ]
    spans = (data.get("place") or {}).get("spans", ())
    return found + [
        Mark(int(s["start"]), int(s["end"]), "place", name_of(book.units.get(s["code"]))) for s in spans
    ]


def evidence(head: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The words the first guess rests on; none where there is no guess worth showing."""
    guesses = head.get("guesses") or ()
    weak = head.get("abstained", True) and (not guesses or guesses[0]["probability"] * 100 < WEAK)
    return [] if weak else list(head.get("evidence", ()))


def highlighted(text: str, marks: Iterable[Mark]) -> SafeString:
    """The letter with its marks; where several overlap, the piece carries each of them. Everything is escaped."""
    sound = [mark for mark in marks if 0 <= mark.start < mark.end <= len(text)]
    edges = sorted({0, len(text), *(m.start for m in sound), *(m.end for m in sound)})
    pieces = [
        _piece(text[a:b], [m for m in sound if m.start <= a and b <= m.end], b) for a, b in pairwise(edges)
    ]
    return format_html_join("", "{}", ((piece,) for piece in pieces))


def _piece(words: str, over: list[Mark], end: int) -> SafeString:
    """A stretch of the letter under the same marks; a mark's sign stands where it ends."""
    if not over:
        return format_html("{}", words)
    kinds = [of for of in SIGNS if any(mark.of == of for mark in over)]
    signs = "".join(SIGNS[of] for of in kinds if any(m.of == of and m.end == end for m in over))
    titles = " · ".join(dict.fromkeys(f"{SIGNS[m.of]} {m.title}" for m in over))
    css = " ".join(f"evidence--{of}" for of in kinds)
    html = '<mark class="evidence {}" title="{}" data-of="{}">{}</mark>'
    return format_html(html, css, titles, signs, words)


def legend(marks: Iterable[Mark]) -> list[dict[str, str]]:
    """The signs that occur in the letter and what they stand for."""
    names = {
        "topic": _("Topic"),
        "issue": _("Issue"),
        "kind": _("Kind"),
        "signal": _("Warning"),
        "place": _("Place"),
    }
    seen = {mark.of for mark in marks}
    return [{"of": of, "sign": sign, "name": names[of]} for of, sign in SIGNS.items() if of in seen]


def phrases_of(text: str) -> dict[str, list[Phrase]]:
    """The catalogue's phrases in the letter, as the catalogue stands today."""
    return phrases_in(text, catalogue().taxonomy)


def phrase_lines(text: str, head: str, codes: Iterable[str], phrases: Found) -> list[dict[str, str]]:
    """Phrases that speak for one of `codes` or its family: the words as written and the label's name."""
    book = catalogue()
    rows: Mapping[str, Any] = getattr(book, f"{head}s")
    wanted = {c for code in codes for c in (code, getattr(rows.get(code), "parent_id", None)) if c}
    lines = [
        {"words": text[phrase.start : phrase.end], "name": name_of(rows.get(code))}
        for phrase in phrases.get(head, ())
        for code in phrase.codes
        if code in wanted
    ]
    return list({(line["words"].casefold(), line["name"]): line for line in lines}.values())[:_LISTED]


def flag_lines(case: Case, stored: Suggestion | None, phrases: Found | None = None) -> list[FlagLine]:
    """The warnings a person should read before anything else; urgency as it stands on the case now."""
    data = stored.data if stored else {}
    flags = [flag for flag in data.get("flags", ()) if flag != "urgent"]
    if case.urgent:
        flags.insert(0, "urgent")
    if not flags:
        return []
    book, found = catalogue(), phrases_of(case.text) if phrases is None else phrases
    signals = {code: row.flag for code, row in book.signals.items()}
    kinds = {code: row.flag for code, row in book.kinds.items()}

    def words(flag: str) -> list[str]:
        hits = [(p, signals, c) for p in found["signal"] for c in p.codes]
        hits += [(p, kinds, c) for p in found["kind"] for c in p.codes]
        said = [case.text[p.start : p.end] for p, known, code in hits if known.get(code) == flag]
        return list(dict.fromkeys(said))[:_LISTED]

    return [FlagLine(flag, words(flag)) for flag in flags]


def _raised(data: Mapping[str, Any]) -> set[str]:
    flags = set(data.get("flags", ()))
    return {code for code, row in catalogue().signals.items() if row.flag in flags}


def suspected_kinds(stored: Suggestion | None) -> list[str]:
    """Codes of the guarded kinds (khiếu nại, tố cáo) the letter may be of, however unlikely."""
    flags = stored.data.get("flags", ()) if stored else ()
    return [code for code, row in catalogue().kinds.items() if row.flag and row.flag in flags]


def place_line(case: Case, stored: Suggestion | None) -> str:
    """What the letter says of places when its form said nothing, as a sentence; "" when neither did."""
    named = (stored.data.get("place") or {}) if stored and not case.place_id else {}
    units = catalogue().units
    if unit := units.get(named.get("code", "")):
        now = catalogue().current_unit(unit.code, timezone.localdate())
        if now is None or now.code == unit.code:
            return _("The letter names %(place)s.") % {"place": name_of(unit)}
        return _("The letter names %(old)s, which is %(now)s today.") % {
            "old": name_of(unit),
            "now": name_of(now),
        }
    return {
        "several": _("The letter names several places; please choose which one it is about."),
        "wide": _("The letter names an old district only; the commune is not known."),
    }.get(str(named.get("why")), "")


def why_here(case: Case, stored: Suggestion | None) -> list[str]:
    """Why a person has to look at this letter, in sentences; empty when it does not wait to be sorted."""
    if not case.needs_triage:
        return []
    if case.kind_confirmed:
        return _came_back(case)
    if stored is None:
        return [_("The classifier gave no answer; such letters are sorted by hand.")]
    flags = stored.data.get("flags", ())
    suspected = any(flag.startswith("suspected_") for flag in flags)
    agency = name_of(catalogue().units.get(case.proposed_agency_id or ""))
    reasons = [
        ("suspected_denunciation" in flags, _("It may be a denunciation; only a person decides that.")),
        ("suspected_complaint" in flags, _("It may be a complaint; only a person decides that.")),
        ("spam" in flags, _("It may be an advertisement or abuse; nothing is thrown away unread.")),
        (case.sealed and "suspected_denunciation" not in flags, _("The sender asked for secrecy.")),
        (case.topic_id is None, _unsure(_("The topic is not sure enough"), stored.data.get("topic"))),
        (
            case.kind_id is None and not suspected,
            _unsure(_("The kind is not sure enough"), stored.data.get("kind")),
        ),
        (bool(agency), _("Another agency may be competent: %(agency)s.") % {"agency": agency}),
    ]
    return [str(sentence) for holds, sentence in reasons if holds]


def _unsure(sentence: str, head: Mapping[str, Any] | None) -> str:
    guesses = (head or {}).get("guesses") or ()
    return f"{sentence} ({min(round(guesses[0]['probability'] * 100), 99)} %)." if guesses else f"{sentence}."


def _kind_waits(head: Mapping[str, Any]) -> str:
    """No kind was taken over: the engine was not sure, or it is one that a person has to confirm."""
    if head.get("abstained", True):
        return _unsure(_("The kind is not sure enough"), head)
    name = name_of(catalogue().kinds.get(head["guesses"][0]["code"]))
    return _("A person confirms this kind: %(kind)s.") % {"kind": name}


def _came_back(case: Case) -> list[str]:
    """A letter sorted before that stands here again: after what."""
    quiet = (
        "note",
        "classify",
        "read_identity",
        "due_soon",
        "overdue",
        "escalate",
        "unassignable",
        "waiting",
    )
    last = case.events.exclude(verb__in=quiet).order_by("-seq").first()
    if last is None:
        return []
    label = next(row.label for row in workflow.TRANSITIONS if row.verb == last.verb)
    return [_("It came back to this desk after: %(act)s.") % {"act": label[1 if language() == "en" else 0]}]
