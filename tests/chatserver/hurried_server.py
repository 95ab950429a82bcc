"""`python -m tests.chatserver.hurried_server run …`: the product, with deadlines of two seconds instead of many."""

import sys
from dataclasses import dataclass

from chatserver import cli
from realtime import config


@dataclass(frozen=True, slots=True, kw_only=True)
class Hurried(config.EngineConfig):
    http_idle_seconds: float = 3.0  # longer than a trickle's pause
    http_head_seconds: float = 2.0
    http_body_seconds: float = 2.0
    http_answer_seconds: float = 2.0
    slow_seconds: float = 2.0
    ping_seconds: float = 2.0
    pong_seconds: float = 4.0  # the others answer, however busy the machine is
    handshake_seconds: float = 2.0
    close_seconds: float = 1.0


if __name__ == "__main__":
    config.EngineConfig = Hurried  # type: ignore[misc]
    sys.exit(cli.main(sys.argv[1:]))
