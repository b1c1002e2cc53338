"""`python -m classifier predict|evaluate`: the library for anyone with a file of letters. No database, no settings."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from classifier.evaluation import HeadScore, Letter, evaluate, measure_latency
from classifier.labels import Taxonomy, TaxonomyError
from classifier.registry import ENGINES, get_engine
from classifier.suggestion import HEADS, Suggestion

_COLUMNS = ("letters", "accuracy", "family", "macro_f1", "top3", "coverage", "precision", "calibration_error")


class InputError(Exception):
    """The file cannot be used; the message names the line and what is wrong with it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 when it worked, 2 with one sentence on stderr when the input is unusable."""
    options = _parser().parse_args(arguments)
    try:
        taxonomy = _taxonomy(options.taxonomy)
        rows = list(_rows(options.input, options.text_field))
        if options.command == "predict":
            _predict(options, taxonomy, rows)
        else:
            _evaluate(options, taxonomy, rows)
    except (InputError, TaxonomyError, OSError) as problem:
        print(f"classifier: {problem}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m classifier", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, summary in (
        ("predict", "write one suggestion per letter"),
        ("evaluate", "compare with known labels"),
    ):
        command = commands.add_parser(name, help=summary)
        command.add_argument("input", metavar="INPUT.jsonl", type=Path)
        command.add_argument("--taxonomy", metavar="FILE.yaml", type=Path, required=True)
        command.add_argument("--engine", choices=sorted(ENGINES), default="catalogue")
        command.add_argument("--text-field", default="text")
        command.add_argument(
            "--label-field", choices=HEADS, action="append", help="may be repeated; default all"
        )
        if name == "evaluate":
            command.add_argument(
                "--json", action="store_true", help="machine-readable figures instead of a table"
            )
    return parser


def _taxonomy(path: Path) -> Taxonomy:
    import yaml

    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        raise InputError(f"{path}: not YAML ({problem})") from problem
    if not isinstance(data, dict):
        raise InputError(f"{path}: expected topics, issues and kinds at the top")
    return Taxonomy.from_dict(data)


def _rows(path: Path, text_field: str) -> Iterator[dict[str, Any]]:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as problem:
                raise InputError(f"{path}, line {number}: not JSON ({problem})") from problem
            if not isinstance(row, dict) or not isinstance(row.get(text_field), str):
                raise InputError(f"{path}, line {number}: no text field {text_field!r}")
            yield row


def _predict(options: argparse.Namespace, taxonomy: Taxonomy, rows: list[dict[str, Any]]) -> None:
    engine = get_engine(options.engine, taxonomy)
    for row in rows:
        suggestion = engine.suggest(row[options.text_field])
        kept = {key: value for key, value in row.items() if key != options.text_field}
        answer = {
            "probs": _probabilities(suggestion, options.label_field),
            "suggestion": suggestion.as_dict(),
        }
        print(json.dumps(kept | answer, ensure_ascii=False))


def _probabilities(suggestion: Suggestion, heads: Sequence[str] | None) -> dict[str, Any]:
    """{code: p} of the one head asked for, or {head: {code: p}} of several."""
    by_head = {
        head.name: {guess.code: guess.probability for guess in head.guesses}
        for head in suggestion.heads
        if not heads or head.name in heads
    }
    return next(iter(by_head.values())) if len(by_head) == 1 else by_head


def _evaluate(options: argparse.Namespace, taxonomy: Taxonomy, rows: list[dict[str, Any]]) -> None:
    letters = [Letter.from_row(row, options.text_field) for row in rows]
    if not letters:
        raise InputError(f"{options.input}: no letters")
    engine = get_engine(options.engine, taxonomy)
    scores = evaluate(engine, letters, taxonomy, options.label_field or HEADS)
    latency = measure_latency(engine, [letter.text for letter in letters])
    if options.json:
        variants = {variant: [asdict(score) for score in heads] for variant, heads in scores.items()}
        print(
            json.dumps(
                {"engine": engine.name, "version": engine.version}
                | variants
                | {"latency_ms": asdict(latency)}
            )
        )
        return
    print(f"{engine.name} {engine.version}, {len(letters)} letters")
    print(_table(scores))
    print(f"one letter, all heads: p50 {latency.p50:.2f} ms, p95 {latency.p95:.2f} ms")


def _table(scores: dict[str, list[HeadScore]]) -> str:
    lines = [
        "  ".join(["variant".ljust(10), "head ", *(name.replace("_", " ").rjust(9) for name in _COLUMNS)])
    ]
    for variant, heads in scores.items():
        for score in heads:
            figures = (getattr(score, name) for name in _COLUMNS)
            cells = (f"{figure:.3f}" if isinstance(figure, float) else str(figure) for figure in figures)
            widths = zip(cells, _COLUMNS, strict=True)
            lines.append(
                "  ".join(
                    [
                        variant.ljust(10),
                        score.head.ljust(5),
                        *(cell.rjust(max(9, len(n))) for cell, n in widths),
                    ]
                )
            )
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
