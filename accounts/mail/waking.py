"""How a process tells its own sender that something is due. Another process finds it when it looks."""

import threading

QUEUED = threading.Event()


def wake_the_sender() -> None:
    QUEUED.set()
