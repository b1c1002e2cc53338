from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from api.models import CHANNEL_SCOPES, SCOPES, ApiToken
from feedback.models import User


class Command(BaseCommand):
    help = "Make an API token and print it once. Without --user it is the token of a channel, which may only submit."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", help="user name of the member of staff the token acts as")
        parser.add_argument("--name", default="", help="what the token is for, e.g. 'province portal'")
        parser.add_argument("--scopes", nargs="+", required=True, choices=sorted(SCOPES), metavar="SCOPE")
        parser.add_argument("--days", type=int, default=365, help="valid for so many days (1 to 1095)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["days"] <= 1095:
            raise CommandError("--days: 1 to 1095.")
        user = None
        if options["user"]:
            user = User.objects.filter(username=options["user"], is_active=True).first()
            if user is None:
                raise CommandError(f"There is no active user {options['user']!r}.")
        elif not CHANNEL_SCOPES.issuperset(options["scopes"]):
            raise CommandError(f"Without --user only these scopes: {', '.join(sorted(CHANNEL_SCOPES))}.")
        row, text = ApiToken.objects.issue(
            user=user,
            name=options["name"] or (options["user"] or "channel"),
            scopes=options["scopes"],
            expires_at=timezone.now() + timedelta(days=options["days"]),
        )
        self.stdout.write(text)
        self.stderr.write(
            f"{row}: {', '.join(row.scopes)}; until {row.expires_at:%Y-%m-%d}. It is not shown again."
        )
