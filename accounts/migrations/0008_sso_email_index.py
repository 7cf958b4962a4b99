"""People of identity providers are looked up by address in an index, as everybody else is."""

from django.db import migrations, models
from django.db.models.functions import Lower


class Migration(migrations.Migration):

    dependencies = [("accounts", "0007_msps")]

    operations = [
        migrations.AddIndex(
            model_name="admin",
            index=models.Index(Lower("email"), name="admin_email_via_sso", condition=models.Q(via_sso=True)),
        ),
    ]
