# Two commands do everything: `make demo` and `make test`. Both set up .venv when it is missing or out of date.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
JOBS ?= 2
WORKERS ?= 3  # for tests on two cores: many of them wait for a process or a server
# one thread a process: two processes of one thread beat one of two
export OMP_NUM_THREADS := 1
export MKL_NUM_THREADS := 1

.PHONY: help demo test lint runs ablation bench bench-engine kills calibration findings faults fuzz fuzz-guided mutations audit docs schemas wheel clean

help:  ## Say what each target does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/.base: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "runcompare needs Python 3.11 or newer; say which with: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --editable .
	$(BIN)/python -m compileall -q runcompare
	touch $@

# torch first and by itself: left to another package it would come with gigabytes of CUDA
$(VENV)/.dev: pyproject.toml constraints.txt $(VENV)/.base
	$(PIP) --constraint constraints.txt torch
	$(PIP) --constraint constraints.txt --editable '.[engine,wandb,dev]'
	touch $@

$(VENV)/.bench: $(VENV)/.dev
	$(PIP) --constraint constraints.txt --editable '.[bench]'
	touch $@

demo: $(VENV)/.base  ## Write report.md on the shipped runs: hjnqclgk against baseline32
	$(BIN)/runcompare report hjnqclgk baseline32 --output report.md
	@echo "Read report.md; its pictures are in report_plots/."

test: $(VENV)/.dev lint  ## Lint, type-check and run all tests
	$(BIN)/python -m pytest --numprocesses $(WORKERS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/bandit -q -ll -s B608 -r runcompare

runs: $(VENV)/.dev  ## Train the example runs again (about an hour on 2 cores)
	$(BIN)/python examples/make_runs.py --jobs $(JOBS)

ablation: $(VENV)/.dev  ## Run the shipped ablation of hjnqclgk against baseline32 again (hours on 2 cores; goes on where it stopped)
	$(BIN)/runcompare ablate examples/hjnqclgk.yaml examples/baseline32.yaml --metric eval/nrmse --seeds 3 --jobs $(JOBS) \
	  --out runs/ablation --runs examples/runs --record examples/runs/ablation.json -o examples/ablation/ablation.md

bench: $(VENV)/.bench  ## Speed as ratios against peers
	$(BIN)/python -m pytest -o addopts="--import-mode=importlib" tests/benchmarks --benchmark-only -s

bench-engine: $(VENV)/.bench  ## Our operator beside an FNO of the same size and time; into docs/engine.md
	$(BIN)/python -W ignore tests/benchmarks/engine_quality.py --jobs $(JOBS) --out docs/engine.md

kills: $(VENV)/.dev  ## Kill trainings 300 times, at every write point and at random moments, and go on
	RUNCOMPARE_KILLS=300 $(BIN)/python -m pytest tests/engine/training/test_resume.py
	RUNCOMPARE_KILLS=60 $(BIN)/python -m pytest --numprocesses $(JOBS) tests/hooks

calibration: $(VENV)/.dev  ## Error rates and power of every decision rule, by simulation
	$(BIN)/python tests/benchmarks/calibration.py --jobs $(JOBS)

findings: $(VENV)/.dev  ## How often findings name planted faults, and cry where there are none; into docs/findings.md; LOGS=FOLDER of public logs
	$(BIN)/python -W ignore tests/benchmarks/findings.py --out docs/findings.md $(if $(LOGS),--logs $(LOGS)) \
	  --rates runcompare/comparison/rules/false_alarms.tsv

faults: $(VENV)/.dev  ## Faults of disk, power, server and processes at full size: the figures of docs/reliability.md
	$(BIN)/python tests/benchmarks/faults.py --jobs $(JOBS)

fuzz: $(VENV)/.dev  ## 10,000 changed files a reader through report and pull, and damaged tables of known rows (hours)
	RUNCOMPARE_MUTANTS=10000 $(BIN)/python -m pytest --numprocesses $(JOBS) -rP tests/test_changed_files.py \
	  tests/sources/tables/test_damaged_tables.py

READER ?= csv
SECONDS ?= 600

fuzz-guided: $(VENV)/.dev  ## Files that reach new code of one reader, for SECONDS=600: READER=csv, wandb, mlflow, ...
	$(PIP) --constraint constraints.txt --editable '.[fuzz]'
	$(BIN)/python -W ignore tests/benchmarks/guided_fuzz.py $(READER) --seconds $(SECONDS)

mutations: $(VENV)/.dev  ## Take each guard out in turn and see that a test falls
	$(BIN)/python tests/benchmarks/mutations.py --jobs $(JOBS)

audit: $(VENV)/.dev  ## Known holes in the package and in what is installed (needs the network)
	$(PIP) --editable '.[audit]'
	$(BIN)/pip-audit --skip-editable

docs: $(VENV)/.base  ## Build the documentation into docs/_build
	$(PIP) --editable '.[docs]'
	$(BIN)/sphinx-build -q -W -b html docs docs/_build

schemas: $(VENV)/.base  ## Write the published JSON schemas again, after a field was added
	set -e; for kind in comparison target tasks many; do \
	  $(BIN)/python -m runcompare.reporting.as_json $$kind > docs/$$kind.schema.json; done

wheel: $(VENV)/.dev  ## Build the wheel into dist/
	$(BIN)/python -m build --wheel --outdir dist .

clean:  ## Remove what was built, but not .venv
	rm -rf dist build docs/_build report.md report_plots .pytest_cache .mypy_cache .ruff_cache
