"""As `startproject` makes them, with Channels' in-memory layer. The database is where BENCH_TUTORIAL_DATABASE says."""

import os

SECRET_KEY = "tutorial"
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "channels",
    "bench.tutorial",
]
ASGI_APPLICATION = "bench.tutorial.asgi.application"
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ.get("BENCH_TUTORIAL_DATABASE", "")}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
