"""Every rule is written like the others: one script, one environment, a log, a benchmark, threads, resources, a message."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from laws import ALL_SCRIPTS, LIBRARY, ROOT, RULE_FILES, SCRIPTS, rules, script

RULES = rules()
WITHOUT_RULES = {"common", "parameters", "models"}


def test_rules_are_found():
    assert len(RULES) >= 12


@pytest.mark.parametrize("name", RULES)
def test_a_rule_has_all_its_parts_in_order(name):
    parts = re.findall(r"^    (\w+):", RULES[name], re.MULTILINE)
    for part in ("input", "output", "log", "benchmark", "conda", "threads", "resources", "message", "script"):
        if (name, part) in (
            ("simulate_series", "input"),
            ("fetch_weights", "input"),
            ("label", "output"),
            ("label", "benchmark"),
        ):
            continue  # what is made from nothing or fetched, and what is served until it is stopped
        assert part in parts, f"rule {name} has no {part}"


@pytest.mark.parametrize("name", RULES)
def test_script_environment_and_log_bear_the_rules_name(name):
    body = RULES[name]
    assert f'"../scripts/{script(name).parent.name}/{name}.py"' in body
    assert f'"../../envs/{name}.yaml"' in body
    assert f"/logs/{name}" in body
    assert f"/benchmarks/{name}" in body or name == "label"


@pytest.mark.parametrize("name", sorted(set(RULES) - {"label"}))
def test_a_rule_has_its_settings_in_one_dict(name):
    """Snakemake compares the parameters of a rule as a set without their names; only in one dict is a swapped value seen."""
    params = re.search(r"^    params:\n((?:        .*\n)+)", RULES[name], re.MULTILINE)[1]
    first, *others = re.findall(r"^        (\w+=.*)$", params, re.MULTILINE)
    assert first.startswith("settings=settings_of(")
    assert f'settings_of("{name}"' in re.sub(r"\(\n\s+", "(", params)
    assert all("=uncompared(" in other for other in others)


@pytest.mark.parametrize("name", RULES)
def test_a_rule_asks_for_memory_and_time_that_grow(name):
    assert "mem_mb=growing(" in RULES[name]
    assert "runtime=growing(" in RULES[name] or name == "label"


@pytest.mark.parametrize("name", RULES)
def test_gpu_is_asked_for_where_networks_run_and_nowhere_else(name):
    torch = "torch" in (ROOT / "envs" / f"{name}.yaml").read_text()
    works = name.startswith(("train_", "cross_fit_")) or name in ("classify_scene", "weight_sweep", "learning_rate_sweep")
    assert ("gpu=" in RULES[name]) == (torch and works)


def test_rule_files_scripts_and_packages_bear_one_name():
    folders = {path.name for path in SCRIPTS.iterdir() if path.is_dir() and path.name not in ("geoclass", "__pycache__")}
    assert folders == {file.stem for file in RULE_FILES} - WITHOUT_RULES
    assert folders <= {path.name for path in LIBRARY.iterdir()}
    for file in RULE_FILES:
        for name in re.findall(r'"../scripts/(\w+)/\w+\.py"', file.read_text()):
            assert name == file.stem


def test_every_script_belongs_to_a_rule_or_a_command():
    """The table of scenes is what a workflow begins with: it is made by a command of the Makefile."""
    assert {path.stem for path in ALL_SCRIPTS} == {*RULES, "make_scene_table"}
    assert "workflow/scripts/scenes/make_scene_table.py" in (ROOT / "Makefile").read_text()


def test_every_environment_belongs_to_a_rule():
    assert {path.stem for path in (ROOT / "envs").glob("*.yaml")} == set(RULES)


def test_rule_files_hold_no_partition_account_lambda_or_run():
    for file in RULE_FILES:
        text = file.read_text()
        assert not re.search(r"^    run:|slurm_partition|slurm_account", text, re.MULTILINE), file.name
        assert file.stem in WITHOUT_RULES or not re.search(r"\blambda\b", text), file.name


def test_small_scenes_have_one_thread_and_large_or_unknown_ones_two(tmp_path):
    text = (ROOT / "workflow" / "rules" / "parameters.smk").read_text()
    space = {"Path": Path, "SMALL_BYTES": 100}
    exec(re.search(r"^def threads_of_scene.*?(?=^def )", text, re.MULTILINE | re.DOTALL)[0], space)
    tiles = tmp_path / "tiles.parquet"
    found = [space["threads_of_scene"]({}, SimpleNamespace(tiles=tiles))]
    for n_bytes in (99, 100):
        tiles.write_bytes(bytes(n_bytes))
        found.append(space["threads_of_scene"]({}, SimpleNamespace(tiles=tiles)))
    assert found == [2, 1, 2]
