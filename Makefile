# Needs only make and a Python of at least 3.11. `make PYTHON=/path/to/python test` chooses one.
# A candidate must run, be new enough and be able to make environments: shims that lead nowhere are passed over.
PYTHON ?= $(shell for candidate in python3.14 python3.13 python3.12 python3.11 python3 python; do \
	if $$candidate -c 'import sys, venv, ensurepip; raise SystemExit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
	then echo $$candidate; break; fi; done)

VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
DEMO_SCHEMA := schemas/ecommerce.yaml
DEMO_OUT := out/ecommerce
PYTEST_ARGS ?=

.PHONY: help demo test test-slow lint clean
.DEFAULT_GOAL := help

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile

demo: $(VENV)/.installed ## generate, audit and publish the e-commerce data set
	$(BIN)/gen run $(DEMO_SCHEMA) --out $(DEMO_OUT) --force
	@echo
	@echo "data:   $(CURDIR)/$(DEMO_OUT)"
	@echo "report: $(CURDIR)/$(DEMO_OUT)/report.html"

test: lint ## lint, types, import layers, then the tests
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(PYTEST_ARGS)

test-slow: $(VENV)/.installed-dev ## the tests that take long
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m slow $(PYTEST_ARGS)

lint: $(VENV)/.installed-dev ## style, types and import layers
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

clean: ## remove the environment, caches and the demo's output
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist $(DEMO_OUT)
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "no Python of at least 3.11 found; install one, or: make PYTHON=/path/to/python" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The stamps make an installation happen once per pyproject.toml.
$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(INSTALL) -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	$(INSTALL) -e '.[dev]'
	@touch $(VENV)/.installed $@
