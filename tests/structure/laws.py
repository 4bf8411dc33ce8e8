"""What the structure tests know about the tree: chapters, rules, scripts, modules and what they import."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "workflow" / "scripts"
LIBRARY = SCRIPTS / "geoclass"
RULE_FILES = sorted((ROOT / "workflow" / "rules").glob("*.smk"))
MODULES = sorted(LIBRARY.glob("*/*.py"))
ALL_SCRIPTS = sorted(path for path in SCRIPTS.glob("*/*.py") if path.parent != LIBRARY)

sys.path.append(str(SCRIPTS))
from geoclass.core import library  # noqa: E402


def rules() -> dict[str, str]:
    """Return the text of every rule that has a script, by name."""
    found = {}
    for file in RULE_FILES:
        for name, body in re.findall(r"^rule (\w+):\n((?:    .*\n|\n)+)", file.read_text(), re.MULTILINE):
            if "    script:" in body:
                found[name] = body
    return found


def script(rule: str) -> Path:
    """Return the script of a rule."""
    return next(path for path in ALL_SCRIPTS if path.stem == rule)


def name_of(path: Path) -> str:
    """Return the dotted name of a library module."""
    return ".".join(path.relative_to(SCRIPTS).with_suffix("").parts)


def closure(path: Path) -> set[Path]:
    """Return a Python file and all library modules that it stands on."""
    return {path, *library.modules_of(path)}


def packages(path: Path) -> set[str]:
    """Return the top-level packages outside the standard library that a file needs, its library modules included."""
    names = {name.split(".")[0] for module in closure(path) for name in library.imports(module)}
    return names - set(sys.stdlib_module_names) - {"geoclass", "__future__"}
