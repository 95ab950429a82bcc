"""PersonalSettings: how the product is to be for one person. Columns of the member: they follow the person to every
device, and every page and socket has them with the member itself."""

from django.db import models


class Theme(models.TextChoices):
    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class SendingKey(models.TextChoices):
    """Which key sends; on a touch screen Enter makes a line whatever is chosen (U1)."""

    ENTER = "enter"
    CTRL_ENTER = "ctrl_enter"


class Announcements(models.TextChoices):
    """What a screen reader says of messages that arrive (U42). What failed is always said."""

    ALL = "all"
    MENTIONS = "mentions"
    OFF = "off"


class PersonalSettings(models.Model):
    """`single_keys`: commands by one letter (WCAG 2.1.4). An empty zone is the installation's."""

    locale = models.CharField(max_length=8, default="en")
    time_zone = models.CharField(max_length=40, blank=True)
    theme = models.CharField(max_length=10, choices=Theme.choices, default=Theme.SYSTEM)
    sending_key = models.CharField(max_length=10, choices=SendingKey.choices, default=SendingKey.ENTER)
    single_keys = models.BooleanField(default=True)
    announcements = models.CharField(max_length=10, choices=Announcements.choices, default=Announcements.ALL)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.locale} {self.theme}"
