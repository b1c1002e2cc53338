"""The catalogue the project carries: complete enough to read letters with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import yaml

from classifier import Taxonomy, TaxonomyError
from tests.classifier.conftest import TAXONOMY_FILE


def walk(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield row
        yield from walk(row.get("children", ()))


@pytest.fixture(scope="module")
def raw():
    return yaml.safe_load(TAXONOMY_FILE.read_text(encoding="utf-8"))


def test_two_levels_with_codes_that_show_their_parent(taxonomy):
    for labels in (taxonomy.topics, taxonomy.issues):
        parents = {label.code: label.parent for label in labels}
        for code, parent in parents.items():
            assert parent is None or (code.startswith(f"{parent}.") and parents[parent] is None)


def test_every_label_is_named_in_both_languages_and_has_words(raw):
    for row in (*walk(raw["topics"]), *walk(raw["issues"]), *raw["kinds"], *raw["signals"]):
        assert row["name_vi"]
        assert row["name_en"]
        assert row["description"]
        words = row.get("keywords") or row.get("cues")
        assert words, row["code"]
        assert len(words) == len(set(words)), row["code"]
        assert all(isinstance(word, str) for word in words)


def test_kinds_say_how_they_are_guarded(raw):
    kinds = {row["code"]: row for row in raw["kinds"]}
    assert set(kinds) == {
        "PHAN_ANH",
        "KIEN_NGHI",
        "KHIEU_NAI",
        "TO_CAO",
        "HOI_DAP",
        "KHEN",
        "KHONG_TIEP_NHAN",
    }
    assert [code for code, row in kinds.items() if row["sealed_suggestion"]] == ["TO_CAO"]
    for code in ("KHIEU_NAI", "TO_CAO"):
        assert kinds[code]["requires_confirmation"]
        assert kinds[code]["never_published"]
        assert kinds[code]["flag"]


def test_issues_imply_kinds_that_exist(taxonomy):
    kinds = {label.code for label in taxonomy.kinds}
    assert {label.implies for label in taxonomy.issues} <= kinds


def test_the_fingerprint_follows_every_word(taxonomy, raw):
    assert Taxonomy.from_dict(raw).fingerprint() == taxonomy.fingerprint()
    raw["topics"][0]["keywords"].append("một từ mới")
    assert Taxonomy.from_dict(raw).fingerprint() != taxonomy.fingerprint()
    raw["topics"][0]["keywords"].pop()


def test_a_broken_catalogue_is_refused_with_the_name_of_the_label():
    with pytest.raises(TaxonomyError, match="HT has no name"):
        Taxonomy.from_dict({"topics": [{"code": "HT"}]})
    with pytest.raises(TaxonomyError, match="HT stands more than once"):
        Taxonomy.from_dict({"topics": [{"code": "HT", "name_vi": "a"}, {"code": "HT", "name_vi": "b"}]})
