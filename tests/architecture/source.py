"""The source of the product, parsed once."""

import ast
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("chatserver", "frontend", "moderation", "rooms", "consent", "accounts", "realtime")
MADE_HERE = {".git", ".venv", ".hypothesis", "__pycache__", "node_modules", "var"}


@cache
def modules() -> dict[str, ast.Module]:
    """Path from the root → syntax tree, of every module of the seven packages."""
    paths = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text()) for path in paths}


@cache
def texts() -> dict[str, str]:
    """Path from the root → text, of every file of the repository; what is made or installed here is left out."""
    found = {}
    for folder, folders, files in os.walk(ROOT):
        folders[:] = sorted(name for name in folders if name not in MADE_HERE and not name.endswith("_cache"))
        for name in sorted(files):
            if (text := _text(Path(folder) / name)) is not None:
                found[(Path(folder) / name).relative_to(ROOT).as_posix()] = text
    return found


def _text(path: Path) -> str | None:
    try:
        return path.read_text()
    except (UnicodeDecodeError, FileNotFoundError):
        return None


def functions(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Every function with its dotted name inside the module."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield prefix + node.name, node
            yield from functions(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.ClassDef):
            yield from functions(node, f"{prefix}{node.name}.")
        else:
            yield from functions(node, prefix)
