# The commands of everyday work; each sets itself up first, which is quick when nothing changed.
.PHONY: setup demo test test-cluster test-environments test-clients lint
SNAKEMAKE = .venv/bin/snakemake

setup:
	@envs/bootstrap.sh

demo: setup  ## from simulated scenes to maps and scores, in less than ten minutes
	$(SNAKEMAKE) --configfile config/presets/demo.yaml

test: setup  ## everything that fits into twenty minutes on two cores
	.venv/bin/python -m pytest

test-cluster: setup  ## the workflow on a real Slurm on this machine (root)
	.venv/bin/python -m pytest tests/cluster

test-environments: setup  ## every rule in its own conda environment
	.venv/bin/python -m pytest tests/environments

test-clients: setup  ## the maps in QGIS, GDAL, DuckDB and others
	.venv/bin/python -m pytest tests/clients

lint: setup
	.venv/bin/ruff check workflow tests
	.venv/bin/ruff format --check workflow tests
	.venv/bin/snakefmt --check Snakefile workflow
	$(SNAKEMAKE) --lint
