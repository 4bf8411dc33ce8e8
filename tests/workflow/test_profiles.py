"""The profiles know every rule, and ask for a GPU where the rule does."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SLURM = yaml.safe_load((ROOT / "profiles" / "slurm" / "config.yaml").read_text())
TEXT = "".join(path.read_text() for path in sorted((ROOT / "workflow" / "rules").glob("*.smk")))
SWEEPS = {"weight_sweep", "learning_rate_sweep"}
TRAINING = {"train_variomlp", "train_resnet18", "train_varionet"}
RULES = dict(re.findall(r"^rule (\w+):\n((?:    .*\n|\n)+)", TEXT, re.MULTILINE))
RULES |= {name: RULES[model] for model, name in re.findall(r"use rule (\w+) as (\w+) with:", TEXT)}
LOCAL = set(
    re.findall(r"^    (\w+),$", "".join(re.findall(r"^localrules:\n((?:    \w+,\n)+)", TEXT, re.MULTILINE)), re.MULTILINE)
)
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
