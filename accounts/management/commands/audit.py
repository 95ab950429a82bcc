"""`chat audit verify`: exit 0 and a count where every chain is whole, exit 1 and the places where one isn't."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.audit import VERIFIERS, verify, write_anchors
from accounts.models import AuditEntry


class Command(BaseCommand):
    help = "Find any changed, missing or added row of the audit log and of the other chains; or anchor their heads now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["verify", "anchor"])
        parser.add_argument("--scope", help="one chain of the audit log only: the id of a school, or `site`")

    def handle(self, *args: Any, what: str, scope: str | None = None, **options: Any) -> None:
        if what == "anchor":
            self.stdout.write(f"{write_anchors()} heads anchored")
        else:
            self.verify(scope)

    def verify(self, scope: str | None) -> None:
        faults = verify(scope)
        if scope is None:
            for verifier in VERIFIERS.values():
                faults += verifier()
        for fault in faults:
            self.stdout.write(str(fault))
        if faults:
            raise CommandError(f"Broken in {len(faults)} places.", returncode=1)
        self.stdout.write(f"Unbroken: {AuditEntry.objects.count()} entries.")
