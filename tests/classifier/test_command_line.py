"""`python -m classifier` for anybody with a file: what goes in, what comes out, and what is said when it cannot."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from classifier.__main__ import main
from tests.classifier.conftest import HERE, LETTERS_FILE, TAXONOMY_FILE

CSV = """code,name,description,keywords
birth,Khai sinh,Giấy khai sinh của trẻ em,khai sinh;giấy khai sinh
sale,Đấu giá,,đấu giá
"""
HOSTILE = {
    "empty": "",
    "emoji": "😡🙏" * 50,
    "binary": "".join(map(chr, range(256))) * 20,
    "one megabyte": "khai sinh trễ hẹn " * 60_000,
    "half a character": "\ud800 khai sinh",
    "null": None,
}


class Desk:
    """A folder with files, and the command run among them."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys

    def file(self, name: str, *rows: object, text: str | None = None) -> str:
        path = self.folder / name
        path.write_text(
            "".join(json.dumps(row) + "\n" for row in rows) if text is None else text, encoding="utf-8"
        )
        return str(path)

    def run(self, *arguments: str) -> list[dict[str, Any]]:
        """The rows it printed."""
        self._capsys.readouterr()
        assert main(arguments) == 0
        out = self._capsys.readouterr()
        self.notes = out.err
        return [json.loads(line) for line in out.out.splitlines()]

    def refusal(self, *arguments: str) -> str:
        """The one sentence it printed instead."""
        self._capsys.readouterr()
        assert main(arguments) == 2
        out = self._capsys.readouterr()
        assert out.out == ""
        (sentence,) = out.err.splitlines()
        return sentence.removeprefix("classifier: ")


@pytest.fixture
def desk(tmp_path, capsys):
    return Desk(tmp_path, capsys)


@pytest.fixture
def catalogue(desk):
    return desk.file("queues.csv", text=CSV)


def best(row: dict[str, Any]) -> str:
    return max(row["probs"], key=row["probs"].get)


# --- predict


def test_a_catalogue_alone_answers_with_every_label(desk, catalogue):
    letters = desk.file(
        "in.jsonl", {"id": 7, "text": "xin giấy khai sinh", "n": None, "who": {"a": [1]}}, {"text": "dau gia"}
    )
    first, second = desk.run("predict", letters, "--taxonomy", catalogue)
    assert {key: first[key] for key in first if key != "probs"} == {"id": 7, "n": None, "who": {"a": [1]}}
    assert (best(first), best(second)) == ("birth", "sale")
    assert set(first["probs"]) == {"birth", "sale"}
    assert sum(first["probs"].values()) == pytest.approx(1, abs=1e-5)
    assert list(first["probs"].values()) == sorted(first["probs"].values(), reverse=True)


def test_any_text_gets_an_answer(desk, catalogue):
    letters = desk.file("in.jsonl", *({"id": name, "text": text} for name, text in HOSTILE.items()))
    for row in desk.run("predict", letters, "--taxonomy", catalogue):
        assert sum(row["probs"].values()) == pytest.approx(1, abs=1e-5), row["id"]


def test_half_a_character_among_the_other_keys_is_passed_on(desk, catalogue):
    letters = desk.file("in.jsonl", {"id": "\ud800", "text": "a"})
    assert desk.run("predict", letters, "--taxonomy", catalogue)[0]["id"] == "\ud800"


def test_labels_alone_teach(desk):
    known: list[dict[str, Any]] = [{"text": f"printer is broken {n}", "queue": "Hardware"} for n in range(20)]
    known += [{"text": f"forgot my password {n}", "queue": 3} for n in range(20)]
    labels = desk.file("known.jsonl", *known, {"text": "nothing said"}, {"text": "nothing", "queue": ""})
    letters = desk.file("in.jsonl", {"text": "the printer again"}, {"text": "new password please"})
    answers = desk.run("predict", letters, "--labels", labels, "--label-field", "queue")
    assert [best(row) for row in answers] == ["Hardware", "3"]
    assert "2 of 42 rows" in desk.notes


