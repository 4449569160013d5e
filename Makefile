# Front door. `make run` and `make test` set themselves up on a machine that has Python 3.11 and make.
PYTHON ?= python3
BIN := .venv/bin
LOCK := requirements/lock.txt

# A busy machine with OpenMP spin-waits turned 0.06 s fits into 41 s.
export OMP_NUM_THREADS ?= 1
export MLFLOW_DISABLE_TELEMETRY := true
# Without compiled modules every process spends seconds on its imports; the first one writes them.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup run test check docs dictionary experiment layouts world skill worklists forecast models coverage crashes benchmarks lock clean

setup: .venv/.ready

.venv/.ready: $(LOCK) pyproject.toml
	@$(PYTHON) -c 'import sys; ok = (3, 11) <= sys.version_info[:2] < (3, 14); sys.exit(0 if ok else "arseg needs Python 3.11 to 3.13. Given: " + sys.version.split()[0] + ". Do: make PYTHON=python3.11 " + "setup")'
	@rm -rf .venv
	@if command -v uv >/dev/null 2>&1; then \
		uv venv --quiet --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" .venv && \
		uv pip install --quiet --python $(BIN)/python --require-hashes -r $(LOCK) && \
		uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e . ; \
	else \
		$(PYTHON) -m venv .venv && \
		$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --require-hashes -r $(LOCK) && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . ; \
	fi
	@touch $@

run: setup
	@$(BIN)/arseg synthesize data/demo --customers 200 --months 26 --seed 7
	@$(BIN)/arseg load data/demo --layout arseg --into demo
	@$(BIN)/arseg run experiments/demo.yaml

test: setup
	@$(BIN)/python -m pytest -n 2 --dist loadfile

check: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/nbstripout --verify notebooks/*.ipynb notebooks/lab/*.ipynb

# A static site in site/, made without a network; a warning is an error.
docs: setup
	@$(BIN)/python docs/build.py

dictionary: setup
	@$(BIN)/python docs/dictionary.py

experiment: setup
	@$(BIN)/python docs/experiment.py

layouts: setup
	@$(BIN)/python docs/layouts.py

world: setup
	@$(BIN)/python docs/world.py

skill: setup
	@$(BIN)/python benchmarks/skill.py

worklists: setup
	@$(BIN)/python benchmarks/worklists.py

forecast: setup
	@$(BIN)/python benchmarks/forecast.py

# Peers that are not installed are left out; docs/models.md says how to add them.
models: setup
	@$(BIN)/python benchmarks/models.py --floors --known 1e6 --seeds 1 2 3

coverage: setup
	@$(BIN)/python benchmarks/coverage.py

crashes: setup
	@$(BIN)/python benchmarks/crashes.py

benchmarks: setup skill worklists forecast
	@$(BIN)/python benchmarks/ledger_load.py --ten
	@$(BIN)/python benchmarks/pollution.py
	@$(BIN)/python benchmarks/world.py
	@$(BIN)/python benchmarks/features.py --ten
	@$(BIN)/python benchmarks/leakage.py

lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --group dev pyproject.toml -o $(LOCK)

clean:
	rm -rf .venv
