"""Every sentence on the screen exists in Vietnamese: none missing, none fuzzy, and the compiled file is current."""

from __future__ import annotations

import re
from typing import Any

from tests import messages

PLACES = re.compile(r"%\(\w+\)[sd]|\{\w*\}")


def texts(text: Any) -> tuple[str, ...]:
    """One sentence, or the forms of a plural."""
    return tuple(text) if isinstance(text, tuple | list) else (text or "",)


def test_every_sentence_of_code_and_templates_has_its_vietnamese() -> None:
    known = {(m.context, m.id): m for m in messages.stored() if m.id}
    lacking = [key for key in messages.sentences() if key not in known or not all(texts(known[key].string))]
    assert lacking == []


def test_nothing_is_fuzzy_and_every_place_holder_survives() -> None:
    for message in messages.stored():
        if not message.id:
            continue
        assert not message.fuzzy, message.id
        said, meant = texts(message.id)[-1], texts(message.string)[-1]
        assert set(PLACES.findall(said)) == set(PLACES.findall(meant)), message.id


def test_the_compiled_file_is_current() -> None:
    assert (messages.FOLDER / "django.mo").read_bytes() == messages.compiled(messages.stored())
