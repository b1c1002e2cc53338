"""The look keeps its promises: strict CSP, pinned scripts, no other host, readable colours, small files."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

WEB = Path(__file__).resolve().parents[3] / "feedback" / "web"
STATIC = WEB / "static" / "feedback"
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
OWN_FILES = [
    *TEMPLATES,
    *sorted(STATIC.glob("css/*.css")),
    *sorted(STATIC.glob("js/*.js")),
    *sorted(STATIC.glob("img/*.svg")),
]

# What `style-src 'self'; script-src 'self'` would refuse at run time, found while reading.
FORBIDDEN_MARKUP = {
    "style element": re.compile(r"<style\b", re.I),
    "style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.I),
    "inline script": re.compile(r"<script\b(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>", re.I),
    "event handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.I),
    "htmx handler": re.compile(r"<[^>]*\s(?:data-)?hx-(?:on|live)\b", re.I),
    "javascript address": re.compile(r"javascript:", re.I),
}
# Names of XML vocabularies look like addresses but are never fetched.
XML_NAMES = re.compile(r"http://www\.w3\.org/(?:2000/svg|1999/xlink)")
OTHER_HOST = re.compile(r"(?:https?:)?//[a-z0-9][a-z0-9-]*\.[a-z]", re.I)


def name_of(path: Path) -> str:
    return path.relative_to(WEB).as_posix()


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_templates_carry_nothing_inline(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = [what for what, pattern in FORBIDDEN_MARKUP.items() if pattern.search(text)]
    assert found == []


@pytest.mark.parametrize(
    "markup",
    [
        '<p style="color:red">',
        "<style>p{}</style>",
        "<script>go()</script>",
        '<a onclick="go()">',
        '<a hx-on:click="go()">',
        '<a href="javascript:go()">',
    ],
)
def test_the_search_for_inline_code_finds_it(markup: str) -> None:
    assert any(pattern.search(markup) for pattern in FORBIDDEN_MARKUP.values())


@pytest.mark.parametrize("path", OWN_FILES, ids=name_of)
def test_no_file_names_another_host(path: Path) -> None:
    text = XML_NAMES.sub("", path.read_text(encoding="utf-8"))
    assert OTHER_HOST.findall(text) == []


def test_vendored_files_are_the_pinned_ones() -> None:
    table = (STATIC / "vendor" / "README.md").read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^\| `([^`]+)` .*`([0-9a-f]{64})` \|$", table, re.M))
    present = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (STATIC / "vendor").iterdir()
        if path.name != "README.md"
    }
    assert present == pinned


def test_every_static_file_a_template_names_exists() -> None:
    named = {
        match
        for path in TEMPLATES
        for match in re.findall(r"{% static ['\"]([^'\"]+)['\"] %}", path.read_text("utf-8"))
    }
    assert "feedback/css/app.css" in named
    assert [match for match in sorted(named) if not (WEB / "static" / match).is_file()] == []


def test_every_included_piece_exists() -> None:
    named = {
        match
        for path in TEMPLATES
        for match in re.findall(r"{% (?:include|extends) ['\"]([^'\"]+)['\"]", path.read_text("utf-8"))
    }
    assert [match for match in sorted(named) if not (WEB / "templates" / match).is_file()] == []


@pytest.mark.parametrize(
    ("name", "limit"),
    [("css/app.css", 30 * 1024), ("css/desk.css", 12 * 1024), ("js/pow.js", 4096), ("js/answered.js", 2048)],
)
def test_files_stay_small(name: str, limit: int) -> None:
    assert (STATIC / name).stat().st_size <= limit


# --- colours -----------------------------------------------------------------------------------------------------

TONES = ("blue", "teal", "amber", "green", "red", "purple", "grey")
PAPERS = ("paper", "surface", "sunken")
TEXT_PAIRS = [
    *[(ink, paper) for ink in ("ink", "ink-muted", "link", "link-hover", "red-ink") for paper in PAPERS],
    *[(f"{tone}-ink", f"{tone}-bg") for tone in TONES],
    *[("on-band", band) for band in ("band", "band-deep")],
    *[("on-band-muted", band) for band in ("band", "band-deep")],
    ("gold", "band"),
    ("on-action", "action"),
    ("on-action", "action-hover"),
    ("red-ink", "surface"),
    ("surface", "red-ink"),
    ("evidence-ink", "evidence-bg"),
    ("redaction-ink", "redaction-bg"),
    *[(f"{tone}-bg", f"{tone}-ink") for tone in ("blue", "green", "amber", "red")],
]
BORDER_PAIRS = [
    *[("line-strong", paper) for paper in PAPERS],
    *[("focus", paper) for paper in PAPERS],
    *[(f"{tone}-line", paper) for tone in TONES for paper in ("paper", "surface")],
    ("gold", "band-deep"),
    ("redaction-bg", "surface"),
]


def tokens() -> dict[str, dict[str, str]]:
    """Colour tokens of app.css by mode; the dark mode inherits what it does not set."""
    layer = (STATIC / "css" / "app.css").read_text(encoding="utf-8").split("@layer base {")[0]
    light_text, dark_text = layer.split("prefers-color-scheme: dark")
    light = dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6});", light_text))
    dark = dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6});", dark_text))
    return {"light": light, "dark": light | dark}


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio between 1 and 21, WCAG 2.2."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def too_faint(pairs: list[tuple[str, str]], mode: str, least: float) -> dict[str, float]:
    colours = tokens()[mode]
    ratios = {f"{ink} on {paper}": round(contrast(colours[ink], colours[paper]), 2) for ink, paper in pairs}
    return {pair: ratio for pair, ratio in ratios.items() if ratio < least}


def test_contrast_is_computed_as_wcag_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_is_readable(mode: str) -> None:
    assert too_faint(TEXT_PAIRS, mode, 4.5) == {}


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_boundaries_are_visible(mode: str) -> None:
    assert too_faint(BORDER_PAIRS, mode, 3.0) == {}


def test_line_height_leaves_room_for_stacked_marks() -> None:
    css = "".join(path.read_text(encoding="utf-8") for path in sorted(STATIC.glob("css/*.css")))
    assert min(float(value) for value in re.findall(r"--leading:\s*([\d.]+)", css)) >= 1.5


@pytest.mark.parametrize("status", [
    "new", "need_info", "accepted", "rejected", "transferred", "assigned", "processing", "coordinating",
    "pending_approval", "returned", "suspended", "answered", "reopened", "withdrawn",
])  # fmt: skip
def test_every_status_has_its_own_shape(status: str) -> None:
    css = (STATIC / "css" / "app.css").read_text(encoding="utf-8")
    assert re.search(rf"\.tag--{status}::before", css)  # `closed` is the plain square every tag starts from
