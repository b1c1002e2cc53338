"""The catalogue the project carries and the development letters, read once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from classifier import Engine, Taxonomy, get_engine
from classifier.evaluation import Letter

HERE = Path(__file__).parent
TAXONOMY_FILE = HERE.parents[1] / "feedback" / "catalogue" / "taxonomy.yaml"
LETTERS_FILE = HERE / "development_letters.jsonl"


@pytest.fixture(scope="session")
def taxonomy() -> Taxonomy:
    return Taxonomy.from_dict(yaml.safe_load(TAXONOMY_FILE.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def engine(taxonomy: Taxonomy) -> Engine:
    return get_engine("catalogue", taxonomy)


@pytest.fixture(scope="session")
def letters() -> dict[str, list[Letter]]:
    """The development letters by part: "tune" chose the weights, "check" and "fresh" did not."""
    parts: dict[str, list[Letter]] = {}
    for line in LETTERS_FILE.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        parts.setdefault(row["part"], []).append(Letter.from_row(row))
    return parts
