"""Rows change in actions, the writer, migrations and the demo, and nowhere else."""

import ast
from typing import TypeGuard

from tests.architecture.source import functions, modules

WRITES = {"save", "create", "update", "delete", "get_or_create", "update_or_create", "bulk_create", "bulk_update"}
WRITES |= {f"a{name}" for name in WRITES}
ON_AN_OBJECT = {"save", "delete", "asave", "adelete"}  # a call on any object counts; the others on a query
QUERY = {"objects", "filter", "exclude", "all", "select_for_update", "order_by", "annotate", "using", "_base_manager"}

ALLOWED_FOLDERS = ("/actions/", "/writer/", "/migrations/", "/demo/")
ALLOWED = {
    ("accounts/audit.py", "*"): "the only writer of audit entries",
    ("accounts/mail/door.py", "send_mail"): "the only writer of mail: a row in the transaction of its cause",
    ("accounts/mail/outbox.py", "*"): "what became of a mail: the leases and states of the sender",
    ("accounts/mail/causes.py", "*"): "mails whose cause is over: taken back, or forgotten",
    ("accounts/models/members.py", "MemberManager.create_user"): "Django's way to make a user, for createsuperuser",
    ("accounts/models/sessions.py", "*"): "Django's session store",
    ("chatserver/clock.py", "*"): "the leases of what is due, no domain row",
}


def is_query(expression: ast.expr) -> bool:
    """`Room.objects.filter(…)`, `rooms.select_for_update()`: something of a query is in the chain."""
    return any(isinstance(node, ast.Attribute) and node.attr in QUERY for node in ast.walk(expression))


def is_write(node: ast.AST) -> TypeGuard[ast.Call]:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in WRITES:
        return False
    is_super = isinstance(node.func.value, ast.Call) and ast.unparse(node.func.value.func) == "super"
    return not is_super and (node.func.attr in ON_AN_OBJECT or is_query(node.func.value))


def is_allowed(path: str, function: str) -> bool:
    return any(folder in path for folder in ALLOWED_FOLDERS) or bool({(path, function), (path, "*")} & ALLOWED.keys())


def writes(tree: ast.Module) -> list[tuple[str, str]]:
    """(innermost function, call) of each write in a module."""
    found = {(node.lineno, node.col_offset): ("", ast.unparse(node)) for node in ast.walk(tree) if is_write(node)}
    for name, function in functions(tree):
        for node in ast.walk(function):
            if is_write(node):
                found[node.lineno, node.col_offset] = (name, ast.unparse(node))  # inner functions come later
    return list(found.values())


def test_only_actions_and_the_writer_change_rows() -> None:
    elsewhere = [
        f"{path}: {function or 'module'}: {call[:80]}"
        for path, tree in modules().items()
        for function, call in writes(tree)
        if not is_allowed(path, function)
    ]
    assert elsewhere == []


def test_a_write_is_recognised() -> None:
    source = """
def move(room):
    room.save()
    Room.objects.filter(pk=1).update(title="x")
    Room.objects.create(title="x")
    rooms.select_for_update().delete()
    {}.update(a=1)
    digest.update(b"")
    class Form:
        def save(self):
            return super().save()
"""
    assert [call.partition("(")[0] for _, call in writes(ast.parse(source))] == [
        "room.save",
        "Room.objects.filter",
        "Room.objects.create",
        "rooms.select_for_update",
    ]
