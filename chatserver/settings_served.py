"""The settings of `./chat serve`: those of chatserver.settings, and the static files that it has collected.

Hashed names may be kept by a browser for ever; each is there compressed as well. The log is a JSON line per record.
"""

from chatserver import settings
from chatserver.logs import logging_settings
from chatserver.settings import *  # noqa: F403

STATIC_ROOT = settings.VAR.absolute() / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
OURS = {"whitenoise.middleware.WhiteNoiseMiddleware": "chatserver.collected.CollectedFiles"}
MIDDLEWARE = [OURS.get(name, name) for name in settings.MIDDLEWARE]
WHITENOISE_USE_FINDERS = False

LOGGING = logging_settings(settings.ENV.log_level, as_json=True)
