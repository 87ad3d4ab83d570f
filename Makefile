# Two commands do everything on a fresh machine: make demo, make test.
PYTHON ?= python3
VENV := .venv
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

.PHONY: demo paper real packed test benchmark debian lint docs rulegraph clean

demo: $(VENV)/ready  ## the whole DAG on built-in synthetic data, on a CPU
	snakemake --workflow-profile workflow/profiles/demo

paper: $(VENV)/ready  ## the paper on URMP
	snakemake --cores all --resources gpu=1

real: $(VENV)/ready  ## 21 real stems in ../shared/urmp-real: each title held out in turn, one table
	snakemake --cores all --configfile configs/urmp_real.yaml

packed: $(VENV)/ready  ## the voice that comes along: midi_ddsp on all 21, its card from make real
	snakemake --cores all --configfile configs/urmp_real.yaml -- \
	  results/urmp_real/all/models/midi_ddsp.0/model.safetensors results/urmp_real/tables/table1.csv
	vimusic pack results/urmp_real/all/models/midi_ddsp.0 -o scripts/vimusic/packed/midi_ddsp.safetensors
	cd scripts/vimusic/packed && sha256sum midi_ddsp.safetensors > SHA256SUMS

test: $(VENV)/ready lint  ## what CI runs
	OMP_NUM_THREADS=1 python -m pytest --verbose --numprocesses 2 --dist loadfile --no-loadscope-reorder

benchmark: $(VENV)/ready  ## what is fast and how we know: results/benchmarks/, docs/benchmarks.png
	rm -rf results/benchmarks
	for program in $(filter-out benchmarks/harness.py benchmarks/material.py benchmarks/summary.py,$(wildcard benchmarks/*.py)); do \
	  python $$program --out results/benchmarks/$$(basename $$program .py).csv; \
	done
	python benchmarks/summary.py --tables results/benchmarks/*.csv --out results/benchmarks/summary.csv \
	  --plot docs/benchmarks.png

debian:  ## Slurm and Chromium for tests, a soundfont for a row; RUNLEVEL=1: apt starts no daemon
	@if type slurmctld slurmd srun munged chromium &> /dev/null \
	  && [ -f /usr/share/sounds/sf3/MuseScore_General_Full.sf3 ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null && { apt-get update && \
	  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
	  slurmctld slurmd slurm-client munge chromium musescore-general-soundfont; } &> /dev/null; then :; \
	else echo "Slurm, Chromium and MuseScore's soundfont cannot all be installed here: tests of what is missing will be skipped"; fi

lint: $(VENV)/ready
	ruff check . && ruff format --check .
	snakefmt --check Snakefile workflow
	snakemake --lint --configfile configs/demo.yaml

docs: $(VENV)/ready  ## the numbers of README.md and docs/ from the runs in results/, config.yaml from the settings
	vimusic settings > config.yaml
	python docs/write_numbers.py --take

rulegraph: $(VENV)/ready  ## docs/rulegraph.svg, shown in the README
	python docs/rulegraph.py docs/rulegraph.svg

$(VENV)/ready: $(wildcard envs/*.txt) pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "error: Python 3.11 or newer is needed; try make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install $(addprefix -r envs/,requirements.txt requirements-dev.txt requirements-web.txt) \
	  -c envs/constraints.txt
	$(VENV)/bin/pip install --no-deps -r envs/requirements-nodeps.txt --editable .
	sh envs/features.post-deploy.sh
	touch $@

clean:  ## everything generated; what listeners were sent and answered stays
	find results -mindepth 2 -maxdepth 2 ! -name listening -exec rm -rf {} +
	find results -mindepth 1 -maxdepth 1 -type d -empty -delete
	rm -rf .snakemake
