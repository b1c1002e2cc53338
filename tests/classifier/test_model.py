"""A model on disk: what was saved is what is read, and nothing else is."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier import Label, ModelRefusedError, Taxonomy
from classifier.engines.learned import LearnedEngine
from classifier.evaluation import Letter
from classifier.files import starter_letters
from classifier.model import MANIFEST, Model, load, save
from classifier.stack import SCORERS
from classifier.training import train

TOPICS = Taxonomy((Label("A", "khai sinh"), Label("B", "đấu giá")), (), ())
LETTERS = [
    Letter(f"{words} {n}", {"topic": code})
    for n in range(10)
    for code, words in (("A", "đăng ký khai sinh cho con"), ("B", "tôi đi đấu giá tài sản"))
]


@pytest.fixture(scope="session")
def small() -> Model:
    return train(TOPICS, LETTERS)


@pytest.fixture
def folder(small: Model, tmp_path: Path) -> Path:
    save(small, tmp_path)
    return tmp_path


def arrays_of(folder: Path) -> Path:
    (path,) = folder.glob("model-*.npz")
    return path


def rewrite(
    folder: Path, *, arrays: dict[str, Any] | None = None, content: bytes | None = None, **manifest: Any
):
    """Another's hand: changes the files and writes seals that fit them."""
    old, text = arrays_of(folder), json.loads((folder / MANIFEST).read_bytes())
    with np.load(old) as held:
        packed = dict(held)
    if content is None:
        stream = io.BytesIO()
        np.savez_compressed(stream, **{**packed, **(arrays or {})})
        content = stream.getvalue()
    seal = hashlib.sha256(content).hexdigest()
    old.unlink()
    (folder / f"model-{seal[:16]}.npz").write_bytes(content)
    (folder / MANIFEST).write_text(json.dumps({**text, "arrays_sha256": seal, **manifest}))


def test_what_was_saved_is_what_is_read(small, folder):
    read = load(folder)
    assert (read.heads, read.pairs) == (small.heads, small.pairs)
    assert read.about == json.loads(json.dumps(small.about))
    assert read.parts[0].vocabulary.numbers == small.parts[0].vocabulary.numbers
    assert save(read, folder) == save(load(folder), folder)


def test_half_the_digits_are_enough(model, model_folder, taxonomy):
    whole, read = LearnedEngine(taxonomy, model), LearnedEngine(taxonomy, load(model_folder))
    for letter in starter_letters()[1::40]:
        before, after = whole.chances(letter.text), read.chances(letter.text)
        for head, chances in before.items():
            assert all(abs(after[head][code] - chance) < 0.01 for code, chance in chances.items())


def test_the_same_letters_give_the_same_files(folder, tmp_path):
    again = tmp_path / "again"
    assert save(train(TOPICS, LETTERS), again)
    first, second = (json.loads((one / MANIFEST).read_bytes()) for one in (folder, again))
    assert first["arrays_sha256"] == second["arrays_sha256"]


def test_a_new_model_takes_the_place_of_the_old_one_at_once(small, folder):
    old_arrays, old_manifest = arrays_of(folder), (folder / MANIFEST).read_bytes()
    kept = old_arrays.read_bytes()
    save(train(TOPICS, LETTERS[:-2]), folder)
    assert arrays_of(folder) != old_arrays
    # The power failed after the new arrays and before the new manifest: the old pair is whole.
    old_arrays.write_bytes(kept)
    (folder / MANIFEST).write_bytes(old_manifest)
    assert load(folder).heads == small.heads


def test_old_arrays_beside_a_new_manifest_are_refused(folder):
    old = arrays_of(folder).read_bytes()
    save(train(TOPICS, LETTERS[:-2]), folder)
    arrays_of(folder).write_bytes(old)
    with pytest.raises(ModelRefusedError, match="was changed after the model was made"):
        load(folder)


def test_a_missing_file_is_refused_by_its_name(folder):
    arrays_of(folder).unlink()
    with pytest.raises(ModelRefusedError, match=r"model-\w+\.npz is missing"):
        load(folder)
    (folder / MANIFEST).unlink()
    with pytest.raises(ModelRefusedError, match=r"model\.json is missing"):
        load(folder)


def test_a_manifest_that_was_not_installed_is_refused(small, folder):
    sha256 = save(small, folder)
    assert load(folder, sha256).heads == small.heads
    rewrite(folder, about={})
    with pytest.raises(ModelRefusedError, match="not the one that was installed"):
        load(folder, sha256)