def test_labels_and_a_catalogue_together(desk, catalogue):
    known = [{"body": f"cho con tôi {n}", "topic": "birth"} for n in range(4)]
    labels = desk.file(
        "known.jsonl", *known, {"body": "giá", "topic": "sale"}, {"body": "x", "topic": "slip"}
    )
    letters = desk.file("in.jsonl", {"body": "cho con tôi với"}, {"body": "đấu giá"})
    options = ("--taxonomy", catalogue, "--labels", labels, "--text-field", "body")
    assert [best(row) for row in desk.run("predict", letters, *options)] == ["birth", "sale"]
    assert "not learned from: slip" in desk.notes


def test_one_label_and_one_letter_are_enough_not_to_fail(desk):
    labels = desk.file("known.jsonl", {"text": "a", "topic": "only"})
    assert desk.run("predict", labels, "--labels", labels)[0]["probs"] == {"only": 1.0}


def test_the_office_catalogue_answers_the_topic_unless_asked_for_more(desk):
    letters = desk.file("in.jsonl", {"text": "Nộp khai sinh quá hẹn, tôi khiếu nại"})
    (row,) = desk.run("predict", letters, "--taxonomy", "starter")
    assert best(row) == "HT.KS"
    assert row["probs"]["HT"] == 0  # a family whose letters nobody labelled so
    options = ("--label-field", "topic", "--label-field", "kind")
    (row,) = desk.run("predict", letters, "--taxonomy", str(TAXONOMY_FILE), *options)
    assert set(row["probs"]) == {"topic", "kind"}
    assert row["probs"]["kind"]["KHIEU_NAI"] > 0.05


@pytest.mark.parametrize("engine", ["catalogue", "null", "learned"])
def test_a_ready_engine_names_every_label_too(desk, engine, model_folder):
    letters = desk.file("in.jsonl", {"text": "Nộp khai sinh quá hẹn"}, {"text": ""})
    model = ("--model", str(model_folder)) if engine == "learned" else ()
    for row in desk.run("predict", letters, "--taxonomy", "starter", "--engine", engine, *model):
        assert sum(row["probs"].values()) == pytest.approx(1, abs=1e-4)
        assert len(row["probs"]) > 20


def test_an_answer_comes_before_the_next_letter_is_read(desk, catalogue, capsys):
    letters = desk.file("in.jsonl", {"text": "đấu giá"}, {"text": "khai sinh"}, "not an object")
    capsys.readouterr()
    assert main(["predict", letters, "--taxonomy", catalogue]) == 2
    out = capsys.readouterr()
    assert len(out.out.splitlines()) == 2
    assert "line 3: no text field 'text'" in out.err


def test_packed_files_byte_order_marks_and_empty_lines(desk, catalogue):
    path = desk.folder / "in.jsonl.gz"
    path.write_bytes(gzip.compress('\ufeff{"text": "đấu giá"}\r\n\r\n{"text": "khai sinh"}'.encode()))
    assert len(desk.run("predict", str(path), "--taxonomy", catalogue)) == 2
    path.write_bytes(path.read_bytes()[:20])
    assert "cut off" in desk.refusal("predict", str(path), "--taxonomy", catalogue)


def test_no_letters_give_no_answers(desk, catalogue):
    assert desk.run("predict", desk.file("in.jsonl"), "--taxonomy", catalogue) == []


# --- catalogues


def test_a_catalogue_as_spreadsheets_save_it(desk):
    lines = (
        "\ufeffKeywords,Code, Name ,note",
        '"đấu giá; bán tài sản ;",sale,"Đấu giá, bán",x',
        ",,,",
        ",birth,Khai sinh",
        "",
    )
    path = desk.folder / "t.csv"
    path.write_bytes("\r\n".join(lines).encode())
    letters = desk.file("in.jsonl", {"text": "bán tài sản"})
    assert best(desk.run("predict", letters, "--taxonomy", str(path))[0]) == "sale"


