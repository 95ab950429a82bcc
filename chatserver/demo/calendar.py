"""School days of the demo, counted from the last one whose talk is over: nothing in it lies in the future."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from chatserver.demo.people import Moment

ZONE = ZoneInfo("America/Chicago")
LAST_WORDS = time(8, 15)  # of the talk of day 0
WEEKDAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}


class Calendar:
    """`day` 0 is `today`; others are school days before and after it."""

    def __init__(self, now: datetime | None = None) -> None:
        self.now = now or timezone.now()
        pinned: date | None = settings.DEMO_DATE
        self.today = pinned or _last_lesson(self.now.astimezone(ZONE))

    def day(self, number: int) -> date:
        """The school day `number` days after today."""
        step = timedelta(days=1 if number > 0 else -1)
        day = self.today
        for _ in range(abs(number)):
            day += step
            while day.weekday() > 4:
                day += step
        return day

    def at(self, moment: Moment) -> datetime:
        hours, minutes, *seconds = (int(part) for part in moment.at.split(":"))
        clock = time(hours, minutes, seconds[0] if seconds else 0)
        return datetime.combine(self.day(moment.day), clock, ZONE)

    def adjoin(self, one: int, other: int) -> bool:
        """Whether no weekend lies between two school days."""
        return abs(self.day(one) - self.day(other)) == timedelta(days=1)

    def weekday(self, number: int, locale: str) -> str:
        return WEEKDAYS[locale][self.day(number).weekday()]

    def in_days(self, days: int | None) -> datetime | None:
        """Midnight that many calendar days from today; None stays none."""
        return None if days is None else datetime.combine(self.today + timedelta(days=days), time.min, ZONE)

    def days_after(self, at: datetime, days: int) -> datetime:
        return at + timedelta(days=days)

    def birthday(self, age: int, number: int) -> date:
        """When somebody of that age was born: spread over the year, and not within a month from today."""
        last = self.today - timedelta(days=40 + number * 7 % 280)
        return last.replace(year=last.year - age, day=min(last.day, 28))


def _last_lesson(now: datetime) -> date:
    day = now.date() if now.time() >= LAST_WORDS else now.date() - timedelta(days=1)
    while day.weekday() > 4:
        day -= timedelta(days=1)
    return day
