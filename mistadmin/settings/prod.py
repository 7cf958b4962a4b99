"""The default: embedded (SQLite, no services) with no variable set, production with them."""

from .base import *  # noqa: F403
