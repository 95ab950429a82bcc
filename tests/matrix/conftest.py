"""The demo school on a real server, for what is asked over sockets."""

from tests.chatserver.conftest import enter, school

__all__ = ["enter", "school"]
