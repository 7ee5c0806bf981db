# Daypass. `make help` lists what there is; each target sets up what it needs.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
JAVASCRIPT := tests/gateway/javascript
TYPESCRIPT := clients/typescript
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# The published test vectors lie beside the clone unless the environment says where.
DAYPASS_VECTORS ?= $(wildcard $(abspath ../shared/vectors))
export DAYPASS_VECTORS

.DEFAULT_GOAL := help
.PHONY: help setup run test faults coverage fuzz bench-policy bench-http bench-door bench-stages bench-mint bench-proof bench-engine bench-store bench-verifier bench-scale loadtest soak clients lint format protos lock clean

help: ## Lists the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## Creates .venv with the pinned dependencies and both packages.

# Wheels only, checked against the hashes in the lock: no code runs at install. The
# lock is whole, so that pip is to look for nothing that is newer than what it says.
$(STAMP): tests/requirements.txt pyproject.toml clients/python/pyproject.toml
	@.ci/packages $(PYTHON)
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes --only-binary :all: -r tests/requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e . -e clients/python
	@touch $@

# The AWS SDK for JavaScript, checked against its lock; no script of it runs.
$(JAVASCRIPT)/node_modules/.package-lock.json: $(JAVASCRIPT)/package-lock.json
	cd $(JAVASCRIPT) && npm ci --silent --ignore-scripts --no-audit --no-fund

# What builds and checks the client for TypeScript, pinned by its lock.
$(TYPESCRIPT)/node_modules/.package-lock.json: $(TYPESCRIPT)/package-lock.json
	cd $(TYPESCRIPT) && npm ci --silent --ignore-scripts --no-audit --no-fund

run: setup ## Starts the server on the example: gRPC on :50051, HTTP on :8080.
	@exec $(BIN)/daypassd dev

test: setup ## Runs every test; starts a Redis of its own.
	@.ci/packages $(PYTHON) redis-server xmlsec1 nodejs npm
	@$(MAKE) --no-print-directory $(JAVASCRIPT)/node_modules/.package-lock.json
	$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

coverage: setup ## Runs every test and says which lines and branches none reaches.
	$(BIN)/python -m coverage erase
	@$(MAKE) --no-print-directory test ARGS="--cov --cov-report=term $(ARGS)"

faults: setup ## Breaks workers, Redis and disks under load, for longer than test does.
	@.ci/packages $(PYTHON) redis-server
	@DAYPASS_FAULTS=long $(BIN)/python -m pytest -n 0 -q tests/faults $(ARGS)

fuzz: setup ## Tries new inputs for a minute; SEED=N tries those of N again.
	@.ci/packages $(PYTHON) nodejs npm
	@$(MAKE) --no-print-directory $(JAVASCRIPT)/node_modules/.package-lock.json
	@SEED=$(SEED) .ci/fuzz $(ARGS)

bench-policy: setup ## Measures decisions, as a ratio to an Ed25519 signature.
	@$(BIN)/python loadtest/policy_bench.py

bench-http: setup ## Measures the HTTP door, beside an empty answer and moto.
	@.ci/packages $(PYTHON) wrk
	@$(BIN)/python -m loadtest.http_bench

bench-door: setup ## Measures what the HTTP door itself takes of a call.
	@$(BIN)/python -m loadtest.door_bench

bench-stages: setup ## Measures where the time of a call goes, at each door.
	@.ci/packages $(PYTHON) wrk
	@$(BIN)/python -m loadtest.stages_bench

bench-mint: setup ## Measures what a mint costs besides its signature.
	@.ci/packages $(PYTHON) redis-server
	@$(BIN)/python -m loadtest.mint_bench

bench-proof: setup ## Measures what reading and checking a SigV4 proof costs.
	@$(BIN)/python -m loadtest.proof_bench

bench-engine: setup ## Measures calls on each engine of the gRPC door.
	@$(BIN)/python -m loadtest.engine_bench

bench-store: setup ## Measures what a session costs in a Redis of its own.
	@.ci/packages $(PYTHON) redis-server
	@$(BIN)/python -m loadtest.store_bench $(ARGS)

bench-verifier: setup ## Measures the offline verifier, beside raw signature checks.
	@$(BIN)/python loadtest/verifier_bench.py

bench-scale: setup ## Measures a mint as roles, policies and sessions grow.
	@.ci/packages $(PYTHON) redis-server
	@$(BIN)/python -m loadtest.scale_bench $(ARGS)

loadtest: setup ## Loads a server of its own and holds it against budgets.
	@.ci/packages $(PYTHON) redis-server
	@$(BIN)/python -m loadtest $(ARGS)

soak: setup ## Loads two workers for minutes (ARGS="--minutes 5"), and looks for leaks.
	@.ci/packages $(PYTHON) redis-server
	@$(BIN)/python -m loadtest.soak $(ARGS)

clients: setup ## Builds and tests the clients, and prints a table.
	@.ci/packages $(PYTHON) go:golang-go nodejs npm javac:openjdk-17-jdk-headless mvn:maven
	@$(MAKE) --no-print-directory $(TYPESCRIPT)/node_modules/.package-lock.json
	@$(BIN)/python clients/matrix.py $(ARGS)

lint: setup ## Checks style, types, layers, protos and generated code.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python protos/generate.py --check
	$(BIN)/buf lint protos
	$(BIN)/buf build protos -o - | $(BIN)/buf breaking - --against protos/released/v1.binpb --config protos/buf.yaml
	@.ci/tree

format: setup ## Formats the code, and mends what can be mended.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

protos: setup ## Makes the stubs of all clients from the protos.
	$(BIN)/python protos/generate.py
	@if command -v go >/dev/null; then $(BIN)/python protos/generate_clients.py go; else echo "no Go toolchain: clients/go/api is left alone"; fi
	@if command -v cargo >/dev/null; then $(BIN)/python protos/generate_clients.py rust; else echo "no Rust toolchain: clients/rust/src/api is left alone"; fi
	@.ci/packages $(PYTHON) nodejs npm
	@$(MAKE) --no-print-directory $(TYPESCRIPT)/node_modules/.package-lock.json
	$(BIN)/python protos/generate_clients.py typescript

lock: setup ## Pins the dependencies anew, with hashes and without addresses.
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url --python-version 3.11 pyproject.toml -o server/requirements.txt
	$(BIN)/uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url --python-version 3.11 --extra dev -c server/requirements.txt pyproject.toml -o tests/requirements.txt

clean: ## Removes what the other targets made, .daypass/ excepted.
	rm -rf $(VENV) $(JAVASCRIPT)/node_modules clients/go/build clients/java/target clients/rust/target clients/rust/tools/target $(TYPESCRIPT)/node_modules $(TYPESCRIPT)/dist .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
