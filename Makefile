# Needs only make and a Python of at least 3.11. `make PYTHON=/path/to/python test` chooses one.
# A candidate must run, be new enough and be able to make environments: shims that lead nowhere are passed over.
PYTHON ?= $(shell for candidate in python3.14 python3.13 python3.12 python3.11 python3 python; do \
	if $$candidate -c 'import sys, venv, ensurepip; raise SystemExit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
	then echo $$candidate; break; fi; done)

VENV := .venv
BIN := $(VENV)/bin
PIP := python -m pip install --quiet --disable-pip-version-check
KNOWN_GOOD := constraints/known-good.txt
DEMO_SCHEMA := schemas/ecommerce.yaml
DEMO_OUT := out/ecommerce
PYTEST_ARGS ?=
# Hundreds of tests start processes, each of which would compile all modules again.
unexport PYTHONDONTWRITEBYTECODE
PYTEST := python -m pytest -n 2

.PHONY: help schema demo docs snapshots test test-fast test-slow test-newest test-oldest coverage known-good man errors llms places providers lint clean
.DEFAULT_GOAL := help

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 22

demo: $(VENV)/.installed ## generate, audit and publish the e-commerce data set
	$(BIN)/gen run $(DEMO_SCHEMA) --out $(DEMO_OUT) --force
	@echo
	@echo "data:   $(CURDIR)/$(DEMO_OUT)"
	@echo "report: $(CURDIR)/$(DEMO_OUT)/report.html"

test: lint ## lint, types, import layers, then the tests
	$(BIN)/$(PYTEST) $(PYTEST_ARGS)

schema: $(VENV)/.installed-dev ## list the kinds in the JSON Schema, after one was added
	PYTHONPATH=. $(BIN)/python tests/generator/language/kind_lists.py

test-fast: $(VENV)/.installed-dev ## the tests without those of whole processes, while you work
	$(BIN)/$(PYTEST) -m "not slow and not system" $(PYTEST_ARGS)

test-slow: $(VENV)/.installed-dev ## the tests that take minutes
	$(BIN)/$(PYTEST) -m slow $(PYTEST_ARGS)

test-newest: $(VENV)-newest/bin/python ## the tests with the newest versions that pyproject.toml allows
	$(VENV)-newest/bin/$(PIP) --upgrade --upgrade-strategy eager -e '.[dev]'
	@echo "Newer versions that the upper bounds keep out:"
	@$(VENV)-newest/bin/python -m pip list --disable-pip-version-check --outdated
	$(VENV)-newest/bin/$(PYTEST) $(PYTEST_ARGS)

test-oldest: $(VENV)-oldest/bin/python ## the tests with the oldest versions that pyproject.toml allows
	$(VENV)-oldest/bin/python constraints/floors.py > $(VENV)-oldest/floors.txt
	$(VENV)-oldest/bin/$(PIP) -c $(VENV)-oldest/floors.txt -e '.[dev]'
	$(VENV)-oldest/bin/$(PYTEST) $(PYTEST_ARGS)

coverage: $(VENV)/.installed-dev ## the tests, and which lines they run
	rm -f .coverage .coverage.*
	$(BIN)/python -m coverage run -m pytest -n 2 $(PYTEST_ARGS)
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report

known-good: ## write the versions of `make test-newest` into constraints/known-good.txt
	grep '^#' $(KNOWN_GOOD) > $(VENV)-newest/known-good.txt
	$(VENV)-newest/bin/python -m pip freeze --exclude-editable --exclude fanwise --disable-pip-version-check \
		>> $(VENV)-newest/known-good.txt
	mv $(VENV)-newest/known-good.txt $(KNOWN_GOOD)

snapshots: $(VENV)/.installed-dev ## write the stored screens and the record of the corpus anew
	$(BIN)/$(PYTEST) tests/screens tests/corpus --snapshot-update

docs: $(VENV)/.installed-dev ## build the documentation as a site, strictly
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
	@echo "site: $(CURDIR)/site/index.html"

llms: $(VENV)/.installed-dev ## write docs/llms.txt from the pages and mkdocs.yml
	$(BIN)/python docs/llms.py

man: $(VENV)/.installed-dev ## write the manual page docs/gen.1 from the commands
	$(BIN)/python docs/man.py

errors: $(VENV)/.installed-dev ## write docs/errors.md from fanwise/io/problems.toml
	$(BIN)/python docs/errors.py

providers: $(VENV)/.installed-dev ## write docs/providers.md from what fake, person and place draw from
	$(BIN)/python docs/providers.py

places: $(VENV)/.installed-dev ## write the table of places from packages with data of GeoNames
	$(BIN)/python docs/places.py

lint: $(VENV)/.installed-dev ## style, types and import layers
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

clean: ## remove the environments, caches and the demo's output
	rm -rf $(VENV) $(VENV)-newest $(VENV)-oldest .venv-tool-* .coverage .coverage.* site .pytest_cache .mypy_cache .ruff_cache \
		.import_linter_cache .hypothesis build dist $(DEMO_OUT)
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python $(VENV)-newest/bin/python $(VENV)-oldest/bin/python:
	@test -n "$(PYTHON)" || { echo "no Python of at least 3.11 found; install one, or: make PYTHON=/path/to/python" >&2; exit 1; }
	$(PYTHON) -m venv $(@D:/bin=)

# The stamps make an installation happen once per change of pyproject.toml or of the known-good versions.
$(VENV)/.installed: pyproject.toml $(KNOWN_GOOD) | $(BIN)/python
	$(BIN)/$(PIP) -c $(KNOWN_GOOD) -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml $(KNOWN_GOOD) | $(BIN)/python
	$(BIN)/$(PIP) -c $(KNOWN_GOOD) -e '.[dev]'
	@touch $(VENV)/.installed $@
