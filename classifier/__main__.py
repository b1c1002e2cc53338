"""Read letters and say what they are about: `python -m classifier predict` and `python -m classifier evaluate`.

For anyone with a file of texts, one JSON object a line; no database, no settings, nothing is sent anywhere.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any

from classifier.asked import Asked, Wish, ask, letter_of
from classifier.evaluation import (
    HeadScore,
    Letter,
    evaluate,
    measure_latency,
    recall_of_flag,
    suggest_with_chances,
    variants,
)
from classifier.files import InputError, rows
from classifier.labels import TaxonomyError
from classifier.model import ModelRefusedError
from classifier.registry import ENGINES

_EXAMPLES = """\
examples:
  python -m classifier predict letters.jsonl --taxonomy starter --labels starter > answers.jsonl
  python -m classifier predict tickets.jsonl --taxonomy queues.csv              (no labels: by the catalogue's words)
  python -m classifier predict tickets.jsonl --labels known.jsonl --label-field queue
  python -m classifier evaluate known.jsonl --label-field topic --taxonomy starter --labels starter --noise

files:
  INPUT and --labels   JSON lines, one object each; *.gz is unpacked, "-" is standard input
  --taxonomy           CSV with the columns code,name and, if you like, description, keywords (";" between them) and
                       parent; or YAML as in feedback/catalogue/taxonomy.yaml; or the word starter
  A label HT beside HT.KS is the family of HT.KS: it takes part when labelled letters bear it, otherwise its
  probability is 0 and its words speak for its children. Labels the taxonomy does not have are not learned from.

exit codes: 0 done, 2 the input cannot be used (one sentence says why), 130 interrupted
"""
_HEADINGS = {
    "letters": "letters",
    "accuracy": "accuracy",
    "family": "family",
    "macro_f1": "macro-F1",
    "top3": "top-3",
    "calibration_error": "ECE",
    "coverage90": "cov@90%",
    "coverage95": "cov@95%",
    "coverage98": "cov@98%",
    "coverage": "answered",
    "precision": "precision",
}
_LEGEND = """\
family: the right family of labels; cov@95%: share that may be answered when 95 % of the answers must be true;
answered, precision: what the engine answered by its own threshold, and how much of that is true"""
_TIMED = 500  # letters by which the speed is measured


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 when it worked, 2 with one sentence on stderr when the input is unusable."""
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # Vietnamese on every terminal
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        (_predict if options.command == "predict" else _evaluate)(options)
        sys.stdout.flush()
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        return 130
    except OSError as problem:
        return _refused(f"{problem.filename}: {problem.strerror}" if problem.filename else str(problem))
    except (InputError, TaxonomyError, ModelRefusedError) as problem:
        return _refused(str(problem))
    return 0


def _refused(sentence: str) -> int:
    print(f"classifier: {sentence}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m classifier",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="predict | evaluate")
    predict = commands.add_parser(
        "predict",
        help="write the probability of every label for each row",
        description='Each line of output has the keys of the input but the text, and "probs": {label: probability}.',
    )
    compare = commands.add_parser(
        "evaluate",
        help="compare with known labels",
        description="Figures of the answers against the labels the rows have, clean and as people type.",
    )
    for command in (predict, compare):
        command.add_argument(
            "input", metavar="INPUT.jsonl", type=Path, help='JSON lines; "-": standard input'
        )
        command.add_argument("--taxonomy", metavar="FILE", help="CSV, YAML or 'starter'; or --labels alone")
        command.add_argument(
            "--labels", metavar="FILE", help="labelled JSON lines or 'starter'; without it zero-shot"
        )
        command.add_argument(
            "--text-field", metavar="NAME", default="text", help="key of the text (default: text)"
        )
        command.add_argument(
            "--label-field",
            metavar="NAME",
            action="append",
            help="key of the label (default: topic; evaluate: all a catalogue in YAML has). May be repeated",
        )
        command.add_argument(
            "--engine", choices=ENGINES, help="ask a ready engine instead of learning from --labels"
        )
        command.add_argument("--model", metavar="FOLDER", type=Path, help="what --engine learned has learned")
    compare.add_argument(
        "--noise", action="store_true", help="also with typos and shorthand, as typed on a phone"
    )
    compare.add_argument("--json", action="store_true", help="machine-readable figures instead of a table")
    return parser


def _asked(options: argparse.Namespace) -> Asked:
    asked = ask(
        Wish(
            taxonomy=options.taxonomy,
            labels=options.labels,
            engine=options.engine,
            model=options.model,
            text_field=options.text_field,
            fields=tuple(dict.fromkeys(options.label_field or ())),
            every_head=options.command == "evaluate",
        )
    )
    for note in asked.notes:
        print(f"classifier: {note}", file=sys.stderr)
    return asked


def _predict(options: argparse.Namespace) -> None:
    found = rows(options.input, options.text_field)
    first = next(found, None)  # an unusable file is refused before anything is learned
    if first is None:
        return
    asked = _asked(options)
    for row in chain([first], found):
        kept = {key: value for key, value in row.items() if key != options.text_field}
        print(_line(kept | {"probs": _chances(asked, str(row[options.text_field]))}))


def _line(row: Mapping[str, Any]) -> str:
    line = json.dumps(row, ensure_ascii=False)
    try:
        line.encode()
    except UnicodeEncodeError:  # half a character, which JSON may hold and UTF-8 may not
        return json.dumps(row)
    return line


def _chances(asked: Asked, text: str) -> Mapping[str, Any]:
    """{code: p} of the one head asked for, or {field: {code: p}} of several."""
    _, told = suggest_with_chances(asked.engine, text)
    by_field = {field: _whole(told.get(head, {}), asked.codes(head)) for head, field in asked.fields.items()}
    return next(iter(by_field.values())) if len(by_field) == 1 else by_field


def _whole(told: Mapping[str, float], codes: Sequence[str]) -> dict[str, float]:
    """Every code, the likeliest first, summing to 1: what an engine left open is shared by those it did not name."""
    total = sum(told.values())
    silent = [code for code in codes if code not in told]
    rest = max(0.0, 1.0 - total) / len(silent) if silent and total < 1 - 1e-6 else 0.0
    scale = total + rest * len(silent)
    chances = {code: told.get(code, rest) / scale for code in codes}
    return {code: float(f"{chances[code]:.6g}") for code in sorted(codes, key=lambda code: -chances[code])}


def _evaluate(options: argparse.Namespace) -> None:
    found = list(rows(options.input, options.text_field))
    if not found:
        raise InputError(f"{options.input}: no letters")
    asked = _asked(options)
    read = [letter_of(row, options.text_field, asked.fields) for row in found]
    letters = [letter for letter in read if letter.labels]
    if not letters:
        raise InputError(
            f"{options.input}: no row has the field {' or '.join(map(repr, asked.fields.values()))}"
        )
    unknown = sum(code not in asked.codes(head) for one in letters for head, code in one.labels.items())
    figures = {
        "engine": asked.engine.name,
        "version": asked.engine.version,
        "letters": len(letters),
        "skipped_without_label": len(read) - len(letters),
        "labels_not_in_taxonomy": unknown,
    }
    scores = evaluate(asked.engine, letters, asked.taxonomy, asked.fields, noise=options.noise)
    guarded = _guarded(asked, letters, noise=options.noise)
    latency = measure_latency(asked.engine, [letter.text for letter in letters[:_TIMED]], rounds=2)
    speed = _documents_per_second(asked, letters[:_TIMED])
    if options.json:
        heads = {variant: [_score(asked, one) for one in heads] for variant, heads in scores.items()}
        figures |= {**heads, "guarded": guarded, "latency_ms": asdict(latency), "documents_per_second": speed}
        print(json.dumps(figures, ensure_ascii=False))
        return
    print(", ".join(f"{name.replace('_', ' ')} {figure}" for name, figure in figures.items()))
    print(_table(scores, asked.fields), _LEGEND, sep="\n")
    for variant, codes in guarded.items():
        for code, one in codes.items():
            print(
                f"{variant}: {code} is suspected at recall {one['recall']:.3f}, precision {one['precision']:.3f}"
            )
    print(
        f"one letter ({', '.join(asked.fields.values())}): p50 {latency.p50:.2f} ms, p95 {latency.p95:.2f} ms of CPU"
    )
    print(f"{speed} documents/s")


def _documents_per_second(asked: Asked, letters: Sequence[Letter]) -> int:
    began = time.perf_counter()
    for letter in letters:
        suggest_with_chances(asked.engine, letter.text)
    return round(len(letters) / (time.perf_counter() - began))


def _guarded(
    asked: Asked, letters: Sequence[Letter], *, noise: bool
) -> dict[str, dict[str, dict[str, float]]]:
    """Variant → kind with a warning of its own → recall and precision of that warning."""
    labelled = [letter for letter in letters if "kind" in letter.labels]
    flagged = [label for label in asked.taxonomy.kinds if label.flag] if labelled else []
    if "kind" not in asked.fields or not flagged:
        return {}
    found: dict[str, dict[str, dict[str, float]]] = {}
    for variant, change in variants(noise=noise).items():
        pairs = {
            label.code: recall_of_flag(asked.engine, labelled, label.flag, label.code, change)
            for label in flagged
        }
        found[variant] = {
            code: {"recall": round(recall, 4), "precision": round(precision, 4)}
            for code, (recall, precision) in pairs.items()
        }
    return found


def _score(asked: Asked, score: HeadScore) -> dict[str, Any]:
    named = {"ece" if name == "calibration_error" else name: figure for name, figure in asdict(score).items()}
    return {name: round(one, 4) if isinstance(one, float) else one for name, one in named.items()} | {
        "head": asked.fields[score.head]
    }


def _table(scores: Mapping[str, Sequence[HeadScore]], fields: Mapping[str, str]) -> str:
    wide = max(len("variant"), *(len(variant) for variant in scores))
    head = max(4, *(len(field) for field in fields.values()))
    headings = [heading.rjust(9) for heading in _HEADINGS.values()]
    lines = [" ".join(["variant".ljust(wide), "head".ljust(head), *headings])]
    for variant, rows_ in scores.items():
        for score in rows_:
            figures = (getattr(score, name) for name in _HEADINGS)
            cells = (f"{figure:.3f}" if isinstance(figure, float) else str(figure) for figure in figures)
            cells = (cell.rjust(9) for cell in cells)
            lines.append(" ".join([variant.ljust(wide), fields[score.head].ljust(head), *cells]))
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
