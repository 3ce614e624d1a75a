# `make run` shows the main job, `make test` checks everything; both set up what they need.
.DEFAULT_GOAL := help
SHELL := /bin/sh

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
REDOX := $(BIN)/redox
CORPORA = $(wildcard /usr/share/cargo/registry /usr/src/rustc-*)
MINUTES ?= 10
TINY ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/redox/tiny
REDOX_BROWSER ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/redox/code-server

# Where the browser's tools are, for all that drives it.
export REDOX_BROWSER
# They would have pip install elsewhere than into our environments.
unexport PIP_USER PIP_TARGET PIP_PREFIX PIP_ROOT
# What sets up asks for locks of the system's, each by itself.
.NOTPARALLEL:

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(VENV)/installed corpora editors sandbox rust-analyzer node_modules ## make .venv, install corpora, editors, sandbox, rust-analyzer and npm packages where that can be done

# Debian parts `venv` from Python.
$(VENV)/runnable: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Redox needs Python 3.11 or newer; set PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { [ "$$(id -u)" = 0 ] && \
		apt-get update -qq && apt-get install -qq --yes python3-venv >/dev/null; } || \
		{ echo "Python's venv is missing; on Debian: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@echo "setting up $(VENV)"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --upgrade pip
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable .
	@touch $@

# What only tests want, a model's runtime among it, is large.
$(VENV)/installed: $(VENV)/runnable
	@echo "setting up $(VENV) for tests"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[dev]'
	@touch $@

.PHONY: corpora
corpora:
	@scripts/setup-corpora.sh

.PHONY: editors
editors:
	@scripts/setup-editors.sh

.PHONY: sandbox
sandbox:
	@scripts/setup-sandbox.sh

.PHONY: rust-analyzer
rust-analyzer:
	@scripts/setup-rust-analyzer.sh

.PHONY: node_modules
node_modules:
	@scripts/setup-extension.sh

.PHONY: run
run: $(VENV)/runnable ## show a crate's Iron beside its Rust, build it and run it
	@$(BIN)/python examples/show.py

.PHONY: test
test: setup browser-tools lint types check-extension ## check everything, with a tenth of the corpora
	@$(REDOX) doctor || true
	$(BIN)/python -m pytest -n auto
	@$(MAKE) --no-print-directory browser

.PHONY: lint
lint: $(VENV)/installed ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: types
types: $(VENV)/installed ## mypy --strict
	$(BIN)/mypy

.PHONY: check-extension
check-extension: node_modules ## lint, types, unit tests and bundle of the VS Code extension
	@test ! -d vscode-extension/node_modules || { cd vscode-extension && \
		npm run --silent lint && npm run --silent types && npm test --silent && npm run --silent bundle; }

.PHONY: extension
extension: $(VENV)/installed node_modules ## the VS Code extension, dist/redox-iron.vsix in its folder
	@test -d vscode-extension/node_modules
	@cp LICENSE vscode-extension/LICENSE
	@rm -rf build vscode-extension/server/*.whl # a build goes on from what an older one left
	@$(BIN)/python -m pip wheel -qq --no-deps --no-build-isolation --wheel-dir vscode-extension/server .
	@cd vscode-extension && npm run --silent package

.PHONY: browser-tools
browser-tools:
	@scripts/setup-browser.sh "$(REDOX_BROWSER)"

.PHONY: browser
browser: browser-tools node_modules ## drive the extension in a real VS Code in a real browser
	@test ! -e "$(REDOX_BROWSER)/installed" || test ! -d vscode-extension/node_modules || { \
		$(MAKE) --no-print-directory extension && cd vscode-extension && \
		npm run --silent browser; }

.PHONY: recording
recording: extension browser-tools ## record again what the extension in a real VS Code can do
	@node tests/editors/record_vscode.mjs

.PHONY: pictures
pictures: extension browser-tools ## take the pictures of the extension's README and walkthrough anew
	@cd vscode-extension && npm run --silent pictures

.PHONY: smollm
smollm: $(VENV)/installed ## put the base model there that training/configs/smollm2_135m.toml names
	@scripts/setup-smollm.sh $(BIN)/python $(REDOX)

.PHONY: tiny
tiny: $(VENV)/installed ## train the small model that ships from nothing: a quarter of an hour of one idle core
	@scripts/make-tiny.sh $(REDOX) "$(TINY)"

.PHONY: laws
laws: setup ## hold the laws against the whole corpora
	@test -n "$(CORPORA)" || { echo "there are no corpora here: see scripts/setup-corpora.sh"; exit 1; }
	$(REDOX) corpus $(CORPORA)

.PHONY: fuzz
fuzz: setup ## hunt for inputs that break a law, for MINUTES=10
	$(BIN)/python tests/fuzz_laws.py --minutes $(MINUTES)

.PHONY: soak
soak: setup ## edit at random through the language server, for MINUTES=10
	$(BIN)/python tests/soak_lsp.py --minutes $(MINUTES)

.PHONY: bench
bench: setup ## measure speed and memory, and write docs/performance.md
	@test ! -d vscode-extension/node_modules || $(MAKE) --no-print-directory extension # as it is now
	$(BIN)/python bench/run.py

.PHONY: compiled
compiled: $(VENV)/installed ## a second environment, .venv-compiled, whose core mypyc compiled
	@.venv-compiled/bin/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv-compiled
	@.venv-compiled/bin/python -m pip install -qq --disable-pip-version-check 'setuptools>=77' 'mypy[mypyc]>=2.1,<3' wheel
	REDOX_COMPILE=1 .venv-compiled/bin/python -m pip install -qq --disable-pip-version-check \
		--no-build-isolation --force-reinstall '.[dev]'

.PHONY: generate
generate: $(VENV)/installed ## write again what is generated: the example's Iron, the grammar, pages of docs/, the extension's JSON
	@$(REDOX) reduce examples/word_count/src -o examples/word_count/iron
	@$(BIN)/python scripts/generate_phrasebook.py
	@$(BIN)/python scripts/generate_grammar.py
	@$(BIN)/python scripts/generate_docs.py
	@$(BIN)/python scripts/generate_extension.py

.PHONY: pins
pins: $(VENV)/installed ## pin again what the extension installs beside Redox's wheel: asks the package index
	@$(BIN)/python -m pip install -qq --disable-pip-version-check uv
	@$(BIN)/python scripts/pin_extension.py

.PHONY: clean
clean: ## remove what the other targets made here; what they fetched is in ~/.cache/redox
	rm -rf vscode-extension/node_modules vscode-extension/dist vscode-extension/out vscode-extension/server/*.whl vscode-extension/LICENSE
	rm -rf $(VENV) .venv-compiled build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
