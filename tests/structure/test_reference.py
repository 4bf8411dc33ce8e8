"""The reference of the settings in config/README.md is rendered from the schema: `REWRITE=1 pytest tests/structure` renews it."""

import os
import re

import pytest
import yaml
from laws import ROOT

BEGIN, END = "<!-- settings: rendered from the schema -->\n", "<!-- end of settings -->\n"


def allowed(rule):
    """Put the values that a key may take into words, where its description names not all of them; a default tells the type."""
    if "enum" in rule:
        unnamed = [value for value in rule["enum"] if not re.search(rf"(?<!\S){re.escape(str(value))}\b", rule["description"])]
        return ", ".join(f"`{value}`" for value in rule["enum"]) if unnamed else ""
    if rule.get("items", {}).get("enum"):
        return "list of " + ", ".join(f"`{value}`" for value in rule["items"]["enum"])
    sign, first = (">", rule["exclusiveMinimum"]) if "exclusiveMinimum" in rule else ("≥", rule.get("minimum"))
    last = f"<{rule['exclusiveMaximum']}" if "exclusiveMaximum" in rule else rule.get("maximum")
    bounds = f"{sign.strip('≥')}{first}–{last}" if last is not None else f"{sign} {first}" if first is not None else ""
    return f"{'integer ' if 'integer' in rule.get('type', '') else ''}{bounds}".strip()


def default(rule):
    """Write a default as YAML would."""
    return yaml.safe_dump(rule["default"], default_flow_style=True, width=1000).strip().removesuffix("...").strip()


def differing(rule):
    """Write which keys of section training have another default in a section that takes them too."""
    pairs = [f"`{key}: {default({'default': value})}`" for key, value in rule.get("overrides", {}).items()]
    return f" Defaults that differ from `training`: {', '.join(pairs)}." if pairs else ""


def entry(key, rule):
    """Write a key with its default as in a file of settings, what it sets and the values that it takes."""
    shown = f"{key}: {default(rule)}" if "default" in rule else key
    return f"- `{shown}`: {'; '.join(filter(None, [rule['description'], allowed(rule)]))}"


def rendered():
    schema = yaml.safe_load((ROOT / "workflow" / "schemas" / "config.schema.yaml").read_text())
    lines, top = [], []
    for name, rule in schema["properties"].items():
        if rule.get("type") != "object":
            top.append(entry(name, rule))
            continue
        lines += [f"\n### `{name}`\n", f"{rule['description']}.{differing(rule)}\n"]
        lines += [entry(key, setting) for key, setting in rule["properties"].items()]
    return "\n".join([*top, *lines]) + "\n"


@pytest.mark.parametrize(
    "rule, expected",
    [
        ({"minimum": 0, "maximum": 1}, "0–1"),
        ({"exclusiveMinimum": 0, "maximum": 1}, ">0–1"),
        ({"minimum": 0, "exclusiveMaximum": 1}, "0–<1"),
        ({"exclusiveMinimum": 0}, "> 0"),
        ({"minimum": 2, "type": "integer"}, "integer ≥ 2"),
        ({}, ""),
    ],
)
def test_an_end_of_a_range_that_is_refused_is_told(rule, expected):
    assert allowed(rule) == expected


def test_the_reference_is_that_of_the_schema():
    path = ROOT / "config" / "README.md"
    text = path.read_text()
    before, rest = text.split(BEGIN)
    found, after = rest.split(END)
    if os.environ.get("REWRITE"):
        path.write_text(before + BEGIN + rendered() + END + after)
    else:
        assert found == rendered(), "config/README.md is not up to date; run REWRITE=1 python -m pytest tests/structure"
