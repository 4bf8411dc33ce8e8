"""What the structure tests know about the tree: rules, scripts, modules and what they import."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "workflow" / "scripts"
LIBRARY = SCRIPTS / "geoclass"
RULE_FILES = sorted((ROOT / "workflow" / "rules").glob("*.smk"))


def rules() -> dict[str, str]:
    """Return the text of every rule that has a script, by name."""
    found = {}
    for file in RULE_FILES:
        for name, body in re.findall(r"^rule (\w+):\n((?:    .*\n|\n)+)", file.read_text(), re.MULTILINE):
            if "    script:" in body:
                found[name] = body
    return found


def imports(path: Path) -> set[str]:
    """Return the modules that a Python file imports, anywhere in it; `from geoclass import x` counts as `geoclass.x`."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "geoclass":
            names |= {f"geoclass.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module)
    return names


def closure(path: Path) -> set[Path]:
    """Return a Python file and all library modules that it stands on."""
    found, pending = {path}, [path]
    while pending:
        for name in imports(pending.pop()):
            module = LIBRARY / f"{name.removeprefix('geoclass.')}.py"
            if name.startswith("geoclass.") and module not in found:
                found.add(module)
                pending.append(module)
    return found


def packages(path: Path) -> set[str]:
    """Return the top-level packages outside the standard library that a file needs, its library modules included."""
    import sys

    names = {name.split(".")[0] for module in closure(path) for name in imports(module)}
    return names - set(sys.stdlib_module_names) - {"geoclass", "__future__"}
