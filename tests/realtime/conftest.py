"""One echo server with the usual bounds for the tests of a module that don't ask for others."""

from collections.abc import Iterator

import pytest

from tests.realtime.server_process import EchoServer, running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EchoServer]:
    with running(tmp_path_factory.mktemp("echo")) as echo:
        yield echo
