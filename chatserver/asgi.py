"""The ASGI application: pages by Django, sockets by the consumer."""

from typing import Any, cast

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path

pages = get_asgi_application()  # before anything that needs the models

from chatserver.consumers import ChatConsumer  # noqa: E402

sockets: Any = [path("ws/", cast(Any, ChatConsumer.as_asgi()))]
application = ProtocolTypeRouter({"http": pages, "websocket": URLRouter(sockets)})
