# Everything a contributor or an operator types. The virtual environment is made once; the stamps in it say what it holds.
# The checkout itself is what runs: no build step, so a second start needs neither pip nor network.

PYTHON  ?= python3
VENV    := .venv
BIN     := $(VENV)/bin
PIP     := $(BIN)/python -m pip --disable-pip-version-check --quiet --require-virtualenv
# Wheels only: building a source package would fetch tools that no lock holds.
INSTALL := $(PIP) install --require-hashes --only-binary :all: --requirement
# A process for each core; ARGS="-n 0" runs all in one, as a debugger wants it.
PYTEST  := $(BIN)/python -m pytest -n auto --dist worksteal
COVER   := --cov=app --cov-report=term-missing:skip-covered
LOCK    := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
           --generate-hashes --no-emit-index-url --no-annotate --no-header

.DEFAULT_GOAL := help
.PHONY: help serve test test-shippers test-endurance check lint types bench bench-quick bench-growth bench-records bench-pages bench-serving bench-flat evaluate-held-out format lock upgrade clean

help:  ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

serve: $(VENV)/.run  ## Serve on 127.0.0.1:8000 (TRACELORE_HOST, TRACELORE_PORT, TRACELORE_DATABASE_URL)
	@$(BIN)/tracelore serve

test: $(VENV)/.dev  ## Run every test and show what they cover (ARGS="-k word" to choose; COVER= to see no coverage, in half the time)
	$(PYTEST) $(COVER) $(ARGS)

# More processes than cores: these tests wait more than they work.
test-shippers: $(VENV)/.shippers  ## Run the real clients of log pipelines against a real server; says which of them must be installed first
	$(PYTEST) -n 4 -m shippers $(ARGS)

test-endurance: $(VENV)/.dev  ## Kill servers, workers and brokers under load and count what was lost (KILLS=200 of servers, minutes)
	$(PYTEST) -m endurance $(ARGS)

check: lint types test  ## Run lint, types and tests: what must pass before a change is sent

lint: $(VENV)/.dev  ## Check style and form with ruff
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(VENV)/.dev  ## Check types with mypy
	$(BIN)/mypy

bench: $(VENV)/.bench  ## Measure ours and the peers in one run and write bench/RESULTS.md (half an hour once its data is made, 3 GB of disk; ARGS="match" to choose)
	$(BIN)/python -m bench.versus $(ARGS)

bench-quick: $(VENV)/.bench  ## The same with small books and logs, printed only (two minutes once its data is made)
	$(BIN)/python -m bench.versus --quick $(ARGS)

bench-growth: $(VENV)/.dev  ## Measure how time and memory grow with the text, ordinary and hostile (ARGS="word" to choose)
	$(BIN)/python -m bench.growth $(ARGS)

bench-records: $(VENV)/.dev  ## Measure what an ordinary log record costs from its body to being dropped
	$(BIN)/python -m bench.records

bench-pages: $(VENV)/.dev  ## Measure the time to the first byte of every page, with 10,000 signatures (ARGS="word" to choose)
	$(BIN)/python -m bench.pages $(ARGS)

bench-serving: $(VENV)/.dev  ## Measure what a request costs the server, stored and not, beside an application that does nothing
	$(BIN)/python -m bench.serving $(ARGS)

bench-flat: $(VENV)/.dev  ## Measure how a request's cost grows with what is stored, up to a million (ARGS=postgresql; minutes)
	$(BIN)/python -m bench.flat $(ARGS)

evaluate-held-out: $(VENV)/.dev  ## Measure how right the answers are, each with weights fitted without its signature (minutes)
	$(BIN)/python -m bench.leave_one_out

format: $(VENV)/.dev  ## Put the code into form
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

lock: $(BIN)/uv  ## Bring the lock files in line with pyproject.toml and keep what is pinned
	$(LOCK) --output-file requirements.txt
	$(LOCK) --output-file requirements-dev.txt --group dev --constraints requirements.txt
	$(LOCK) --output-file requirements-shippers.txt --group shippers --constraints requirements-dev.txt
	$(LOCK) --output-file requirements-bench.txt --group bench --constraints requirements-dev.txt

upgrade: $(BIN)/uv  ## Lock the newest version of everything
	$(LOCK) --output-file requirements.txt --upgrade
	$(LOCK) --output-file requirements-dev.txt --upgrade --group dev --constraints requirements.txt
	$(LOCK) --output-file requirements-shippers.txt --upgrade --group shippers --constraints requirements-dev.txt
	$(LOCK) --output-file requirements-bench.txt --upgrade --group bench --constraints requirements-dev.txt

clean:  ## Remove the virtual environment and all caches (data/ stays)
	rm -rf $(VENV) dist build htmlcov .coverage .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Tracelore needs Python 3.11 or newer, and '$(PYTHON)' is not: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; \
	  exit 1; }
	@echo "Setting up $(VENV) (once; under a minute) ..."
	@$(PYTHON) -m venv --clear $(VENV) || { \
	  echo "'$(PYTHON) -m venv' failed: on Debian and Ubuntu, apt install python3-venv" >&2; rm -rf $(VENV); exit 1; }

# `tracelore` and `import app` mean this checkout. -P: an app/ in the caller's own folder is not ours.
$(BIN)/tracelore: | $(BIN)/python
	@$(BIN)/python -c 'import os, sysconfig; site = sysconfig.get_path("purelib"); \
	  print(os.path.relpath(".", site), file=open(f"{site}/tracelore.pth", "w"))'
	@printf '%s\n' '#!/bin/sh' 'exec "$$(dirname "$$(readlink -f "$$0")")/python" -P -m app.cli "$$@"' > $@
	@chmod +x $@

$(VENV)/.run: requirements.txt | $(BIN)/tracelore
	@$(INSTALL) requirements.txt
	@touch $@

# The development lock holds the run-time one, version for version: it only adds.
$(VENV)/.dev: requirements-dev.txt | $(BIN)/tracelore
	@$(INSTALL) requirements-dev.txt
	@touch $@ $(VENV)/.run

$(VENV)/.shippers: requirements-shippers.txt | $(BIN)/tracelore
	@$(INSTALL) requirements-shippers.txt
	@touch $@ $(VENV)/.dev $(VENV)/.run

$(VENV)/.bench: requirements-bench.txt | $(BIN)/tracelore
	@$(INSTALL) requirements-bench.txt
	@touch $@ $(VENV)/.dev $(VENV)/.run

# No lock can hold the tool that writes it before it is written.
$(BIN)/uv: | $(BIN)/tracelore
	@$(PIP) install uv
