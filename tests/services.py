"""A plugin that gives each run of pytest its own folder for everything mutable, before the settings are read.

What a leg needs beside it (a database server, say) is started here too, as a child of the controller: workers of
xdist inherit the environment, so that there is one of each per run.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.postgres import folder
from tools.postgres import Postgres

KEPT = ("CHATSERVER_TEST_LEG", "CHATSERVER_TEST_WHOLE", "CHATSERVER_TEST_EXAMPLES")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    for name in [name for name in os.environ if name.startswith("CHATSERVER_") and name not in KEPT]:
        del os.environ[name]  # the tests say themselves what they set
    home = Path(tempfile.mkdtemp(prefix="chat-", dir="/tmp"))  # short: a socket's path has 107 bytes
    early_config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))
    os.environ["CHATSERVER_VAR"] = str(home)
    if os.environ.get("CHATSERVER_TEST_LEG", "").startswith("postgres"):
        server = Postgres(folder=folder())
        early_config.add_cleanup(server.end)
        os.environ["DATABASE_URL"] = server.start().url("chat")
