"""A message, as small as it can be."""

from django.db import models


class Message(models.Model):
    room = models.CharField(max_length=100, db_index=True)
    text = models.TextField()
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.text
