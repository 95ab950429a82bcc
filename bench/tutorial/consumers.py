"""The consumer of the Channels tutorial, part 3, and one insert for each message."""

import json
from typing import Any

from channels.db import database_sync_to_async  # noqa: TID251 - what the tutorial teaches is what is measured
from channels.generic.websocket import AsyncWebsocketConsumer

from bench.tutorial.models import Message


class ChatConsumer(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        self.room_name = self.scope["url_route"]["kwargs"]["room_name"]
        self.room_group_name = f"chat_{self.room_name}"
        await self.channel_layer.group_add(self.room_group_name, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(self.room_group_name, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        message = json.loads(text_data or "")["message"]
        await self.save_message(message)
        await self.channel_layer.group_send(self.room_group_name, {"type": "chat.message", "message": message})

    async def chat_message(self, event: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps({"message": event["message"]}))

    @database_sync_to_async
    def save_message(self, message: str) -> None:
        Message.objects.create(room=self.room_name, text=message)  # type: ignore[attr-defined]  # no app of ours
