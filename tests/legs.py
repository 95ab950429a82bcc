"""A plugin that knows what PostgreSQL decides in another way than SQLite: locks, many writers, what lies on disk.

Invariant: the PostgreSQL leg of `./chat test` runs the modules below, which is what fits into its time; every other
test that asks for a database runs there too with `./chat test --leg postgres-all`, before a release and after a change
to queries.
"""

import pytest

DECIDED_THERE = (
    "tests/accounts/test_{audit,bump_access,renew_key_at_once,two_factor_at_once}.py",
    "tests/consent/test_ledger.py",
    "tests/rooms/test_{actions_at_once,lock_order,log_is_gapless,reads_take_no_turn,redeem_invitation}.py",
    "tests/rooms/test_{send_message,thread_writer,writer,writers_at_once}.py",
    "tests/chatserver/test_{board,database_url,dispatch,durability,durable_postgres,serve,storage,workers}.py",
)


def _opened(pattern: str) -> list[str]:
    """`a_{b,c}.py` is two files."""
    before, _, rest = pattern.partition("{")
    names, _, after = rest.partition("}")
    return [f"{before}{name}{after}" for name in names.split(",")] if rest else [pattern]


FILES = frozenset(file for pattern in DECIDED_THERE for file in _opened(pattern))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.partition("::")[0] not in FILES:
            item.add_marker("any_database")
