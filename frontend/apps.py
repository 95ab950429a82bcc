"""The Django app of everything that people see. It has no tables."""

from django.apps import AppConfig


class FrontendConfig(AppConfig):
    name = "frontend"
