# The commands of everyday work; each sets itself up first, which is quick when nothing changed.
.PHONY: setup first-map demo scenes label report crate docs test test-page test-cluster test-environments test-clients test-faults test-benches bench bench-plan bench-gpu bench-scene bench-series bench-hirise bench-perito bench-melt-ponds bench-paper bench-transfer lint citation release base-model
SNAKEMAKE = .venv/bin/snakemake

setup:
	@envs/bootstrap.sh

CONFIG = config/presets/demo.yaml
FIRST_MAP = results/first_map/maps/variomlp/20190704.png

first-map: setup  ## the map of one simulated scene by the base model, without training, within two minutes
	$(SNAKEMAKE) $(FIRST_MAP) --configfile config/presets/demo.yaml config/presets/first_map.yaml
	@echo "The map is $(FIRST_MAP); the scene beside it: results/first_map/scenes/20190704.jpg"
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] && command -v xdg-open >/dev/null; then xdg-open $(FIRST_MAP); fi

demo: setup  ## from simulated scenes to maps and scores, in six minutes on two quiet cores
	$(SNAKEMAKE) --configfile $(CONFIG)

report: demo  ## everything that was made, in one HTML file that opens offline; make report CONFIG=my_glacier.yaml
	$(SNAKEMAKE) --configfile $(CONFIG) --report results/report.html

crate: setup  ## the results as an RO-Crate: results/ro-crate-metadata.json
	$(SNAKEMAKE) crate --configfile $(CONFIG)

docs: setup  ## the documentation as a site that opens offline: site/index.html
	NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs build --strict

scenes: setup  ## a table of scenes from a folder: make scenes FOLDER=/data/deliveries TABLE=config/my_scenes.tsv
	PYTHONPATH=workflow/scripts .venv/bin/python workflow/scripts/scenes/make_scene_table.py "$(FOLDER)" "$(TABLE)"

label: setup  ## split-images labelled in the browser, at an address that is printed; other runs may go on meanwhile
	$(SNAKEMAKE) label --nolock --configfile $(CONFIG)

test: setup  ## ten minutes on two quiet cores, shared by as many processes as there are cores, at most four; none waits for ever
	OMP_NUM_THREADS=1 .venv/bin/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder --timeout 1500

test-cluster: setup  ## the workflow on a real Slurm on this machine (root)
	.venv/bin/python -m pytest tests/cluster

test-environments: setup  ## every rule in its own conda environment
	.venv/bin/python -m pytest tests/environments

test-page: setup  ## the labelling page in a real Chromium, which is Debian's (root, where it is not installed)
	@command -v chromium >/dev/null || { apt-get update && apt-get install -y --no-install-recommends chromium; }
	.venv/bin/python -m pytest tests/page

test-clients: setup  ## the demo's products in QGIS, GDAL, rio-cogeo, geopandas, DuckDB, xarray and pystac (root, where one is missing)
	.venv/bin/python -m pytest tests/clients

test-faults: setup  ## kills, bad inputs, no network, second accounts: the figures go to docs/reliability.md (root; an hour on two cores)
	@command -v strace >/dev/null || { apt-get update && apt-get install -y --no-install-recommends strace; }
	.venv/bin/python -m pytest tests/faults && .venv/bin/python tests/faults/render.py

test-benches: setup  ## every bench of the code's speed, once and small
	.venv/bin/python -m pytest tests/bench

bench: setup  ## speeds, as ratios within one run, in results/bench/, docs/benchmarks.md, tests/bench/SPEED.md; AGAINST=commit: this build and that one
ifdef AGAINST
	.venv/bin/python tests/bench/against.py $(AGAINST)
else
	for script in vario_speed training inference page; do .venv/bin/python tests/bench/$$script.py || exit; done
endif

bench-plan: setup  ## what planning costs: processor time and memory of a dry run of 100, 400 and 2,000 scenes
	.venv/bin/python tests/bench/plan.py

bench-gpu: setup  ## inference on a GPU: tiles/s of the three models, and what the GPU waits for
	.venv/bin/python tests/bench/inference_gpu.py

bench-scene: setup  ## a simulated scene of 20,000 x 20,000 px: tiles/s and peak memory of every rule (20 minutes on two cores)
	.venv/bin/python tests/bench/scene.py

bench-series: setup  ## areas, intervals and surge front of the demo against the simulated truth
	$(SNAKEMAKE) series --configfile config/presets/demo.yaml
	.venv/bin/python tests/bench/series_truth.py

bench-hirise: setup  ## scores on labelled images of Mars (two hours on a core)
	.venv/bin/python tests/bench/hirise.py

bench-perito: setup  ## scores on Perito Moreno glacier, places left out
	$(SNAKEMAKE) scores --configfile tests/real/perito_moreno.yaml

bench-melt-ponds: setup  ## scores on thermal images of melt ponds, images left out and the authors' test images
	.venv/bin/python tests/bench/melt_ponds.py

bench-paper: setup  ## the paper's study on simulated tiles in its numbers: its settings, random split and places left out, and the defaults (hours)
	.venv/bin/python tests/bench/paper.py

bench-transfer: setup  ## simulated glaciers held out, and few labels of real ones from weights of simulated ones
	.venv/bin/python tests/bench/transfer.py

# Benches run seldom: what they call has to be there and to take their arguments; types of these are not looked at.
LOOSELY := $(addprefix --disable-error-code=,arg-type assignment call-overload dict-item index list-item misc operator return-value type-var union-attr)
lint: setup
	.venv/bin/ruff check workflow tests
	.venv/bin/ruff format --check workflow tests
	.venv/bin/mypy
	MYPYPATH=tests/support:tests/bench .venv/bin/mypy $(LOOSELY) tests/bench/*.py
	.venv/bin/snakefmt --check Snakefile workflow
	$(SNAKEMAKE) --lint

citation:  ## CITATION.cff against its schema
	@[ -x .cff/bin/cffconvert ] || { python3 -m venv .cff && .cff/bin/pip install --quiet cffconvert==2.0.0; }
	.cff/bin/cffconvert --validate -i CITATION.cff

release: citation  ## the version in CITATION.cff: dated changelog, commit, tag, archive and checksums in dist/; nothing is pushed
	python3 .ci/release.py

base-model: setup  ## config/base_model anew: VarioMLP on 12 simulated glaciers, with scores on glaciers held out (15 minutes on two cores)
	.venv/bin/python .ci/base_model.py
