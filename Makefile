# `make run` and `make test` need Python 3.11 or newer and nothing else: everything else is installed in .venv.
SHELL := bash
VENV := .venv
PYTHON = $(VENV)/bin/python
ARGS ?=
SIZES ?= 10000,100000
PROCESSES ?= 2

.PHONY: run test browser benchmark check manage shell lock clean help

help:
	@echo "make run      run JobSphere at http://127.0.0.1:8000/ (PORT=8001 make run: elsewhere)"
	@echo "make test     run all tests, in two processes (ARGS='-k jobs -x': some of them; PROCESSES=0: in one)"
	@echo "make browser  install Chromium, in which a part of the tests looks at the pages (Debian, as root)"
	@echo "make check    lint, types, imports, migrations, deployment settings"
	@echo "make manage   run a command of manage.py (ARGS='shell')"
	@echo "make shell    Python with JobSphere's models"
	@echo "make benchmark  measure the search, into benchmarks/RESULTS.md (SIZES=1000000: of that many postings)"
	@echo "make lock     bring the lock files up to date with pyproject.toml"
	@echo "make clean    remove what was installed and built; .jobsphere/ keeps your data"

run: $(VENV)/run
	@exec $(PYTHON) -m jobsphere.launcher serve

test: $(VENV)/dev
	@$(PYTHON) -m pytest -n $(PROCESSES) $(ARGS)

# Without it `make test` skips the tests that need a browser, and says so.
browser:
	@if command -v "$${CHROMIUM:-chromium}" >/dev/null; then exit; fi; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
	    echo "Install Chromium (on Debian: apt install chromium), or name another one of its family: CHROMIUM=/path" >&2; exit 1; \
	fi; \
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends chromium fonts-liberation

check: $(VENV)/dev
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m jobsphere.launcher with-tests $(PYTHON) -m mypy
	$(VENV)/bin/lint-imports
	$(PYTHON) -m jobsphere.launcher with-tests $(PYTHON) manage.py makemigrations --check --dry-run
	JOBSPHERE_DEVELOPMENT=0 $(PYTHON) -m jobsphere.launcher with-tests $(PYTHON) manage.py check --deploy --fail-level WARNING

manage: $(VENV)/run
	@$(PYTHON) -m jobsphere.launcher manage $(ARGS)

shell: $(VENV)/run
	@$(PYTHON) -m jobsphere.launcher manage shell

benchmark: $(VENV)/dev
	@$(PYTHON) -m benchmarks.search --postings $(SIZES) $(ARGS)

lock: $(VENV)/dev
	$(PYTHON) -m pip install -q uv
	$(PYTHON) -m uv pip compile -q --universal --generate-hashes --no-header pyproject.toml -o requirements.lock
	$(PYTHON) -m uv pip compile -q --universal --generate-hashes --no-header pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock

clean:
	rm -rf $(VENV) staticfiles .jobsphere/test .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# requirements-dev.lock holds all of requirements.lock, so that whoever tests can run as well.
$(VENV)/run: requirements.lock | $(VENV)/bin/python
	$(call install,requirements.lock)
	@touch $@

$(VENV)/dev: requirements-dev.lock requirements.lock | $(VENV)/bin/python
	$(call install,requirements-dev.lock)
	@touch $@ $(VENV)/run

# Readable for others (umask): run by root, PostgreSQL works as another user. One dot for each package.
define install
	@echo "Installing the packages of $(1) (about a minute the first time) ..."
	@set -o pipefail; umask 022; \
	if ! $(PYTHON) -m pip install --disable-pip-version-check --no-input --require-hashes -r $(1) 2>$(VENV)/pip.log \
	    | awk '/^Collecting/ { printf "."; fflush() } END { print " done" }'; then cat $(VENV)/pip.log >&2; exit 1; fi
endef

$(VENV)/bin/python:
	@found=; for candidate in python3 python3.13 python3.12 python3.11; do \
	    if $$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$candidate; break; fi; \
	done; \
	if [ -z "$$found" ]; then echo "JobSphere needs Python 3.11 or newer: no python3 of that age was found." >&2; exit 1; fi; \
	umask 022; \
	if ! $$found -m venv $(VENV); then \
	    rm -rf $(VENV); \
	    echo "$$found cannot make a virtual environment. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; \
	fi
