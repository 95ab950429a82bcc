"""`./chat manage demo`: fill an empty database with the demo school; `./chat run` does it at first run."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chatserver.demo.fill import fill


class Command(BaseCommand):
    help = "Fill an empty database with the demo school."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            fill()
        except RuntimeError as problem:
            raise CommandError(str(problem)) from problem
