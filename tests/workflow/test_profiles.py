"""The profiles know every rule, and ask for a GPU where the rule does."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SLURM = yaml.safe_load((ROOT / "profiles" / "slurm" / "config.yaml").read_text())
TEXT = "".join(path.read_text() for path in sorted((ROOT / "workflow" / "rules").glob("*.smk")))
SWEEPS = {"weight_sweep", "learning_rate_sweep"}
TRAINING = {"cross_fit_variomlp", "cross_fit_resnet18", "train_variomlp", "train_resnet18", "train_varionet"}
RULES = dict(re.findall(r"^rule (\w+):\n((?:    .*\n|\n)+)", TEXT, re.MULTILINE))
RULES |= {name: RULES[model] for model, name in re.findall(r"use rule (\w+) as (\w+) with:", TEXT)}
LOCAL = {name for name, body in RULES.items() if "    localrule: True\n" in body}
SENT = sorted(set(RULES) - LOCAL)


def asked(rule, name):
    """Return the number that a rule asks for at the first attempt, 0 where it names none."""
    found = re.search(rf"^        {name}=(?:growing\()?(\d+)\)?,$", RULES[rule], re.MULTILINE)
    return int(found[1]) if found else 0


def test_the_link_in_the_top_folder_is_the_profile():
    assert (ROOT / "slurm" / "config.yaml").samefile(ROOT / "profiles" / "slurm" / "config.yaml")


def test_the_profile_asks_for_a_gpu_where_a_rule_does_and_leaves_memory_and_time_to_the_rule():
    assert set(SLURM["set-resources"]) == {rule for rule in SENT if asked(rule, "gpu")}
    assert all(set(resources) == {"gpu"} for resources in SLURM["set-resources"].values())
    assert not {"mem_mb", "runtime"} & set(SLURM["default-resources"])


@pytest.mark.parametrize("rule", SENT)
def test_a_job_asks_for_memory_and_time(rule):
    assert asked(rule, "mem_mb") >= 500 and asked(rule, "runtime") >= 10


def test_another_place_of_the_environments_repeats_nothing():
    for name in ("default", "slurm"):
        triggers = yaml.safe_load((ROOT / "profiles" / name / "config.yaml").read_text())["rerun-triggers"]
        assert set(triggers) == {"mtime", "params", "input", "code"}


def test_only_training_and_inference_ask_for_a_gpu():
    assert {rule for rule in RULES if asked(rule, "gpu")} == {*TRAINING, *SWEEPS, "classify_scene", "classify_round"}


def test_jobs_that_are_sent_together_are_of_rules_that_exist():
    grouped = dict(entry.split("=") for entry in SLURM["groups"])
    assert set(grouped) <= set(RULES) and not any(asked(rule, "gpu") for rule in grouped)
    assert set(grouped.values()) == {entry.split("=")[0] for entry in SLURM["group-components"]}


def test_the_container_takes_files_that_exist():
    recipe = (ROOT / "envs" / "container.def").read_text()
    taken = dict(re.findall(r"^    (\S+) (/opt/\S+)$", recipe, re.MULTILINE))
    assert {"Snakefile", "config", "envs", "workflow", "requirements.txt", "requirements-dev.txt"} <= set(taken)
    assert all((ROOT / source).exists() and target.endswith(f"/{source}") for source, target in taken.items())


@pytest.mark.parametrize("site", sorted(path.parent.name for path in (ROOT / "profiles" / "sites").glob("*/config.yaml")))
def test_a_site_s_profile_replaces_what_belongs_to_the_site_and_knows_every_rule_on_a_gpu(site):
    profile = yaml.safe_load((ROOT / "profiles" / "sites" / site / "config.yaml").read_text())
    assert set(profile) == {"default-resources", "set-resources"} <= set(SLURM)
    assert set(profile["set-resources"]) == set(SLURM["set-resources"])
    assert profile["default-resources"]["attempt"] == SLURM["default-resources"]["attempt"]
    assert all(bool(asked["gpu"]) + ("gres" in asked) <= 1 for asked in profile["set-resources"].values())


def test_the_head_job_goes_on_in_a_next_one(tmp_path):
    """Snakemake and sbatch by stand-ins: the first waits to be interrupted, the second notes what it is asked for."""
    (tmp_path / "bin").mkdir()
    for name, text in {
        "snakemake": "trap 'echo interrupted > ended; exit 1' INT; echo \"$@\" > asked; while :; do sleep 0.05; done",
        "sbatch": 'echo "$@" > next',
    }.items():
        (tmp_path / "bin" / name).write_text(f"#!/usr/bin/env bash\n{text}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    environment = {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin", "SLURM_JOB_ID": "42"}
    command = ["bash", ROOT / "profiles" / "slurm" / "head.sh", "--configfile", "my glacier.yaml"]
    heard = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}  # tests in the background of a shell ignore it
    with subprocess.Popen(command, cwd=tmp_path, env=environment, **heard) as head:
        end = time.monotonic() + 60
        while not (tmp_path / "asked").exists() and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(0.2)
        head.send_signal(signal.SIGUSR1)
        assert head.wait(60) != 0
    assert (tmp_path / "asked").read_text() == "--profile slurm --configfile my glacier.yaml\n"
    assert (tmp_path / "ended").exists()
    assert (tmp_path / "next").read_text() == "--dependency=afterany:42 profiles/slurm/head.sh --configfile my glacier.yaml\n"


def test_a_site_without_the_plugin_is_told_what_the_page_says():
    """The plugin is hidden from Snakemake as it looks for those that are installed."""
    script = (
        "import pkgutil, sys; found = pkgutil.iter_modules; "
        "pkgutil.iter_modules = lambda *a, **k: (m for m in found(*a, **k) if not m.name.startswith('snakemake_executor_plugin_slurm')); "
        "from snakemake.cli import main; main()"
    )
    command = [sys.executable, "-c", script, "--profile", ROOT / "profiles" / "slurm", "--dry-run"]
    run = subprocess.run(command, cwd=ROOT, text=True, capture_output=True)
    assert run.returncode != 0 and "Traceback" not in run.stderr
    told = re.search(r"^- `(.*'slurm')`:", (ROOT / "docs" / "cluster.md").read_text(), re.MULTILINE)[1]
    assert told in run.stderr


@pytest.mark.parametrize(
    "says, code, status",
    [
        ("    job_state = R", 0, "running"),
        ("    job_state = F\n    Exit_status = 0", 0, "success"),
        ("    job_state = F\n    Exit_status = 271", 0, "failed"),
        ("qstat: Unknown Job Id 7.server", 153, "failed"),
        ("qstat: cannot connect to server server (errno=111)", 111, "running"),
    ],
)
def test_a_job_that_pbs_does_not_know_has_failed_and_a_silent_server_is_asked_again(tmp_path, says, code, status):
    stream = 2 if code else 1
    (tmp_path / "qstat").write_text(f"#!/bin/sh\ncat >&{stream} <<'END'\n{says}\nEND\nexit {code}\n")
    (tmp_path / "qstat").chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    command = ROOT / "profiles" / "generic" / "status.sh"
    run = subprocess.run([command, "7.server"], env=environment, capture_output=True, text=True)
    assert run.returncode == 0 and run.stdout == f"{status}\n"
