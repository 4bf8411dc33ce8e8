"""What a script stands on: the library modules that it imports, and a fingerprint of their code."""

import ast
import functools
import hashlib
import re
from pathlib import Path

LEVELS = {"debug", "info", "warning", "error", "exception"}  # of a log
KNOWN: dict[str, tuple[frozenset[str], str]] = {}  # what `read` has found, by the SHA-256 of what a file holds; see `code_memory`
PACKAGES = {"gdal", "numba", "numpy", "pytorch", "rasterio", "scikit-learn", "scipy", "torchvision"}  # that compute


def fingerprint(script: str | Path, environment: str | Path | None = None) -> str:
    """Return a fingerprint of what a script computes: 16 hexadecimal digits over its code and that of its library modules.

    Words do not count: docstrings, comments, layout and messages may change, and the clone may lie anywhere. A changed number,
    operator or name changes it, and so does a module that is moved.

    Parameters
    ----------
    script
        A script of the workflow.
    environment
        Its conda environment. The versions of the packages that compute count too, without the last number of each.
    """
    script = Path(script).resolve()
    root = _root(script)
    code = "".join(f"{path.relative_to(root).as_posix()}\n{read(path)[1]}\n" for path in (script, *modules_of(script)))
    pins = "" if environment is None else Path(environment).read_text(encoding="utf-8")
    versions = [match[0] for match in re.finditer(r"[\w-]+=\d+\.\d+", pins) if match[0].split("=")[0] in PACKAGES]
    return hashlib.sha256("\n".join([code, *versions]).encode()).hexdigest()[:16]


def modules_of(script: str | Path) -> list[Path]:
    """Return the library modules that a file of the workflow imports, directly or through others, sorted.

    An import that a function makes is counted too.
    """
    script = Path(script).resolve()
    root = _root(script)
    found: set[Path] = set()
    pending = [script]
    while pending:
        for name in imports(pending.pop()):
            module = root.joinpath(*name.split(".")).with_suffix(".py")
            if name.startswith("geoclass.") and module not in found and module.is_file():
                found.add(module)
                pending.append(module)
    return sorted(found)


def imports(path: str | Path) -> frozenset[str]:
    """Return what a Python file imports, anywhere in it, as dotted names; `from a import b` counts as a and as a.b."""
    return read(Path(path))[0]


@functools.cache
def read(path: Path) -> tuple[frozenset[str], str]:
    """Return what a file imports, and the SHA-256 of its code without its words: docstrings, comments, layout, errors, log."""
    code = path.read_bytes()
    key = hashlib.sha256(code).hexdigest()
    if key not in KNOWN:
        KNOWN[key] = _parsed(code)
    return KNOWN[key]


def _parsed(code: bytes) -> tuple[frozenset[str], str]:
    """Return what `read` says of a file, from what it holds."""
    tree = ast.parse(code)
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if ast.get_docstring(node, clean=False) is not None:
                node.body = node.body[1:] or [ast.Pass()]
        elif isinstance(node, ast.Raise) or _logs(node):
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    part.value = ""
    return frozenset(names), hashlib.sha256(_text(tree).encode()).hexdigest()


def _text(part: object) -> str:
    """Return a syntax tree as a text that is the same in all versions of Python: `ast.dump` names fields that later ones added."""
    if isinstance(part, ast.AST):
        fields = [f"{name}={_text(value)}" for name, value in ast.iter_fields(part) if value is not None and value != []]
        return f"{type(part).__name__}({','.join(fields)})"
    return f"[{','.join(map(_text, part))}]" if isinstance(part, list) else repr(part)


def _logs(node: ast.AST) -> bool:
    """Return whether a statement writes to the log."""
    call = node.value if isinstance(node, ast.Expr) else None
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in LEVELS


def _root(file: Path) -> Path:
    """Return the folder of the scripts, in which the library lies, of a script or library module."""
    return file.parents[2] if file.parents[1].name == "geoclass" else file.parents[1]
