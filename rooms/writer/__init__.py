"""MessageWriter: the transaction of all sends.

What arrives while the last batch commits is the next batch (group commit, no timer). Nothing is answered before its
commit; a repeated `cid` gets the first receipt again and takes no number; a row whose author's access has moved is
refused and the others go through. Two drivers: a thread in the server, inline in commands and tests.
"""

from rooms.writer.batch import Draft, Receipt, Refusal
from rooms.writer.drivers import InlineWriter, MessageWriter, ThreadWriter, current, use

__all__ = ["Draft", "InlineWriter", "MessageWriter", "Receipt", "Refusal", "ThreadWriter", "current", "use"]
