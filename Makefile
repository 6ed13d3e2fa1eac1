# `make` alone lists what there is. Everything sets itself up: a virtual environment in .venv, nothing outside this folder.
# A bare Debian needs first: apt-get install make python3-venv

PYTHON ?= python3
BIN := .venv/bin
RUNTIME := .venv/.installed-runtime
DEVELOPMENT := .venv/.installed-development
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input

ON_POSTGRESQL_15 := tests/integration tests/functional --ignore tests/functional/test_running.py \
  --ignore tests/integration/runtime/test_embedded_postgres.py --ignore tests/integration/runtime/test_elasticsearch_server.py

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test test-all test-postgresql-15 check lint elasticsearch bench translations clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(RUNTIME) ## start everything on PORT (8000): PostgreSQL, demo world, worker, web; Ctrl-C stops
	@$(BIN)/python app.py

test: $(DEVELOPMENT) ## tests, without the slow drills
	$(BIN)/python -m pytest -n 2 -m "not slow"

test-all: $(DEVELOPMENT) ## all tests, as CI runs them
	$(BIN)/python -m pytest -n 2

test-postgresql-15: $(DEVELOPMENT) ## what touches the database, demo world included, on Debian's PostgreSQL 15 instead
	$(BIN)/python -m tools.postgresql_server -- $(BIN)/python -m pytest -n 2 $(ON_POSTGRESQL_15)

check: lint test ## lint, types, arrows and tests

lint: $(DEVELOPMENT) ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

elasticsearch: $(RUNTIME) ## fetch and start the real Elasticsearch (needs java and maven); Ctrl-C stops
	@$(BIN)/python -m tools.elasticsearch_server

bench: $(DEVELOPMENT) ## the benchmarks; prints ratios
	@$(BIN)/python -m bench

translations: $(DEVELOPMENT) ## read all texts into the English catalogue and compile it
	@mkdir -p .cache
	@$(BIN)/pybabel -q extract -F babel.cfg -k _ -k gettext -k ngettext:1,2 -k lazy_gettext -k _l -k N_ -k counted:1,1 -k N_counted:1,1 --no-location --sort-output -o .cache/messages.pot .
	@$(BIN)/pybabel -q update -i .cache/messages.pot -d translations -l en --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width=120
	@$(BIN)/pybabel compile -d translations -l en --statistics

clean: ## remove the virtual environment and caches; data in instance/ stays
	rm -rf .venv .cache .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage htmlcov test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "需要 Python 3.11 或更新。 Python 3.11 or newer is needed: make run PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null \
	  || { echo "缺少 venv。 Missing venv; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@touch $@

$(RUNTIME): .venv/.made requirements.txt pyproject.toml
	@echo "安装依赖… Installing dependencies"
	@$(PIP_INSTALL) -r requirements.txt
	@$(PIP_INSTALL) --no-build-isolation --no-deps -e .
	@touch $@

$(DEVELOPMENT): $(RUNTIME) requirements-dev.txt
	@echo "安装开发工具… Installing development tools"
	@$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@