def test_a_family_is_shown_by_the_code_or_by_a_column(desk):
    letters = desk.file("in.jsonl", {"text": "hộ tịch", "topic": "HT"})
    dotted = desk.file("t.csv", text="code,name\nHT,Hộ tịch\nHT.KS,Khai sinh\nHT.KH,Kết hôn\nDG,Đấu giá\n")
    (row,) = desk.run("predict", letters, "--taxonomy", dotted)
    assert row["probs"]["HT"] == 0
    assert row["probs"]["HT.KS"] == row["probs"]["HT.KH"] > row["probs"]["DG"]
    (row,) = desk.run("predict", letters, "--taxonomy", dotted, "--labels", letters)
    assert best(row) == "HT"  # somebody labels letters with it: it competes
    column = desk.file("u.csv", text="code,name,parent\n1,Hộ tịch,\n2,Khai sinh,1\n3,Đấu giá,\n")
    (row,) = desk.run("predict", letters, "--taxonomy", column)
    assert row["probs"]["2"] > row["probs"]["3"] > row["probs"]["1"] == 0


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "no column code and name"),
        ("name,keywords\na,b", "no column code"),
        ("code,description\na,b", "no column name"),
        ("code,name\n", "no labels"),
        ("code,name\na,b\n,c", "line 3: no code"),
        ("code,name\na,", "line 2: no name"),
        ("code,name\na", "line 2: no name"),
        ("code,name\na,b\na,c", "line 3: a stands more than once"),
        ("code,name\na,b,c", "line 2: more cells than columns"),
        ("code,name,parent\na,b,z", "the parent z is not a label"),
    ],
)
def test_an_unusable_catalogue_in_csv_gets_one_sentence(desk, content, complaint):
    letters = desk.file("in.jsonl", {"text": "a"})
    assert complaint in desk.refusal("predict", letters, "--taxonomy", desk.file("t.csv", text=content))


def test_a_catalogue_in_another_encoding_gets_one_sentence(desk):
    path = desk.folder / "t.csv"
    path.write_bytes("code,name\na,Đấu giá".encode("utf-16"))
    letters = desk.file("in.jsonl", {"text": "a"})
    assert "not CSV in UTF-8" in desk.refusal("predict", letters, "--taxonomy", str(path))


@pytest.mark.parametrize(
    "content",
    ["- a\n- b", "topics: [{", "topics: [{code: A}]", "topics: text", "topics: [1]", "kinds: []", "&a [*a]"],
)
def test_an_unusable_catalogue_in_yaml_gets_one_sentence(desk, content):
    letters = desk.file("in.jsonl", {"text": "a"})
    assert desk.refusal("predict", letters, "--taxonomy", desk.file("t.yaml", text=content))


# --- refusals


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "line 1: not JSON"),
        ("[" * 100_000, "line 1: not JSON"),
        ("\n[1]", "line 2: no text field"),
        ('{"body": "a"}', "no text field 'text'"),
        ('{"text": 5}', "'text' is not a text"),
    ],
)
@pytest.mark.parametrize("command", ["predict", "evaluate"])
def test_an_unusable_file_gets_one_sentence(desk, catalogue, command, content, complaint):
    letters = desk.file("in.jsonl", text=content)
    assert complaint in desk.refusal(command, letters, "--taxonomy", catalogue)


def test_what_cannot_be_asked_gets_one_sentence(desk, catalogue, tmp_path):
    letters = desk.file("in.jsonl", {"text": "a", "topic": "birth"})
    asked = ("predict", letters, "--taxonomy")
    assert "No such file" in desk.refusal("predict", "missing.jsonl", "--taxonomy", catalogue)
    assert "missing.csv: No such file" in desk.refusal(*asked, "missing.csv")
    assert "directory" in desk.refusal(*asked, str(tmp_path))
    assert "give a --taxonomy, or --labels" in desk.refusal("predict", letters)
    assert "no row has the field 'queue'" in desk.refusal(
        *asked, catalogue, "--labels", letters, "--label-field", "queue"
    )
    other = desk.file("other.jsonl", {"text": "a", "topic": "else"})
    assert "none of its labels" in desk.refusal(*asked, catalogue, "--labels", other)
    assert "several fields" in desk.refusal(*asked, catalogue, "--label-field", "a", "--label-field", "b")
    assert "takes a --taxonomy and no --labels" in desk.refusal(
        *asked, catalogue, "--engine", "null", "--labels", letters
    )
    assert "needs a model" in desk.refusal(*asked, catalogue, "--engine", "learned")
    assert "reads a --model" in desk.refusal(*asked, catalogue, "--model", str(tmp_path))
    assert "model.json is missing" in desk.refusal(
        *asked, catalogue, "--engine", "learned", "--model", str(tmp_path)
    )


