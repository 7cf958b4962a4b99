"""The product's settings without its middleware and its wall, and with the floor's views: what bare Django costs here."""

from mistadmin.settings.prod import *  # noqa: F403

MIDDLEWARE = []
ROOT_URLCONF = "bench.floor"
DATABASES["default"]["OPTIONS"].pop("connection_factory", None)  # noqa: F405
