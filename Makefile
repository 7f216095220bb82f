# Everything one does with this project. `make` alone lists the targets.

PYTHON ?= $(firstword $(shell command -v python3 python3.11 python3.12 python3.13 python3.14))
BIN := .venv/bin
LOCK := uv pip compile --quiet --no-emit-index-url --no-annotate --no-header --generate-hashes --python-version 3.11.0
PARTS := bench learning scripts tests wsgi.py
TESTS ?= tests

.DEFAULT_GOAL := help
.PHONY: help run serve test check bench soak translations lock

help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Set up and serve the site with demonstration data on http://127.0.0.1:8000
	@$(PYTHON) scripts/setup.py --for run
	@$(BIN)/python -m scripts.serve --demo

serve: ## Set up and serve the site for production: no demonstration data, secrets required
	@$(PYTHON) scripts/setup.py --for run
	@$(BIN)/python -m scripts.serve

test: ## Set up and run the whole test suite, with a real PostgreSQL and a real Chromium
	@$(PYTHON) scripts/setup.py --for test
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(TESTS)

check: ## Check format, lint, types, translations, templates and architecture; run no tests
	@$(PYTHON) scripts/setup.py --for check
	$(BIN)/ruff format --check $(PARTS)
	$(BIN)/ruff check $(PARTS)
	$(BIN)/mypy
	$(BIN)/python scripts/catalogs.py check
	$(BIN)/python -m scripts.reference check
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/python -m pytest -q tests/architecture

bench: ## Measure the site beside a bare floor program, in under 5 minutes; ARGS=--quick in under 1
	@$(PYTHON) scripts/setup.py --for run
	@$(BIN)/python -m bench $(ARGS)

soak: ## Race, kill, fuzz and grow the site at length, and print the figures (half an hour)
	@$(PYTHON) scripts/setup.py --for test
	@$(BIN)/python -m tests.soak $(ARGS)

translations: ## Bring the translation files up to date with the sources
	@$(PYTHON) scripts/setup.py --for check
	$(BIN)/python scripts/catalogs.py update

lock: ## Pin the packages anew, with hashes, from the *.in files
	@$(PYTHON) scripts/setup.py --for check
	.venv/uv/bin/$(LOCK) --upgrade requirements.in -o requirements.txt
	.venv/uv/bin/$(LOCK) --upgrade requirements-dev.in -c requirements.txt -o requirements-dev.txt
	.venv/uv/bin/$(LOCK) --upgrade requirements-uv.in -o requirements-uv.txt
