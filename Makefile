# The commands of the project. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PY := .venv/bin/python
APT := $(if $(filter 0,$(shell id -u)),apt-get,sudo apt-get)
export PYTHONDONTWRITEBYTECODE := 1

.PHONY: help setup system web run test check bench soak mutations audit screenshots indicateurs wire reglages textes lock clean

help: ## what each command does
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 14

setup: .venv/.ready ## a virtual environment with every locked dependency

.venv/.ready: requirements-dev.lock
	python3 -m venv .venv 2>/dev/null || { $(APT) update -q && $(APT) install -y -q python3-venv && python3 -m venv --clear .venv; }
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	touch $@

system: ## what the tests need of Debian: a browser, a clock that can be wrong, an office suite
	@command -v chromium >/dev/null && command -v faketime >/dev/null && command -v soffice >/dev/null || \
	{ $(APT) update -q && $(APT) install -y -q --no-install-recommends chromium faketime \
	libreoffice-calc-nogui libreoffice-writer-nogui; }

web: setup ## the field app as a web app that starts without a network, in build/web; done already when nothing changed
	@$(PY) -m tools.web_build

run: setup web ## field app and console with synthetic data; prints the addresses; Ctrl-C stops everything
	@$(PY) -m tools.run

test: setup system web ## every test, on SQLite and PostgreSQL, in a real browser too
	$(PY) -m pytest -n 2 --dist loadgroup

check: setup ## ruff, mypy strict, import rules, sizes
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(PY) -m tools.sizes

bench: setup system web ## server and tablet against references, 500 tablets at once, indicators; writes docs/benchmarks*.md
	$(PY) -m tools.bench
	$(PY) -m tools.bench.tablet
	$(PY) -m tools.bench.web
	$(PY) -m tools.bench.fleet
	$(PY) -m tools.bench.indicators
	$(PY) -m tools.bench.reports
	$(PY) -m tools.attacks

soak: setup system web ## random histories against the model of the sync, kills of tablet, server and browser: some hours
	$(PY) -m tools.soak

mutations: setup ## breaks the sync on purpose: each must be noticed by a test; writes docs/mutations.md
	$(PY) -m tools.mutations

audit: setup .venv-audit/.ready ## bandit, pip-audit, and schemathesis over the whole HTTP API of a server of its own: some minutes
	$(PY) -m tools.audit

.venv-audit/.ready: requirements-audit.lock | setup
	python3 -m venv --clear .venv-audit
	.venv-audit/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-audit.lock
	touch $@

screenshots: setup system web ## every screen of the field app, each size, text and hour, in var/screenshots
	$(PY) -m tools.screenshots

indicateurs: setup ## docs/indicateurs.md, from the declarations
	$(PY) -m tools.indicators_page

wire: setup ## docs/wire.md, from the OpenAPI
	$(PY) -m tools.wire_page

reglages: setup ## docs/reglages.md, from the settings
	$(PY) -m tools.settings_page

textes: setup ## every text of the field app in var/textes.md; mended there, `python -m tools.texts --mend` mends the code
	$(PY) -m tools.texts

lock: setup ## locks the dependencies again, with hashes
	$(PY) -m tools.lock

clean: ## removes what was built; never touches data under var/
	rm -rf .venv .venv-audit build .mypy_cache .ruff_cache .pytest_cache .hypothesis
