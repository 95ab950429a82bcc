"""`./chat manage protocol`: bring the generated half of docs/protocol.md up to date."""

from typing import Any

from django.core.management.base import BaseCommand

from chatserver.wire_reference import document, updated


class Command(BaseCommand):
    help = "Bring the generated half of docs/protocol.md up to date."

    def handle(self, *args: Any, **options: Any) -> None:
        path = document()
        path.write_text(updated(path.read_text()))
        self.stdout.write(f"{path.name} is current.")
