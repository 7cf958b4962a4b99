"""PostgreSQL: search by any part of a field, and devices that cannot point at another tenant's site."""

from django.db import migrations

from mistadmin.core.migration_operations import PostgresSQL


class Migration(migrations.Migration):
    dependencies = [("inventory", "0001_initial"), ("sites", "0001_initial")]

    operations = [
        PostgresSQL("CREATE EXTENSION IF NOT EXISTS pg_trgm", migrations.RunSQL.noop),
        PostgresSQL(
            "CREATE INDEX device_search ON inventory_device USING gin (search gin_trgm_ops)",
            "DROP INDEX device_search",
        ),
        PostgresSQL(
            "ALTER TABLE inventory_device ADD CONSTRAINT device_site_of_own_org FOREIGN KEY (org_id, site_id) "
            "REFERENCES sites_site (org_id, id) DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE inventory_device DROP CONSTRAINT device_site_of_own_org",
        ),
    ]
