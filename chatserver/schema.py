"""Whether the database has the tables that this version needs."""

from functools import cache

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from accounts.models import Member


def is_empty() -> bool:
    """Nobody has ever migrated it."""
    return not MigrationRecorder(connection).has_table()


def has_nobody() -> bool:
    """Nothing can be lost in it: new, or a first start was ended halfway through its migrations."""
    tables = connection.introspection.table_names()
    return Member._meta.db_table not in tables or not Member.objects.exists()


def problem() -> str | None:
    """A sentence for the operator, when a migration is missing, or one is there that this version doesn't know."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    unknown = executor.loader.applied_migrations.keys() - executor.loader.disk_migrations.keys()
    if missing:
        changes = "1 change is" if len(missing) == 1 else f"{len(missing)} changes are"
        return f"The database has an old schema ({changes} missing). First: ./chat manage migrate"
    if any(app in executor.loader.migrated_apps for app, _ in unknown):
        return "The database has the schema of a later version."
    return None


def has_all() -> bool:
    """Whether everything that this version needs is there, by one query. A later version's additions do no harm."""
    return _needed() <= set(MigrationRecorder(connection).migration_qs.values_list("app", "name"))


@cache
def _needed() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).disk_migrations)
