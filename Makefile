# `make demo` and `make test` set everything up by themselves: all they need is Python 3.11 or 3.12.

# pyenv and its like leave names on PATH that do not run: ask each one.
PYTHON := $(shell for name in python3.11 python3.12 python3 python; do \
	$$name -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' \
	2>/dev/null && echo $$name && break; done)

# The project's own Node, Anvil, forge and compiler, whatever else the machine has.
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/node_modules/.bin:$(PATH)
export SOLCX_BINARY_PATH := $(CURDIR)/terang/chain/solc
# Nothing that runs here reports home.
export DO_NOT_TRACK := 1

.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help setup demo test lint forge bench-gas bench-sealing attacks pytest lock clean

help: ## this list
	@echo 'make demo               one contract from tender to payment, on a chain started for it'
	@echo 'make demo OCDS=FILE     the same for every lot of an OCDS file'
	@echo 'make test               all checks and tests: lint, forge, pytest'
	@echo 'make lint               ruff, mypy, forge fmt'
	@echo 'make forge              tests of the contracts'
	@echo 'make bench-gas          gas of each operation beside its limit and the peers'
	@echo 'make bench-sealing      sealing beside what is asked; Solidity against Python'
	@echo 'make attacks            removes each defence of sealing in turn; its test must fail (5 minutes)'
	@echo 'make pytest             tests of the Python package'
	@echo 'make setup              only what the others set up first: .venv and node_modules'
	@echo 'make lock               renew requirements.txt and package-lock.json'
	@echo 'make clean              remove everything that make made'

setup: .venv/installed node_modules/installed

demo: setup
	@terang demo $${OCDS:+--ocds "$$OCDS"}

test: lint forge pytest
	@echo 'make test: all passed'

lint: setup
	ruff check
	ruff format --check
	mypy
	forge fmt --check

forge: setup
	forge test
	python benchmarks/gas.py --check

bench-gas: setup
	forge test --match-contract 'PathTest|GovernorTest|GrowthTest|LinearTest'
	python benchmarks/gas.py
	python benchmarks/flat.py

bench-sealing: setup
	python benchmarks/sealing.py
	python benchmarks/equivalence.py

attacks: setup
	python tests/attacks/mutants.py

pytest: setup
	pytest -n 2

# A stamp is written last, so a setup that was interrupted begins again.
.venv/packages: requirements.txt
	@test -n '$(PYTHON)' || { echo 'Terang needs Python 3.11 or 3.12: install one, then run make again.' >&2; exit 1; }
	@echo 'setup: Python packages into .venv (about two minutes the first time)' >&2
	@$(PYTHON) -m venv --clear .venv || { echo 'python -m venv failed: install the venv package of $(PYTHON), then run make again.' >&2; exit 1; }
	@.venv/bin/python -m pip install -qq --disable-pip-version-check --no-input --require-hashes -r requirements.txt
	@touch $@

.venv/installed: .venv/packages pyproject.toml
	@echo 'setup: Terang itself' >&2
	@.venv/bin/python -m pip install -qq --disable-pip-version-check --no-input --no-index --no-deps --no-build-isolation -e .
	@touch $@

node_modules/installed: package.json clients/js/package.json package-lock.json .npmrc | .venv/packages
	@echo 'setup: Solidity and TypeScript compilers, OpenZeppelin, Anvil and forge into node_modules' >&2
	@.venv/bin/npm ci --loglevel=error --no-progress >&2
	@touch $@

lock: setup
	uv pip compile --quiet --python-version 3.11 --universal --generate-hashes --no-emit-index-url \
		--no-emit-find-links --upgrade --custom-compile-command 'make lock' \
		requirements.in --output-file requirements.txt
	rm -f package-lock.json # what is installed here must not decide what the lock names
	npm install --package-lock-only

clean:
	rm -rf .venv node_modules clients/js/node_modules clients/js/dist .build demo-out .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
