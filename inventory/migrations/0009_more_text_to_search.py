"""The host name, external address, DNS suffix and LLDP port of a device are found in the index, too."""

from django.db import migrations, models
from django.db.models.functions import Lower

from inventory.models import Joined
from mistadmin.core.migration_operations import PostgresSQL

INDEX = "CREATE INDEX device_search ON inventory_device USING gin (search gin_trgm_ops)"


class Migration(migrations.Migration):
    dependencies = [("inventory", "0008_mist_edges")]

    operations = [
        # A generated column cannot be changed; PostgreSQL drops its index with it.
        PostgresSQL("DROP INDEX device_search", INDEX),
        migrations.RemoveField("device", "search"),
        migrations.AddField(
            "device",
            "search",
            models.GeneratedField(
                db_persist=True,
                expression=Lower(
                    Joined(
                        *("name", "mac", "serial", "model", "ip", "version"),
                        *("lldp_system_name", "lldp_port_desc"),
                        *("hostname", "ext_ip", "dns_suffix", "lldp_port_id"),
                    )
                ),
                output_field=models.TextField(),
            ),
        ),
        PostgresSQL(INDEX, "DROP INDEX device_search"),
    ]
