# Everything a person or CI calls. Each target sets up what it needs; nothing is installed outside .venv but
# Debian's chromium for browser tests, and that only as root.
PYTHON ?= python3
BIN := .venv/bin
JOBS ?= 2

.PHONY: setup run demo test check bench soak docs format lock
.DEFAULT_GOAL := run

setup: .venv/ready
	@$(BIN)/python -m compileall -q src

.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "payback needs Python 3.11 or newer (PYTHON=... make)"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch .venv/ready

run: setup
	$(BIN)/payback up

demo: setup
	$(BIN)/payback demo

test: setup
	@sh tests/browser.sh
	$(BIN)/pytest -n $(JOBS) --dist worksteal

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet --site-dir build/site

bench: setup
	$(BIN)/python -m benchmarks

soak: setup
	PAYBACK_SOAK=1 $(BIN)/pytest -m soak -n $(JOBS)
	$(BIN)/python -m tests.insight.soak
	$(BIN)/python -m tests.app.companies

docs: setup
	$(BIN)/mkdocs serve

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: setup
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade --no-emit-index-url --generate-hashes --no-header --group dev pyproject.toml -o requirements.lock
