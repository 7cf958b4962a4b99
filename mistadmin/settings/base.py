"""What every settings module shares; values an operator can change come from `env`."""

from __future__ import annotations

import sys
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from . import env
from .logs import logging_config

try:
    ENV = env.read()
except env.EnvError as error:
    error.exit()

BASE_DIR = env.PROJECT_DIR
HOME_DIR = ENV.home
BASE_URL = ENV.base_url
EMBEDDED = ENV.database.engine == "sqlite3"
MASTER_KEYS = list(ENV.master_keys)
TRUSTED_PROXIES = ENV.trusted_proxies
MIST_INSTANCE = ENV.instance
# Where Juniper accounts are linked (orgs.juniper); empty until the operator names it.
JUNIPER_URL = ENV.juniper_url
# Sign in with Google, or with another OpenID provider (accounts.oauth); off without a client.
GOOGLE_ISSUER = ENV.google_issuer
GOOGLE_CLIENT_ID = ENV.google_client_id
GOOGLE_CLIENT_SECRET = ENV.google_client_secret
REACTIONS = "mistadmin.reactions.REACTIONS"
# Checks of the organization setting that apps above orgs contribute.
ORG_SETTING_CHECKS = ["autoprovision.checks.check_setting", "inventory.grace.check_setting"]
# Kinds of bulk jobs that apps declare, and how the person who asked for one acts when a step is due.
JOB_KINDS = ["inventory.jobs.KINDS"]
JOB_ACTOR = "accounts.auth.actor_by_id"
# Whose rows each table holds (core.row_security).
TENANT_TABLES = "mistadmin.tenants.TABLES"
# What surrounds every page: actor, organizations, menu, preferences.
PORTAL_SHELL = "mistadmin.portal.shell.SHELL"

_url = urlsplit(BASE_URL)
_https = _url.scheme == "https"

DEBUG = ENV.debug
SECRET_KEY = ENV.secret_key
ALLOWED_HOSTS = [str(_url.hostname), "localhost", "127.0.0.1", "[::1]", *ENV.allowed_hosts]
ROOT_URLCONF = "mistadmin.urls"
WSGI_APPLICATION = "mistadmin.wsgi.application"
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
USE_I18N = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_celery_beat",
    "django_otp",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "mistadmin.apps.ProductConfig",
    "mistadmin.core",
    "audit",
    "orgs",
    "sites",
    "accounts",
    "inventory",
    "autoprovision",
    "deviceapi",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "mistadmin.core.middleware.PageCompression",
    "mistadmin.core.middleware.RequestGuard",
    # Before whatever asks the database.
    "mistadmin.core.middleware.TenantScope",
    # Refuses foreign Host headers on every path: a page of another origin must not reach the local mailbox.
    "django.middleware.common.CommonMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    # Next to the views: whatever they answer in a support look is told to the organization first.
    "accounts.look_log.SupportLookLog",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# Data

if ENV.database.engine == "sqlite3":
    DATABASES: dict[str, dict[str, Any]] = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": ENV.database.name,
            # Writers queue instead of failing: a deferred transaction that turns into a write cannot wait.
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
            },
        }
    }
else:
    from mistadmin.core import wall

    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": ENV.database.name,
            "HOST": ENV.database.host,
            "PORT": ENV.database.port,
            "USER": ENV.database.user,
            "PASSWORD": ENV.database.password,
            "OPTIONS": {
                "connection_factory": wall.Connection,
                "cursor_factory": wall.Cursor,
                "connect_timeout": 3,
                "options": "-c statement_timeout=10000 -c lock_timeout=3000",
                **ENV.database.options,
            },
        }
    }
DATABASES["default"]["CONN_MAX_AGE"] = 60
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

if ENV.redis_url:
    CACHES = {
        "default": {
            "BACKEND": "mistadmin.core.counting.CountingRedis",
            "LOCATION": ENV.redis_url,
            "KEY_PREFIX": "mistadmin",
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
        }
    }
else:
    # Room for a counter of each token and of each source of log-ins: a full cache forgets some at random.
    CACHES = {
        "default": {
            "BACKEND": "mistadmin.core.counting.CountingMemory",
            "OPTIONS": {"MAX_ENTRIES": 100_000},
        }
    }

# Sign-in

AUTH_USER_MODEL = "accounts.Admin"
# An e-mail address is unique without regard to case, by a constraint that this check does not see.
SILENCED_SYSTEM_CHECKS = ["auth.E003"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/"
SESSION_ENGINE = "accounts.session_store"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _https
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "mistadmin.core.portal.csrf_failed"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = _https
CSRF_TRUSTED_ORIGINS = [BASE_URL]

# The edge

if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        # The installer's page works without a connection.
        "worker-src": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# How addresses end that take larger bodies: projects with the floorplans of a building.
LARGER_UPLOADS = {"/maps/import": 50 * 1024 * 1024}
# The largest form is a table of 20,000 auto-provisioning rules, with three fields a row.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 62_000

# Static files

STATIC_URL = "/static/"
STATIC_ROOT = HOME_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Nobody but the console itself loads its files.
WHITENOISE_ALLOW_ALL_ORIGINS = False
# Source maps are for debuggers alone: not worth the seconds of compressing them.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("map", "png", "webp", "gz", "br", "woff", "woff2")
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "mistadmin.assets.HashedStaticFiles"},
}

# Photos of devices and pictures of floorplans. No address serves this folder: inventory.api does, to who may
# see what they show.

MEDIA_ROOT = HOME_DIR / "media"

# Mail

DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENV.email_from
if ENV.email:
    MAILBOX_DIR = None
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = ENV.email.host
    EMAIL_PORT = ENV.email.port
    EMAIL_HOST_USER = ENV.email.user
    EMAIL_HOST_PASSWORD = ENV.email.password
    EMAIL_USE_TLS = ENV.email.tls == "starttls"
    EMAIL_USE_SSL = ENV.email.tls == "implicit"
    EMAIL_TIMEOUT = 10
else:
    MAILBOX_DIR = HOME_DIR / "mail"
    EMAIL_BACKEND = "mistadmin.mail.LocalMailbox"
    EMAIL_FILE_PATH = MAILBOX_DIR

# Work after the response. Messages are only pokes: what is owed stands in the outbox table.

_broker_dir = str(HOME_DIR / "broker")
if ENV.redis_url:
    CELERY_BROKER_URL = ENV.redis_url
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "global_keyprefix": "mistadmin:",
        "visibility_timeout": 3600,
        "socket_connect_timeout": 2,
        "socket_timeout": 5,
        "socket_keepalive": True,
    }
else:
    CELERY_BROKER_URL = "folder://localhost/"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": _broker_dir,
        "data_folder_out": _broker_dir,
        "control_folder": _broker_dir,
        "polling_interval": 0.1,
    }
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A request never waits long for the broker: the sweep finds what a lost poke announced.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_max": 0.2}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ALWAYS_EAGER = False
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 100
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "mistadmin.beat:Scheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5

# The REST API

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.auth.ApiAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "mistadmin API",
    "VERSION": "1",
    # What pydantic writes, such as null as a type, is of this version.
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    # It is for everybody; a credential that is not accepted is none of its business.
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "token": {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Token KEY"},
            "session": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
        }
    },
    "POSTPROCESSING_HOOKS": ["mistadmin.core.openapi.complete"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

LOGGING = logging_config(level=ENV.log_level, as_json=not sys.stderr.isatty())
