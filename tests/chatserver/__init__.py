"""The whole, put together: start, sockets, gate, demo."""
