"""The composition root: settings, ASGI, URLs, the socket's consumer, the door, dispatch, the demo school."""
