# `make` alone explains everything.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo serve test check proof schema web shots bench real clean lock

help: ## this list
	@echo "Personal-credit data-exchange gateway. Targets:"
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

setup: $(READY) ## install into .venv, from the lock with hashes
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { echo "On Debian: apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

demo: $(READY) ## make a synthetic city, serve it on http://127.0.0.1:8000 and print a tour
	$(BIN)/gateway demo

serve: $(READY) ## serve with the settings of the environment and GATEWAY_CONFIG
	$(BIN)/gateway serve

test: $(READY) ## every test; says loudly what it left out where PostgreSQL or Chromium is missing
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/python -m pyright
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: $(READY) ## the fast inner loop: lint, types, directions, and tests that need no server
	$(BIN)/python -m ruff check .
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -x -m "not slow and not postgres and not redis and not browser and not node"

proof: $(READY) ## the engine, the reference and Casbin on a million decisions; the stated properties; answers both ways (some minutes)
	$(BIN)/gateway policy prove
	$(BIN)/python -m tests.policies.proof
	$(BIN)/python -m tests.resolvers.equality
	PROOF=1 $(BIN)/python -m pytest -n 2 $$(grep -rl "tests.often" tests)

schema: $(READY) ## print schema.graphql anew from the standard
	$(BIN)/gateway schema print > schema.graphql

web: $(READY) ## build GraphiQL and the dashboard's files into gateway/static (Node 22 or newer: the system's, or from PyPI)
	$(BIN)/python web/build.py

shots: web ## pictures of every page into docs/images, from the demo itself (Chromium)
	$(BIN)/python -m tools.shots

bench: $(READY) ## cost of one ask beside a hand-written endpoint, plain Strawberry, Mercurius and PostGraphile
	$(BIN)/python -m benchmarks

real: $(READY) ## a real bank's tables through a mapping file alone
	$(BIN)/gateway real

lock: ## renew requirements.lock (names, versions, hashes; no addresses)
	$(BIN)/python -m piptools compile --quiet --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header --no-annotate --allow-unsafe --strip-extras --extra test --extra web --output-file requirements.lock pyproject.toml

clean: ## remove the environment, built files and the demo's data
	rm -rf .venv demo-data build dist *.egg-info .pytest_cache .ruff_cache .hypothesis .import_linter_cache gateway/static/graphiql gateway/static/dashboard web/node_modules
