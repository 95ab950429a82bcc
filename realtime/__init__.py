"""The engine: sockets, topics, fan-out, presence and limits. Knows no domain, no database and no Django."""
