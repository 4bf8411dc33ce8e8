"""The commands of the pages do what they say: quick ones are run, runs of the workflow are planned with the settings that the page shows.

What cannot be run here is listed with the reason; a command of any other program fails, until somebody says how it is tried.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import page_commands
import planning
import pytest
import rasters
import yaml

ROOT = Path(__file__).parents[2]
PAGES = {page.relative_to(ROOT).as_posix(): page for page in page_commands.PAGES}
# Programs whose commands are not run, and why.
NOT_RUN = {
    "apptainer": "no Apptainer; how jobs call it is tried in test_container.py",
    "conda": "no conda; the environments are made by make test-environments",
    "gdalwarp": "docs/clients.md is rendered by make test-clients, which runs what it shows",
    "nano": "an editor",
    "sbatch": "no Slurm; the head job is tried in test_profiles.py and by make test-cluster",
    "sinfo": "no Slurm",
    "squeue": "no Slurm",
    "sacctmgr": "no Slurm",
    "ssh": "no login node",
}
# Options of snakemake that do something else than a run, and where they are tried.
ELSEWHERE = {
    "lint": "make lint",
    "unlock": "tests/faults",
    "list_conda_envs": "no conda",
    "report": "tests/workflow/test_report.py",
}
RUN = {"cp", "export", "gdal_translate", "gdalbuildvrt", "gdalinfo", "printf", "source"}


def runs():
    """Return what the pages run the workflow with: page and settings files, and of all commands with these targets, profiles, settings."""
    found = {}
    for name, page in PAGES.items():
        for words in page_commands.commands(page):
            if words[0] != "snakemake":
                continue
            asked = page_commands.parsed(words)
            if any(vars(asked)[option] for option in ELSEWHERE):
                continue
            configs = tuple(map(str, asked.configfile or ["my_glacier.yaml"]))
            shown = name if {*page_commands.settings_files(page)} & {*configs} else "config/README.md"
            run = found.setdefault((shown, configs), {"targets": set(), "profiles": [], "settings": []})
            run["targets"] |= set(asked.targets or ["default"])
            run["profiles"] = max(run["profiles"], asked.profile or [], key=len)
            run["settings"] += words[words.index("--config") + 1 :] if asked.config else []
    alone = {configs[0] for _, configs in found if len(configs) > 1}
    return [(*key, run) for key, run in found.items() if key[1] != ("config/presets/demo.yaml",) or key[1][0] not in alone]


def prepare(workspace, settings):
    """Make what settings name: tables with one scene, other files empty, folders of images and of models."""
    folder = workspace.folder
    for number in ("one", "two"):
        (folder / f"{number}.tif").touch()
    scenes = folder / settings.get("scenes", "config/scenes.tsv")
    if settings.get("scenes") not in (None, "none.tsv"):  # the page on images makes its table with a command
        scenes.write_text("scene\tpath\tdate\tlabelled\none\tone.tif\t2020-01-01\tyes\ntwo\ttwo.tif\t2020-01-18\tyes\n")
    if "classes" in settings and not (folder / settings["classes"]).exists():
        shutil.copy(folder / "config" / "classes.tsv", folder / settings["classes"])
    files = [settings.get("ingest_scene", {}).get("roi"), settings.get("summarize_series", {}).get("centre_line")]
    for path in filter(None, [*files, *settings.get("collect_labels", {}).get("sources", [])]):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        if Path(path).suffix:
            (folder / path).touch()
        else:
            for label in "01":
                (folder / path / label).mkdir(parents=True)
                (folder / path / label / "0a1.png").touch()
    for model, path in settings.get("classify_scene", {}).get("finished", {}).items():
        (folder / path).mkdir(parents=True)
        (folder / path / "model.json").write_text(json.dumps({"model": model, "classes": []}))
        (folder / path / "weights.safetensors").touch()
    if path := settings.get("classify_images", {}).get("folder"):
        (folder / path).mkdir()


@pytest.mark.parametrize("page, configs, run", runs(), ids=lambda part: part[-1] if isinstance(part, tuple) else "")
def test_runs_are_planned_with_the_settings_of_the_page(workspace, page, configs, run):
    files = page_commands.settings_files(PAGES[page])
    for name in configs:
        if name in files:
            (workspace.folder / name).write_text(yaml.safe_dump(files[name]))
            prepare(workspace, files[name])
        if files.get(name, {}).get("scenes") == "none.tsv":
            table = next(words for words in page_commands.commands(PAGES[page]) if words[0] == "printf")
            subprocess.run(["bash", "-c", f"printf '{table[1]}' > {table[3]}"], cwd=workspace.folder, check=True)
    for path in re.findall(r"results/\w+", " ".join(run["settings"])):
        (workspace.folder / path).mkdir(parents=True)
    targets = sorted(target for target in run["targets"] if "/" not in target)
    options = [option for profile in run["profiles"] for option in ("--profile", str(ROOT / profile))]
    options += ["--config", *run["settings"]] if run["settings"] else []
    result = workspace.snakemake("--dry-run", *options, "--", *targets, config=configs[0], more=configs[1:])
    assert result.returncode == 0, result.stdout[-4000:]
    assert set(targets) - {"label"} <= set(planning.jobs(result.stdout)), result.stdout[-4000:]


def other_commands():
    """Return page, words and line of all commands but those of snakemake."""
    found = [(name, line) for name, page in PAGES.items() for line in page_commands.lines(page)]
    return [(name, shlex.split(line), line) for name, line in found if not line.startswith("snakemake ")]


def test_every_program_of_the_pages_is_run_or_listed_with_the_reason():
    programs = {words[0] for _, words, _ in other_commands()}
    assert programs <= {"make", *RUN, *NOT_RUN}
    assert set(NOT_RUN) <= programs, "a reason that no command needs any more"


def test_make_knows_what_to_do():
    targets = {word for _, words, _ in other_commands() if words[0] == "make" for word in words[1:] if "=" not in word}
    run = subprocess.run(["make", "--dry-run", *sorted(targets)], cwd=ROOT, text=True, capture_output=True)
    assert run.returncode == 0 and "envs/bootstrap.sh" in run.stdout, run.stderr


def test_commands_of_gdal_and_of_the_shell_run(tmp_path):
    """On small rasters and empty files in the place of what they name."""
    for path in ("results/maps/varionet", "results/models/block", "results/models/round02", "results/my_glacier", "config"):
        (tmp_path / path).mkdir(parents=True)
    for path in ("scenes", ".venv/bin"):
        (tmp_path / path).mkdir(parents=True)
    (tmp_path / "results" / "models" / "block" / "applicability.safetensors").touch()
    (tmp_path / ".venv" / "bin" / "activate").touch()
    tried = 0
    for name, words, line in other_commands():
        if words[0] not in RUN:
            continue
        output = {"gdal_translate": words[-1], "gdalbuildvrt": words[1]}.get(words[0])
        for word in words[1:]:
            if re.fullmatch(r"[\w/]+\.(jp2|tif)", word) and not (tmp_path / word).exists() and word != output:
                rasters.written(tmp_path / word, np.ones((64, 64), np.uint16), driver="GTiff")
        run = subprocess.run(["bash", "-c", line], cwd=tmp_path, text=True, capture_output=True)
        assert run.returncode == 0, f"{name}: {line}: {run.stderr}"
        tried += 1
    assert tried >= 5
    assert (tmp_path / "scenes" / "20200101.tif").exists()


def test_five_scenes_and_labels_in_an_empty_folder_become_maps_by_two_commands_and_five_settings(tmp_path):
    """With the settings and the commands of the page, planned to the last map."""
    page = PAGES["config/README.md"]
    (settings,) = page_commands.settings_files(page).values()
    text = next(block for _, block in page_commands.FENCE.findall(page.read_text()) if block.startswith("# my_glacier.yaml"))
    assert len(text.splitlines()) <= 1 + 6
    (tmp_path / "my_glacier.yaml").write_text(text)
    for path in ("scenes", "config"):
        (tmp_path / path).mkdir()
    for day in range(10, 15):
        rasters.written(tmp_path / "scenes" / f"202001{day}.tif", np.ones((64, 64), np.uint16), driver="GTiff")
    for path in (settings["ingest_scene"]["roi"], *settings["collect_labels"]["sources"]):
        (tmp_path / path).touch()
    shutil.copy(ROOT / "config" / "classes.tsv", tmp_path / settings["classes"])
    table, run = next(
        block.splitlines() for _, block in page_commands.FENCE.findall(page.read_text()) if block.startswith("make scenes")
    )
    folder, written = (word.split("=")[1] for word in shlex.split(table)[2:])
    listing = [sys.executable, ROOT / "workflow" / "scripts" / "scenes" / "make_scene_table.py", folder, written]
    subprocess.run(listing, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT / "workflow" / "scripts")}, check=True)
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--dry-run", "--cores", "2"]
    planned = subprocess.run([*command, *shlex.split(run)[1:]], cwd=tmp_path, text=True, capture_output=True)
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert planning.jobs(planned.stdout + planned.stderr)["render_maps"] == 5
