"""`manage.py resources`: every kind of configuration document on one screen."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from mistadmin.core.resources import catalog


class Command(BaseCommand):
    help = "List the kinds of configuration documents: path, label, table, needs."

    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        for path, resource in sorted(catalog().items()):
            table = resource.model._meta.db_table
            needs = f"{resource.view} / {resource.manage}"
            self.stdout.write(f"{path:<20} {resource.label:<20} {table:<20} {needs}")
