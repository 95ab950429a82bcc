from django.apps import AppConfig
from django.core.checks import Tags, register


class ChatserverConfig(AppConfig):
    name = "chatserver"

    def ready(self) -> None:
        from chatserver.durability import check_durability

        register(check_durability, Tags.database)
