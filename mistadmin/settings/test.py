"""For the test suite: a throw-away home, SQLite unless TEST_DATABASE_URL or DATABASE_URL names PostgreSQL."""

import atexit
import os
import shutil
import tempfile

# An operator's own settings must neither change what tests see nor be touched by them.
_home = os.environ.get("MISTADMIN_TEST_HOME", "")
for _name in [name for name in os.environ if name.startswith("MISTADMIN_") or name == "EMAIL_URL"]:
    del os.environ[_name]
if url := os.environ.get("TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = url
if not _home:
    _home = tempfile.mkdtemp(prefix="mistadmin-test-")
    atexit.register(shutil.rmtree, _home, ignore_errors=True)
# The processes of a spread suite inherit the folder of the first one.
os.environ["MISTADMIN_HOME"] = os.environ["MISTADMIN_TEST_HOME"] = _home

from .base import *  # noqa: E402, F403

# Tests sign in hundreds of times; the one test of the real hasher overrides this.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    "django.contrib.auth.hashers.Argon2PasswordHasher",
]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
if ENV.database.engine == "sqlite3":  # noqa: F405
    # A file, not memory: threads of the races and of the live server have connections of their own.
    DATABASES["default"]["TEST"] = {"NAME": str(HOME_DIR / "test.sqlite3")}  # noqa: F405
