"""Async lives at the edge, and one bridge leads from it into the domain."""

import ast

from tests.architecture.source import modules

EDGE = ("realtime/", "chatserver/")
BRIDGE = "chatserver/dispatch.py"
BRIDGES = {"sync_to_async", "async_to_sync", "database_sync_to_async", "to_thread", "run_in_executor"}


def test_async_functions_are_only_at_the_edge() -> None:
    inside = [
        f"{path}: {node.name}"
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncFunctionDef) and not path.startswith(EDGE)
    ]
    assert inside == []


def test_the_edge_has_async_functions() -> None:
    found = {path.partition("/")[0] for path, tree in modules().items() if "async def" in ast.unparse(tree)}
    assert found <= {"realtime", "chatserver"}
    assert "realtime" in found


def test_one_module_bridges_async_and_sync() -> None:
    bridges = {
        path
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Name) and node.id in BRIDGES)
        or (isinstance(node, ast.Attribute) and node.attr in BRIDGES)
    }
    assert bridges <= {BRIDGE}
