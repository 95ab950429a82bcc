"""The ASGI application of the Channels tutorial."""

import os
from typing import Any, cast

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application
from django.urls import re_path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.tutorial.settings")
pages = get_asgi_application()

from bench.tutorial.consumers import ChatConsumer  # noqa: E402

sockets: Any = [re_path(r"ws/chat/(?P<room_name>\w+)/$", cast(Any, ChatConsumer.as_asgi()))]
application = ProtocolTypeRouter(
    {"http": pages, "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(sockets)))}
)
