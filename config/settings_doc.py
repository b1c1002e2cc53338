"""`python -m config.settings_doc` prints docs/settings.md: every variable the settings read, in their order."""

from __future__ import annotations

import importlib

from config import env

HEAD = """# Settings

Made by `make settings-doc` from `config/settings.py`; edit there. Each variable may also be given as `NAME_FILE`, the
path of a file that holds the value. A wrong value stops the start with a sentence that names the variable.

| variable | kind | default | what it does |
|---|---|---|---|
"""


def document() -> str:
    """The whole page as Markdown."""
    importlib.import_module("config.settings")
    rows = (
        f"| `{variable.name}` | {variable.kind} | {_shown(variable.default)} | {variable.meaning} |\n"
        for variable in env.VARIABLES.values()
    )
    return HEAD + "".join(rows)


def _shown(default: str) -> str:
    if not default:
        return "–"
    in_words = "`" in default or " " in default
    return default if in_words else f"`{default}`"


if __name__ == "__main__":
    print(document(), end="")
