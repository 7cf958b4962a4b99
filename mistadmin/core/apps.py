from django.apps import AppConfig
from django.db.backends.signals import connection_created

from mistadmin.core import text


class CoreConfig(AppConfig):
    name = "mistadmin.core"
    label = "core"

    def ready(self) -> None:
        """Let both databases compare text alike."""
        connection_created.connect(text.teach_lower, dispatch_uid="mistadmin.core.text")
        text.register_lookups()
