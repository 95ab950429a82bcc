"""`chat manage two_factor reset NAME --reason "…"`: takes the second step away from whoever lost the device."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q

from accounts.actor import Actor
from accounts.errors import AppError
from accounts.models import Member
from accounts.queries.two_factor import second_step_of
from consent.actions.two_factor import reset_two_factor


class Command(BaseCommand):
    help = "Take the second step of signing in away from somebody who lost the device and the recovery codes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["reset"])
        parser.add_argument("login", help="email address or sign-in name")
        parser.add_argument("--reason", required=True, help="how you know that it is them; it stays on record")

    def handle(self, *args: Any, login: str, reason: str, **options: Any) -> None:
        member = Member.objects.filter(Q(sign_in_name=login.lower()) | Q(email=login.lower())).first()
        if member is None or second_step_of(member.pk) is None:
            raise CommandError(f"Nobody signs in as {login} with a second step.")
        try:
            reset_two_factor(Actor.command("two_factor reset"), member, reason=reason)
        except AppError as refused:
            raise CommandError(refused.text) from refused
        self.stdout.write(f"Gone, and every place of {login} is signed out. The password opens the account.")
