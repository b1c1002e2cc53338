"""A library that reads letters: text in, suggestion out. It never sees a case and imports nothing of the office.

engine = get_engine("catalogue", Taxonomy.from_dict(yaml.safe_load(...)))
engine.suggest("Nộp hồ sơ khai sinh hai tháng chưa có kết quả").topic.answer   # → "HT.KS"
"""

from __future__ import annotations

from classifier.engines.null import NullEngine
from classifier.labels import Label, Taxonomy, TaxonomyError
from classifier.model import ModelRefusedError
from classifier.registry import ENGINES, UnknownEngineError, get_engine
from classifier.suggestion import Engine, Evidence, Guess, Head, Suggestion

__all__ = [
    "ENGINES",
    "Engine",
    "Evidence",
    "Guess",
    "Head",
    "Label",
    "ModelRefusedError",
    "NullEngine",
    "Suggestion",
    "Taxonomy",
    "TaxonomyError",
    "UnknownEngineError",
    "get_engine",
]
