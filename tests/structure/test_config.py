"""The configuration says what it means: every key described, defaults in one place, tables with described columns."""

import copy
import re

import pandas as pd
import pytest
import yaml
from laws import ROOT

from geoclass.active_learning import queue_tables
from geoclass.classification import class_table
from geoclass.core import settings, surface_classes
from geoclass.labels import label_tables
from geoclass.scenes import tile_table
from geoclass.vario import vario_table

SCHEMA_PATH = ROOT / "workflow" / "schemas" / "config.schema.yaml"
SCHEMA = yaml.safe_load(SCHEMA_PATH.read_text())
CLASSES = surface_classes.read(ROOT / "config" / "classes.tsv")
CONFIG = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
SETTINGS = [ROOT / "config" / "config.yaml", *(ROOT / "config" / "presets").glob("*.yaml"), *(ROOT / "tests").glob("*/*.yaml")]


def keys(schema, where=""):
    for name, rule in schema["properties"].items():
        yield f"{where}{name}", rule
        if "properties" in rule:
            yield from keys(rule, f"{where}{name}/")


@pytest.mark.parametrize("name, rule", keys(SCHEMA), ids=lambda value: value if isinstance(value, str) else "")
def test_every_key_is_described_and_has_a_default_or_keys_of_its_own(name, rule):
    assert len(rule["description"]) > 5
    if rule.get("type") == "object":
        assert rule["additionalProperties"] is False
    elif not name.startswith(("pathvars", "classify_scene/finished")):
        assert "default" in rule, name


def test_the_config_file_holds_defaults():
    filled, shown = {}, copy.deepcopy(CONFIG)
    settings.complete(filled, SCHEMA_PATH)
    settings.complete(shown, SCHEMA_PATH)
    assert shown == filled


def test_there_are_few_settings():
    assert sum(len(rule.get("properties", [1])) for rule in SCHEMA["properties"].values()) <= 85


@pytest.mark.parametrize("path", SETTINGS, ids=lambda p: p.stem)
def test_all_settings_files_are_valid(path):
    content = yaml.safe_load(path.read_text())
    if set(content) <= set(SCHEMA["properties"]):
        settings.complete(copy.deepcopy(content), SCHEMA_PATH)


def examples():
    for page in (ROOT / "README.md", ROOT / "config" / "README.md", *(ROOT / "docs").glob("*.md")):
        for number, text in enumerate(re.findall(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL), 1):
            yield pytest.param(yaml.safe_load(text), id=f"{page.relative_to(ROOT)} {number}")


@pytest.mark.parametrize("content", examples())
def test_what_the_pages_show_as_settings_is_accepted(content, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in re.findall(r"[\w./-]+/[\w./-]+", yaml.safe_dump(content)):
        (tmp_path / path.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path.lstrip("/")).touch()
    for model, folder in content.get("classify_scene", {}).get("finished", {}).items():
        (tmp_path / folder).unlink()
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "model.json").write_text(f'{{"model": "{model}"}}')
    own_scenes = "scenes" in content
    settings.complete(content, SCHEMA_PATH)
    if own_scenes:
        settings.check_inputs(content, pd.DataFrame({"path": ["a.tif"]}, index=["a"]), "results/simulated/", CLASSES)


def test_every_section_is_a_rule():
    from laws import rules

    sections = {name for name, rule in SCHEMA["properties"].items() if rule.get("type") == "object"} - {"pathvars", "training"}
    assert sections <= set(rules())


def test_every_column_has_a_meaning_and_its_own_name():
    for table in (
        tile_table.TILES,
        vario_table.VARIO,
        label_tables.LABELS,
        label_tables.SPLITS,
        class_table.CLASSES,
        queue_tables.QUEUE,
        queue_tables.LABEL_ERRORS,
    ):
        assert all(len(column.meaning) > 10 for column in table)
        assert len({column.name for column in table}) == len(table)
