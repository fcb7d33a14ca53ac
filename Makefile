SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do "$$p" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v "$$p"; break; }; done)
export UV_PYTHON_DOWNLOADS := never
ifeq ($(shell test -w "$${HOME:-/nonexistent}" && echo yes),)
export UV_CACHE_DIR := $(CURDIR)/.uv/cache
endif
UV := .uv/bin/uv
help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
$(UV):
	@[ -n "$(PYTHON)" ] || { echo "Hutong needs Python 3.11 or newer with venv (Debian: apt install python3-venv)"; exit 1; }
	@"$(PYTHON)" -m venv .uv && .uv/bin/python -m pip install -q --disable-pip-version-check uv==0.13.8
.venv/.ready: requirements.lock pyproject.toml $(shell find proto -name '*.proto') | $(UV)
	@[ -d .venv ] || $(UV) venv -q --python "$(PYTHON)" .venv
	@rm -rf buf hutong/v1
	@$(UV) pip sync -q --python .venv/bin/python --require-hashes requirements.lock
	@$(UV) pip install -q --python .venv/bin/python --no-deps --reinstall-package hutong -e .
	@touch $@
hutong/v1/header_pb2.py: .venv/.ready
	@[ -e $@ ] || { rm .venv/.ready; $(MAKE) -s .venv/.ready; }
setup: hutong/v1/header_pb2.py  ## make .venv with everything in it
lock:  ## renew requirements.lock
	@$(UV) pip compile -q --universal --generate-hashes --no-header --group dev pyproject.toml -o requirements.lock
demo: setup  ## the whole story on one machine
	@.venv/bin/hutong demo --dir var/demo
test: setup  ## the tests
	@.venv/bin/pytest -q
.PHONY: help setup lock demo test
