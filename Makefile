# What a newcomer runs. `make` alone lists it. Needs Python 3.11 or 3.12, make and the package registries, nothing else.

# The system's own Python first: distributions compile it with profiles, version managers as a rule do not; a sixth faster.
SYSTEM := /usr/bin/python3.11 /usr/bin/python3.12
PYTHON ?= $(firstword $(shell for p in $(SYSTEM); do $$p -c 'import ensurepip' 2> /dev/null && echo $$p; done; \
	command -v python3.11 python3.12 python3))
PORT ?= 8000
BIN := .venv/bin
READY := .venv/.ready
PLAYERS := node_modules/.ready
MESSAGES := translations/es/LC_MESSAGES/messages
CHECKS := format lint types templates layers spelling security translations links

export FLASK_APP := wsgi.py
unexport PYTHONDONTWRITEBYTECODE  # compiling all of it at each start takes longer than the rest of the start

.PHONY: help setup run test check bench translations migration recount pictures screens $(CHECKS:%=check-%)
.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-14s%s\n", $$1, $$2 }' Makefile

# --- For everybody ---

setup: $(READY) $(PLAYERS) $(MESSAGES).mo ## install what the commands need; then the command line is .venv/bin/flask

run: setup ## serve the demo programme on http://127.0.0.1:8000 (PORT=8001 for another); keeps its data
	@$(PYTHON) scripts/system_packages.py || true
	@$(BIN)/flask db upgrade
	@$(BIN)/flask demo --if-empty
	@HILO_DEMO=1 exec $(BIN)/flask serve --port $(PORT)

test: setup ## every test, in a real browser, on SQLite and on PostgreSQL
	@$(PYTHON) scripts/system_packages.py --browser --install
	@mkdir -p build; \
	$(BIN)/python -m pytest --database=postgresql -m "not browser" > build/test-postgresql.txt 2>&1 & postgresql=$$!; \
	$(BIN)/python -m pytest -m browser > build/test-browser.txt 2>&1 & browser=$$!; \
	trap "kill $$postgresql $$browser 2> /dev/null" EXIT; \
	echo "On SQLite:"; \
	$(BIN)/python -m pytest -m "not browser"; status=$$?; \
	echo "In a browser:"; \
	wait $$browser || status=1; \
	cat build/test-browser.txt; \
	echo "On PostgreSQL:"; \
	wait $$postgresql || status=1; \
	cat build/test-postgresql.txt; \
	exit $$status

check: setup ## formatting, lint, types, templates, layers, translations, links: seconds, no network
	@$(MAKE) --no-print-directory --jobs=2 --keep-going --output-sync $(CHECKS:%=check-%)

bench: setup ## the benchmarks, each against its reference in the same run
	@$(BIN)/python -m bench.run

# --- For those who change something ---

translations: setup ## extract what is to be translated, bring the Spanish catalogue up to date, compile it
	@$(BIN)/python scripts/translations.py update

migration: setup ## write a migration from the models: make migration m="what changes"
	@$(BIN)/python scripts/migration.py "$(m)"

recount: setup ## every report of a programme in every form, role and language, and counted again with pandas: make recount DATA=folder
	@$(BIN)/python -m scripts.recount $(or $(DATA),data)

pictures: setup ## take the pictures of README.md and the guides anew, from a demo built for it
	@$(BIN)/python scripts/pictures.py $(if $(DATA),--data $(DATA))

screens: setup ## every screen in both languages, themes and sizes, into build/screens (DATA=folder of a demo, ONLY=pattern)
	@$(BIN)/python scripts/pictures.py --all $(if $(DATA),--data $(DATA)) $(if $(ONLY),--only '$(ONLY)')

# --- How ---

$(READY): pyproject.toml uv.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 is needed: apt-get install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13) and "Python 3.11 or 3.12 is needed; say which: make PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv sync --frozen --quiet --compile-bytecode
	@$(BIN)/python -m app.core.assets > /dev/null
	@touch $@

# What lets packages of SCORM run in the browser. Optional: without it all else works, and a page says what is missing.
$(PLAYERS): package.json package-lock.json $(READY)
	@mkdir -p node_modules
	@if $(BIN)/python scripts/browser_packages.py; then touch $@; $(BIN)/python -m app.core.assets > /dev/null; fi

$(MESSAGES).mo: $(MESSAGES).po $(READY)
	@$(BIN)/pybabel --quiet compile --directory translations

check-format:
	@$(BIN)/ruff format --quiet --check .

check-lint:
	@$(BIN)/ruff check --quiet .

check-types:
	@$(BIN)/ty check --quiet

check-templates:
	@$(BIN)/djlint --quiet --check app
	@$(BIN)/djlint --quiet --lint app

check-layers:
	@said=$$($(BIN)/lint-imports --no-cache 2>&1) || { echo "$$said" >&2; exit 1; }

check-spelling:
	@$(BIN)/codespell

check-security:
	@$(BIN)/bandit --quiet --recursive app config.py wsgi.py migrations --configfile pyproject.toml 2> /dev/null

check-translations:
	@$(BIN)/python scripts/translations.py check

check-links:
	@$(BIN)/python scripts/links.py
