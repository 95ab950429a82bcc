"""Django's settings. Everything that differs between installations comes from chatserver.environment."""

from pathlib import Path

from django.contrib.messages import ERROR, SUCCESS, WARNING
from django.utils.translation import gettext_lazy as _

from chatserver.databases import database
from chatserver.environment import ROOT, environment
from chatserver.logs import logging_settings

ENV = environment()
VAR = ENV.var
SITE_URL = ENV.url  # what people type; links in mails begin with it
MAIL_URL = ENV.mail_way
MAIL_FROM = ENV.mail_sender
MAILBOX_SHOWN = ENV.is_mailbox_shown
PHISHING_PATH = "/help/phishing/"  # in the foot of every mail
MAIL_STOP_PATH = "/mail/stop/"
INVITATION_PATH = "/invitation/"
INVITATIONS_A_DAY = ENV.invitations_a_day
DEMO = ENV.demo
DEMO_DATE = ENV.demo_date
DEMO_CARDS = "chatserver.demo.cards.cards" if DEMO else ""
DEMO_LESSON = "chatserver.demo.player.lesson" if DEMO else ""

SECRET_KEY = ENV.secret_key()
DEBUG = ENV.debug
ALLOWED_HOSTS = ENV.hosts
CSRF_TRUSTED_ORIGINS = sorted(ENV.allowed_origins)
ORIGINS = ENV.allowed_origins
THREADS = ENV.threads
REDIS_URL = ENV.redis_url
LIMITS_ON = ENV.limits == "on"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "accounts",
    "consent",
    "rooms",
    "frontend",
    "chatserver",
]

MIDDLEWARE = [
    "chatserver.access.NotesRoute",
    "chatserver.middleware.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "chatserver.actors.ActorMiddleware",
    "chatserver.middleware.ReaderSettings",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "chatserver.middleware.FaultPages",
]

ROOT_URLCONF = "chatserver.urls"
ASGI_APPLICATION = "chatserver.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# Reads and writes

DATABASES = {"default": database(ENV.database_url, var=VAR, threads=THREADS)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# People and their sessions

AUTH_USER_MODEL = "accounts.Member"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in/"

SESSION_ENGINE = "accounts.models.sessions"
SESSION_COOKIE_AGE = 30 * 24 * 3600  # "keep me signed in"; otherwise the cookie ends with the browser
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_NAME = "__Host-session" if ENV.is_secure else "session"
SESSION_COOKIE_SECURE = ENV.is_secure
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-csrf" if ENV.is_secure else "csrf"
CSRF_COOKIE_SECURE = ENV.is_secure
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "frontend.views.errors.csrf_failure"
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_SECURE = ENV.is_secure
LANGUAGE_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
MESSAGE_TAGS = {SUCCESS: "good", WARNING: "warn", ERROR: "danger"}  # as the style of a notice calls them

ACCOUNT_ADAPTER = "accounts.actions.sign_in.AccountAdapter"
ACCOUNT_FORMS = {"login": "accounts.actions.sign_in.SignInForm"}
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = "sign_in_name"
ACCOUNT_PRESERVE_USERNAME_CASING = False  # sign-in names are stored in lower case: found by equality
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_EMAIL_VERIFICATION = "optional"  # "mandatory" locks out every child without an address; the adapter checks
ACCOUNT_SESSION_REMEMBER: bool | None = None
MFA_ADAPTER = "accounts.actions.two_factor.TwoFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "ClassTrak"
MFA_TOTP_TOLERANCE = 1  # half minutes before and after: phones go wrong, and people type
ACCOUNT_RATE_LIMITS = False  # ours are rows: they survive a restart and hold across processes

# Language and time

LANGUAGE_CODE = ENV.locale
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
LOCALE_PATHS = [ROOT / "locale"]
TIME_ZONE = ENV.time_zone
HOSTING_COUNTRY = ENV.country
USE_TZ = True

# Files of the pages

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# Limits of what a request may carry

DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024  # a form; the engine takes a mebibyte
FILE_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024  # what is larger is kept in a file

SILENCED_SYSTEM_CHECKS: list[str] = []

LOGGING = logging_settings(ENV.log_level, as_json=False, with_words=ENV.debug)

BASE_DIR: Path = ROOT
