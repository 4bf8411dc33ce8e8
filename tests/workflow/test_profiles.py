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
    """Return the number that a rule itself asks for, 0 where it names none."""
    found = re.search(rf"^        {name}=(\d+),$", RULES[rule], re.MULTILINE)
    return int(found[1]) if found else 0


def test_the_link_in_the_top_folder_is_the_profile():
    assert (ROOT / "slurm" / "config.yaml").samefile(ROOT / "profiles" / "slurm" / "config.yaml")


def test_the_profile_knows_every_rule_that_is_sent_and_no_other():
    assert sorted(SLURM["set-resources"]) == SENT


@pytest.mark.parametrize("rule", SENT)
def test_a_job_is_given_enough_and_more_with_every_attempt(rule):
    resources = SLURM["set-resources"][rule]
    for name in ("mem_mb", "runtime"):
        first, factor = resources[name].split(" * ")
        assert int(first) >= asked(rule, name) > 0 and factor == "attempt"
    assert resources.get("gpu", 0) == asked(rule, "gpu")


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
