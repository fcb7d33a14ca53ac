SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do "$$p" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v "$$p"; break; }; done)
# Whoever has no home of their own (nobody, a build user) keeps the package cache here.
ifeq ($(shell test -w "$${HOME:-/nonexistent}" && echo yes),)
export UV_CACHE_DIR := $(CURDIR)/.uv/cache
export HOME := $(CURDIR)/.uv/home
endif
export UV_PYTHON_DOWNLOADS := never
UV := .uv/bin/uv
BIN := .venv/bin
# One more than there are cores: tests wait for hubs and nodes of their own.
WORKERS ?= $(shell n=$$(nproc 2>/dev/null) && echo $$((n + 1)) || echo auto)
# Compiled once here: with PYTHONDONTWRITEBYTECODE, or in a folder that is read only, each start would compile them again.
ROOMS := hutong buf rules audit hub adapters liaison demo

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(UV):
	@[ -n "$(PYTHON)" ] || { echo "Hutong needs Python 3.11 or newer with venv (Debian: apt install python3-venv)"; exit 1; }
	@echo "setting up (once)…"
	@"$(PYTHON)" -m venv .uv && .uv/bin/python -m pip install -q --disable-pip-version-check uv==0.13.8

.venv/.ready: requirements.lock pyproject.toml $(shell find proto -name '*.proto') | $(UV)
	@[ -d .venv ] || $(UV) venv -q --python "$(PYTHON)" .venv
	@rm -rf buf hutong/v1
	@$(UV) pip sync -q --python $(BIN)/python --require-hashes --compile-bytecode requirements.lock
	@$(UV) pip install -q --python $(BIN)/python --no-deps --reinstall-package hutong -e .
	@$(BIN)/python -m compileall -q -j 0 $(ROOMS)
	@touch $@

hutong/v1/header_pb2.py: .venv/.ready
	@[ -e $@ ] || { rm .venv/.ready; $(MAKE) -s .venv/.ready; }

setup: hutong/v1/header_pb2.py  ## make .venv with everything in it

lock: $(UV)  ## renew requirements.lock
	@$(UV) pip compile -q --universal --generate-hashes --no-header --group dev pyproject.toml -o requirements.lock

demo: setup  ## the whole story on one machine, in var/demo
	@$(BIN)/hutong demo --dir var/demo

test: setup  ## the tests
	@$(BIN)/pytest -q -n $(WORKERS) --dist loadfile

faults: setup  ## the slow tests: kill -9 under load, injected faults, thousands of random histories
	@$(BIN)/pytest -q -m faults
	@HUTONG_HISTORIES=2000 $(BIN)/pytest -q tests/rules/test_histories.py

judges: setup  ## logs and proofs before Go's own sumdb (apt install golang-go golang-golang-x-mod-dev)
	@command -v go >/dev/null || { echo "go is not installed (Debian: apt install golang-go golang-golang-x-mod-dev)"; exit 1; }
	@$(BIN)/pytest -q -m external

check: setup  ## style, types, floors, contract
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@cd proto && ../$(BIN)/buf lint

bench: setup  ## figures as ratios, into bench/results.json
	@$(BIN)/python -m bench

.PHONY: help setup lock demo test faults judges check bench
