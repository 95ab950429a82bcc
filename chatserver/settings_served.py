"""The settings of `./chat serve`: those of chatserver.settings, and the static files that it has collected.

Hashed names may be kept by a browser for ever; each is there compressed as well.
"""

from chatserver import settings
from chatserver.settings import *  # noqa: F403

STATIC_ROOT = settings.VAR.absolute() / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
OURS = {"whitenoise.middleware.WhiteNoiseMiddleware": "chatserver.collected.CollectedFiles"}
MIDDLEWARE = [OURS.get(name, name) for name in settings.MIDDLEWARE]
WHITENOISE_USE_FINDERS = False
