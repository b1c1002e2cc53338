"""The catalogue the project carries, the development letters, and one model learned from few letters, made once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from classifier import Engine, Taxonomy, get_engine
from classifier.evaluation import Letter
from classifier.files import starter_letters
from classifier.model import Model, save
from classifier.training import train

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
def few_letters() -> list[Letter]:
    """Every sixth of the starter letters: enough to learn something, little enough to wait for."""
    return starter_letters()[::6]


@pytest.fixture(scope="session")
def model(taxonomy: Taxonomy, few_letters: list[Letter]) -> Model:
    return train(taxonomy, few_letters)


@pytest.fixture(scope="session")
def model_folder(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where `model` lies on disk. Tests that damage it take a copy."""
    folder = tmp_path_factory.mktemp("model")
    save(model, folder)
    return folder


@pytest.fixture(scope="session")
def learned(taxonomy: Taxonomy, model_folder: Path) -> Engine:
    return get_engine("learned", taxonomy, model=model_folder)


@pytest.fixture(scope="session")
def letters() -> dict[str, list[Letter]]:
    """The development letters by part: "tune" chose the weights, "check" and "fresh" did not."""
    parts: dict[str, list[Letter]] = {}
    for line in LETTERS_FILE.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        parts.setdefault(row["part"], []).append(Letter.from_row(row))
    return parts
