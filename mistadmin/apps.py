from importlib import import_module

from django.apps import AppConfig


class ProductConfig(AppConfig):
    """The composition root as a Django app: every process that has Django has our Celery application."""

    name = "mistadmin"

    def ready(self) -> None:
        """Make it the current one, or a task sent from a request would look for another broker."""
        import_module("mistadmin.celery")
