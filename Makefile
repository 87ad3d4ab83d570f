# Two commands do everything on a fresh machine: make demo, make test.
PYTHON ?= python3
VENV := .venv
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

.PHONY: demo paper test benchmark slurm lint rulegraph clean

demo: $(VENV)/ready  ## the whole DAG on built-in synthetic data, on a CPU
	snakemake --workflow-profile workflow/profiles/demo

paper: $(VENV)/ready  ## the paper on URMP
	snakemake --cores all --resources gpu=1

test: $(VENV)/ready lint  ## what CI runs; tests/slurm only with TEST_SLURM=1
	python -m pytest

benchmark: $(VENV)/ready  ## what is fast and how we know: results/benchmarks/, docs/benchmarks.png
	rm -rf results/benchmarks
	for program in $(filter-out benchmarks/harness.py benchmarks/material.py benchmarks/summary.py,$(wildcard benchmarks/*.py)); do \
	  python $$program --out results/benchmarks/$$(basename $$program .py).csv; \
	done
	python benchmarks/summary.py --tables results/benchmarks/*.csv --out results/benchmarks/summary.csv \
	  --plot docs/benchmarks.png

slurm:  ## a Slurm for tests/slurm, from Debian packages; RUNLEVEL=1: apt starts no daemon
	@if type slurmctld slurmd srun munged &> /dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null && { apt-get update && \
	  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends slurmctld slurmd slurm-client munge; } &> /dev/null; then :; \
	else echo "Slurm cannot be installed here: tests/slurm will be skipped"; fi

lint: $(VENV)/ready
	ruff check . && ruff format --check .
	snakefmt --check Snakefile workflow
	snakemake --lint --configfile configs/demo.yaml

rulegraph: $(VENV)/ready  ## docs/rulegraph.svg, shown in the README
	python docs/rulegraph.py docs/rulegraph.svg

$(VENV)/ready: envs/requirements.txt envs/requirements-nodeps.txt envs/constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "error: Python 3.11 or newer is needed; try make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install -r envs/requirements.txt -c envs/constraints.txt
	$(VENV)/bin/pip install --no-deps -r envs/requirements-nodeps.txt
	touch $@

clean:  ## everything generated
	rm -rf results/*/ .snakemake
