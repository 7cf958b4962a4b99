"""SQLite: what LOWER made while it knew only ASCII is made again, now that it knows all of Unicode.

It stands in the topmost app because it concerns tables of several; PostgreSQL's LOWER always knew.
"""

from itertools import count

from django.db import migrations

from mistadmin.core.text import lowered

INDEX = "site_name_in_org"


def make_again(apps, schema_editor):
    if schema_editor.connection.vendor != "sqlite":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'index' AND name = %s", [INDEX])
        (create,) = cursor.fetchone()
        # Not REINDEX: names that are one now have to be told apart first, and an update of a row whose
        # entry in the index is spelled the old way fails.
        cursor.execute(f'DROP INDEX "{INDEX}"')
        tell_apart(apps.get_model("sites", "Site"))
        cursor.execute(create)
        cursor.execute("REINDEX admin_email")
        cursor.execute("UPDATE inventory_device SET name = name WHERE search GLOB '*[^ -~]*'")


def tell_apart(sites):
    """Number the later ones of sites whose names differ only in case."""
    taken = set()
    for site in sites.objects.order_by("created_time", "id").only("id", "org_id", "name").iterator():
        spelled = (f"{site.name} ({number})" for number in count(2))
        name = site.name
        while (site.org_id, lowered(name)) in taken:
            name = next(spelled)
        taken.add((site.org_id, lowered(name)))
        if name != site.name:
            sites.objects.filter(pk=site.pk).update(name=name)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("inventory", "0002_search_and_tenancy"),
        ("sites", "0001_initial"),
    ]

    operations = [migrations.RunPython(make_again, migrations.RunPython.noop)]
