# Two commands matter: `make run` shows the office, `make test` proves it. `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
LOCKS := requirements/base.txt requirements/dev.txt
STAMP := $(VENV)/.installed-$(shell cat $(LOCKS) | sha256sum | cut -c1-16)

.DEFAULT_GOAL := help
.PHONY: help setup run test lint format bench campaign messages screenshots settings-doc locks clean

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | column -t -s '|'

setup: $(STAMP) ## make .venv and install the locked requirements (instant when nothing changed)

$(STAMP): $(LOCKS)
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Hoi Am needs Python 3.11 or newer. Name one: make PYTHON=python3.12 ...")'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv module is missing. On Debian: apt install python3-venv" >&2; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked requirements (about a minute the first time) ..."
	@$(PY) -m pip install --quiet --quiet --disable-pip-version-check --require-hashes $(foreach lock,$(LOCKS),-r $(lock))
	@rm -f $(VENV)/.installed-*
	@touch $@

run: setup ## the office with demo letters at http://127.0.0.1:8000 (Ctrl-C stops it)
	@HOIAM_DEMO=$${HOIAM_DEMO-true} $(PY) -m config.serve --prepare

test: setup ## all tests: on SQLite, and again on PostgreSQL and Redis where they answer
	@$(PY) -m tests.run_suite

lint: setup ## ruff, mypy, djade, import-linter
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@find feedback notifications api -name '*.html' -not -path '*/vendor/*' -print0 | xargs -0 -r $(VENV)/bin/djade --target-version 5.2 --check
	@$(VENV)/bin/lint-imports
	@$(VENV)/bin/mypy

format: setup ## let ruff and djade put things in order
	@$(VENV)/bin/ruff check --fix --exit-zero .
	@$(VENV)/bin/ruff format .
	@find feedback notifications api -name '*.html' -not -path '*/vendor/*' -print0 | xargs -0 -r $(VENV)/bin/djade --target-version 5.2 || true

bench: setup ## measurements, each beside a control
	@HOIAM_TEST_DURABLE=1 $(PY) -m pytest -m bench -n 0 -s -q

campaign: setup ## long runs: load, SIGKILL, a million cases
	@HOIAM_TEST_DURABLE=1 $(PY) -m pytest -m campaign -n 0 -s -q

messages: setup ## gather the sentences of the screen into feedback/locale and compile them
	@$(PY) -m tests.messages

screenshots: setup ## pictures of every page at 390 and 1280 px into docs/screenshots
	@$(PY) -m tests.screenshots

settings-doc: setup ## write docs/settings.md from config/settings.py
	@$(PY) -m config.settings_doc > docs/settings.md

locks: setup ## lock requirements/*.in again (after editing them)
	@test -x $(VENV)/bin/uv || $(PY) -m pip install --quiet --quiet --disable-pip-version-check uv
	@for name in base dev; do $(VENV)/bin/uv pip compile -q --generate-hashes --python-version 3.11 \
		requirements/$$name.in -o requirements/$$name.txt; done

clean: ## remove the virtualenv and caches; the data in var/ stays
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
