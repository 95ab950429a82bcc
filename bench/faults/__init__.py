"""`./chat bench faults`: what breaks around a server, done to it under load, and what its people notice.

Everything is real: `./chat serve` in processes of its own, a PostgreSQL and a Redis of its own, clients over sockets.
No server is asked how it went: the clients keep what they sent, what was acknowledged and what was shown to them, and
in the end that is held against each other and against the database.
"""
