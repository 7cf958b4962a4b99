from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.backends.signals import connection_created

from mistadmin.core import checks, text


class CoreConfig(AppConfig):
    name = "mistadmin.core"
    label = "core"

    def ready(self) -> None:
        """Let both databases compare text alike, and `check --deploy` ask for the wall between tenants."""
        connection_created.connect(text.teach_lower, dispatch_uid="mistadmin.core.text")
        text.register_lookups()
        register(checks.wall_stands, Tags.security, deploy=True)
