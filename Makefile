# The only entry points: run, demo, test, check, bench, fuzz, crash, mail-e2e. Needs Python >= 3.11 with venv, make, git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check install --quiet

# Set in many containers: each of the hundreds of processes that the tests start would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run demo test long check bench fuzz crash mail-e2e lock real tour clean

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("storywatch needs Python 3.11 or newer, this is " + sys.version.split()[0] + \
	  "; try make PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	@echo "== building $(VENV)" >&2
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: deploy/requirements.txt pyproject.toml | $(VENV)/bin/python
	@echo "== installing what storywatch needs (about a minute)" >&2
	@$(PIP) --require-hashes -r deploy/requirements.txt
	@$(PIP) --no-deps -e .
	@touch $@

$(VENV)/.test: tests/requirements.txt pyproject.toml | $(VENV)/bin/python
	@echo "== installing what the tests need (about two minutes)" >&2
	@$(PIP) --require-hashes -r tests/requirements.txt
	@$(PIP) --no-deps -e .
	@touch $@ $(VENV)/.run

run: $(VENV)/.run
	@STORYWATCH_DATA=$${STORYWATCH_DATA:-data} $(BIN)/storywatch run

demo: $(VENV)/.run
	@$(BIN)/storywatch demo $(ARGS)

# Three workers for two cores, as scenes with a daemon wait a lot; tests/conftest.py says what they begin with.
test: $(VENV)/.test
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -m "not long" $(ARGS)

# What takes half a minute and more each: scenes with a daemon that is killed, starved of disk or lied to, deaths on PostgreSQL.
long: $(VENV)/.test
	$(BIN)/python -m pytest -m long $(ARGS)

check: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python tests/house.py

bench: $(VENV)/.test
	@for script in tests/bench/bench_*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

real: $(VENV)/.test
	$(BIN)/python tests/bench/bench_real.py

fuzz: $(VENV)/.test
	@for script in tests/fuzz/fuzz_*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

crash: $(VENV)/.test
	$(BIN)/python tests/crash/kills.py $(ARGS)
	$(BIN)/python tests/crash/command.py

# Needs root, Postfix and Dovecot; it says so and what installs them where they are not there (77).
mail-e2e: $(VENV)/.test
	@$(BIN)/python tests/post/mail_e2e.py $(ARGS) || [ $$? -eq 77 ]

# Draws the pictures of docs/tour.md anew: runs the demo and clicks through it. Needs Chromium.
tour: $(VENV)/.test
	$(BIN)/python tests/tour/pictures.py

# Needs uv (https://docs.astral.sh/uv/); writes the two hashed lock files without any index address.
lock:
	uv pip compile pyproject.toml --extra slavic --extra crosslingual --generate-hashes --no-emit-index-url --no-header -q -o deploy/requirements.txt
	uv pip compile pyproject.toml --all-extras --generate-hashes --no-emit-index-url --no-header -q -o tests/requirements.txt

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .benchmarks