def head(**changes: Any) -> list[dict[str, Any]]:
    whole = {
        "name": "topic",
        "codes": ["A", "B"],
        "gates": [1, 1],
        "weights": [1] * len(SCORERS),
        "leaf": 0.5,
        "family": 0.5,
        "suspicion": {},
    }
    return [{**whole, **changes}]


@pytest.mark.parametrize(
    ("manifest", "complaint"),
    [
        ({"format": 99}, "another format"),
        ({"format": None}, "another format"),
        ({"views": ["pickles"]}, "a way this program does not know"),
        ({"views": ["nearby"]}, "cannot be read"),
        ({"views": None}, "cannot be read"),
        ({"heads": "topic"}, "cannot be read"),
        ({"heads": []}, "do not fit together"),
        ({"heads": head() * 2}, "one question twice"),
        ({"heads": head(name="mood")}, "a question this program does not ask"),
        ({"heads": head(codes=["A", "A"])}, "do not fit together"),
        ({"heads": head(codes=[1, 2])}, "do not fit together"),
        ({"heads": head(gates=[1])}, "do not fit together"),
        ({"heads": head(weights=[1])}, "do not fit together"),
        ({"heads": head(leaf=float("nan"))}, "not a number"),
        ({"heads": head(leaf="often")}, "cannot be read"),
        ({"heads": head(codes=["A", "B", "C"], gates=[1, 1, 1])}, "parts do not fit together"),
        ({"about": 7}, "cannot be read"),
        ({"arrays_sha256": "../../etc/passwd"}, "does not say which arrays"),
        ({"arrays_sha256": 5}, "cannot be read"),
    ],
)
def test_a_foreign_manifest_is_refused(folder, manifest, complaint):
    rewrite(folder, **manifest)
    with pytest.raises(ModelRefusedError, match=complaint):
        load(folder)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"format": 1}'])
def test_a_manifest_that_is_none_is_refused(folder, text):
    (folder / MANIFEST).write_bytes(text)
    with pytest.raises(ModelRefusedError):
        load(folder)


@pytest.mark.parametrize(
    ("arrays", "complaint"),
    [
        ({"words_weights": np.zeros((3, 2), dtype=np.float16)}, "do not fit together"),
        ({"words_bias": np.zeros(5, dtype=np.float32)}, "do not fit together"),
        (
            {"words_weights": np.array([object()])},
            "cannot be read",
        ),  # numpy pickles it: must not be unpickled
        ({"words_grams": np.frombuffer(b"\xff\xff", dtype=np.uint8)}, "cannot be read"),
        ({"pairs": np.frombuffer(b"one two three", dtype=np.uint8)}, "cannot be read"),
        ({"words_bias": np.array([np.nan, 0], dtype=np.float32)}, "not a number"),
        ({"words_bias": np.array(["a", "b"])}, "not a number"),
    ],
    ids=["rows", "labels", "pickle", "not utf-8", "pairs", "nan", "words"],
)
def test_foreign_arrays_are_refused(folder, arrays, complaint):
    rewrite(folder, arrays=arrays)
    with pytest.raises(ModelRefusedError, match=complaint):
        load(folder)


def test_a_pickle_inside_is_never_run(folder, tmp_path):
    class Bomb:
        def __reduce__(self):
            return Path.touch, (tmp_path / "ran",)

    rewrite(folder, arrays={"words_weights": np.array([Bomb()], dtype=object)})
    with pytest.raises(ModelRefusedError, match="cannot be read"):
        load(folder)
    assert not (tmp_path / "ran").exists()


@settings(max_examples=60)
@given(data=st.data())
def test_cut_or_flipped_files_are_refused_even_with_fitting_seals(small, folder, tmp_path_factory, data):
    copy = tmp_path_factory.mktemp("copy") / "model"
    shutil.copytree(folder, copy)
    content = bytearray(arrays_of(copy).read_bytes())
    if data.draw(st.booleans(), label="cut"):
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    else:
        content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    rewrite(copy, content=bytes(content))
    try:
        read = load(copy)
    except ModelRefusedError:
        return
    # Some bytes of a zip mean nothing (times, comments): then what was read is what was saved.
    assert read.heads == small.heads
    assert read.pairs == small.pairs
    assert np.array_equal(read.parts[0].weights, small.parts[0].weights.astype(np.float16))


def test_a_model_of_another_catalogue_is_refused(small):
    with pytest.raises(ModelRefusedError, match="are not those of the catalogue"):
        LearnedEngine(Taxonomy((Label("C", "c"), Label("D", "d")), (), ()), small)
