"""The product's settings without middleware and wall, with the floor's views: what bare Django costs here."""

from mistadmin.settings.prod import *  # noqa: F403

MIDDLEWARE = []
ROOT_URLCONF = "bench.floor"
for _name in ("connection_factory", "cursor_factory"):
    DATABASES["default"]["OPTIONS"].pop(_name, None)  # noqa: F405