# --- evaluate


def test_evaluate_prints_the_figures(desk, catalogue, capsys):
    rows = [{"text": "khai sinh", "queue": "birth"}, {"text": "dau gia", "queue": "sale"}] * 3
    letters = desk.file("in.jsonl", *rows, {"text": "a"}, {"text": "b", "queue": "unknown"})
    options = ("--taxonomy", catalogue, "--label-field", "queue", "--noise")
    (figures,) = desk.run("evaluate", letters, *options, "--json")
    assert (figures["letters"], figures["skipped_without_label"], figures["labels_not_in_taxonomy"]) == (
        7,
        1,
        1,
    )
    for variant in ("clean", "no accents", "NFD", "typos + teencode"):
        (score,) = figures[variant]
        assert (score["head"], score["letters"]) == ("queue", 7)
        assert {"accuracy", "macro_f1", "top3", "ece", "coverage90", "coverage95", "coverage98"} <= set(score)
    assert figures["clean"][0]["accuracy"] == pytest.approx(6 / 7, abs=1e-3)
    assert figures["latency_ms"]["p95"] >= figures["latency_ms"]["p50"] > 0
    assert figures["documents_per_second"] > 0
    assert main(["evaluate", letters, *options]) == 0
    table = capsys.readouterr().out
    for word in (
        "accuracy",
        "macro-F1",
        "top-3",
        "ECE",
        "cov@95%",
        "typos + teencode queue",
        "documents/s",
        "p95",
    ):
        assert word in table


def test_evaluate_asks_every_head_the_catalogue_has(desk):
    (figures,) = desk.run(
        "evaluate", str(LETTERS_FILE), "--taxonomy", str(TAXONOMY_FILE), "--engine", "catalogue", "--json"
    )
    assert [score["head"] for score in figures["clean"]] == ["topic", "issue", "kind"]
    assert figures["guarded"]["clean"]["TO_CAO"]["recall"] >= 0.95


def test_evaluate_without_labels_gets_one_sentence(desk, catalogue):
    bare = desk.file("in.jsonl", {"text": "a"})
    assert "no row has the field 'topic'" in desk.refusal("evaluate", bare, "--taxonomy", catalogue)
    assert "no letters" in desk.refusal("evaluate", desk.file("empty.jsonl"), "--taxonomy", catalogue)


# --- as a program of its own


def as_program(*arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("DJANGO", "HOIAM"))}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=HERE.parents[1],
        env=environment | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
        timeout=120,
        **options,
    )


def test_it_needs_no_django_and_speaks_vietnamese_on_any_terminal(catalogue):
    blocked = (
        "import sys; sys.modules.update(django=None, rest_framework=None); "
        "from classifier.__main__ import main; raise SystemExit(main(sys.argv[1:]))"
    )
    said = as_program(
        "-c",
        blocked,
        "predict",
        "-",
        "--taxonomy",
        catalogue,
        input='{"tên": "Đỗ", "text": "đấu giá"}'.encode(),
    )
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout.decode())["tên"] == "Đỗ"


def test_help_shows_how():
    said = as_program("-m", "classifier", "--help").stdout.decode()
    assert "--taxonomy starter --labels starter" in said
    assert "exit codes" in said
    assert "--label-field" in as_program("-m", "classifier", "evaluate", "--help").stdout.decode()


def test_who_reads_only_the_first_answers_gets_no_error(desk, catalogue):
    letters = desk.file("in.jsonl", *({"text": "đấu giá " * 50, "id": "x" * 900} for _ in range(300)))
    command = (
        f'"{sys.executable}" -m classifier predict "{letters}" --taxonomy "{catalogue}" | head -1 | wc -l'
    )
    said = subprocess.run(
        ["bash", "-c", command], cwd=HERE.parents[1], capture_output=True, check=True, timeout=120
    )
    assert (said.stdout.strip(), said.stderr) == (b"1", b"")
