"""Events by organization and by site; an event names its device as a relation, in the column it always had."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inventory", "0003_adoption")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex("deviceevent", "deviceevent_of_device"),
                migrations.RenameField("deviceevent", "device_id", "device"),
                migrations.AlterField(
                    "deviceevent",
                    "device",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="inventory.device",
                    ),
                ),
                migrations.AddIndex(
                    "deviceevent",
                    models.Index(fields=["device", "-timestamp", "-id"], name="deviceevent_of_device"),
                ),
            ]
        ),
        migrations.AddIndex(
            "deviceevent",
            models.Index(fields=["org_id", "-timestamp", "-id"], name="deviceevent_of_org"),
        ),
        migrations.AddIndex(
            "deviceevent",
            models.Index(fields=["site_id", "-timestamp", "-id"], name="deviceevent_of_site"),
        ),
    ]
