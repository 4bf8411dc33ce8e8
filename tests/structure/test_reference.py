"""The reference of the settings in config/README.md is rendered from the schema: `REWRITE=1 pytest tests/structure` renews it."""

import os

import yaml
from laws import ROOT

BEGIN, END = "<!-- settings: rendered from the schema -->\n", "<!-- end of settings -->\n"


def allowed(rule):
    """Put the values that a key may take into words."""
    if "enum" in rule:
        return ", ".join(f"`{value}`" for value in rule["enum"])
    types = rule.get("type", "")
    text = " or ".join(types) if isinstance(types, list) else types
    if rule.get("items", {}).get("enum"):
        text = "list of " + ", ".join(f"`{value}`" for value in rule["items"]["enum"])
    bounds = [
        f"{sign} {rule[key]}"
        for key, sign in (("minimum", "≥"), ("exclusiveMinimum", ">"), ("maximum", "≤"), ("exclusiveMaximum", "<"))
        if key in rule
    ]
    return " ".join([text, *bounds])


def default(rule):
    """Write a default as YAML would."""
    if "default" not in rule:
        return ""
    value = yaml.safe_dump(rule["default"], default_flow_style=True, width=1000).strip().removesuffix("...").strip()
    return f"`{value}`"


def differing(rule):
    """Write which keys of section training have another default in a section that takes them too."""
    pairs = [f"{key} {default({'default': value})}" for key, value in rule.get("overrides", {}).items()]
    return f" Of section training it has other defaults: {', '.join(pairs)}." if pairs else ""


def rendered():
    schema = yaml.safe_load((ROOT / "workflow" / "schemas" / "config.schema.yaml").read_text())
    lines, top = [], []
    for name, rule in schema["properties"].items():
        if rule.get("type") != "object":
            top.append((name, rule))
            continue
        lines += [
            f"\n### `{name}`\n",
            f"{rule['description']}." + differing(rule) + "\n",
            "| key | what it sets | values | default |",
            "|---|---|---|---|",
        ]
        for key, setting in rule["properties"].items():
            lines.append(f"| `{key}` | {setting['description']} | {allowed(setting)} | {default(setting)} |")
    head = ["| key | what it sets | values | default |", "|---|---|---|---|"]
    head += [f"| `{name}` | {rule['description']} | {allowed(rule)} | {default(rule)} |" for name, rule in top]
    return "\n".join([*head, *lines]) + "\n"


def test_the_reference_is_that_of_the_schema():
    path = ROOT / "config" / "README.md"
    text = path.read_text()
    before, rest = text.split(BEGIN)
    found, after = rest.split(END)
    if os.environ.get("REWRITE"):
        path.write_text(before + BEGIN + rendered() + END + after)
    else:
        assert found == rendered(), "config/README.md is not up to date; run REWRITE=1 python -m pytest tests/structure"
