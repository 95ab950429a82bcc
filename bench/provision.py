"""`./chat bench provision`: make the configured database ready for a load generator, and write who is in it."""

import json
import os
from argparse import Namespace
from dataclasses import asdict

from chatserver.progress import stop

REFUSED = 2  # exit code


def main(options: Namespace) -> int:
    """Migrate and fill. Ends with a sentence where somebody lives already."""
    set_up()
    from django.core.management import call_command

    from bench.people import fill

    call_command("migrate", verbosity=0, interactive=False)
    try:
        seats = fill(options.rooms, options.members)
    except RuntimeError as problem:
        stop(str(problem), REFUSED)
    options.json.touch(mode=0o600)
    options.json.write_text(json.dumps([asdict(seat) for seat in seats]) + "\n")
    print(f"{options.rooms} rooms of {options.members}, all signed in: {options.json}")
    return 0


def set_up() -> None:
    """The product's models over the configured database."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "chatserver.settings"
    from chatserver.environment import environment

    environment().make_var()  # before the settings: the sessions are signed with its key
    import django

    django.setup()
