"""Secrets in the documents of older versions stand in clear; seal them where they are."""

from django.db import migrations

from mistadmin.core.documents import closed, opened, place_of

_AT_ONCE = 500
_DOCUMENTS = {
    ("orgs", "Org"): ("setting", "body"),
    ("orgs", "OrgDoc"): ("body",),
    ("orgs", "DeviceProfile"): ("body",),
    ("sites", "Site"): ("setting", "body"),
    ("sites", "Map"): ("body",),
    ("inventory", "Device"): ("body",),
    ("accounts", "Sso"): ("document",),
    ("core", "JobRow"): ("before", "after"),
    ("core", "Answer"): ("body",),
}


def seal_documents(apps, schema_editor):
    """Seal what is a secret; documents without one stay as they are."""
    for (app, name), columns in _DOCUMENTS.items():
        model = apps.get_model(app, name)
        for column in columns:
            _seal_column(model, column)


def _seal_column(model, column):
    place, changed = place_of(model._meta.db_table, column), []
    rows = model._base_manager.only("pk", column)
    for row in rows.iterator(chunk_size=_AT_ONCE):
        clear = opened(getattr(row, column), place)
        sealed = closed(clear, place)
        if sealed != clear:
            setattr(row, column, sealed)
            changed.append(row)
    model._base_manager.bulk_update(changed, [column], batch_size=_AT_ONCE)


class Migration(migrations.Migration):

    dependencies = [
        ("core", "0003_answers"),
        ("orgs", "0002_juniper"),
        ("sites", "0002_maps"),
        ("inventory", "0009_more_text_to_search"),
        ("accounts", "0005_sso"),
    ]

    operations = [migrations.RunPython(seal_documents, migrations.RunPython.noop)]
