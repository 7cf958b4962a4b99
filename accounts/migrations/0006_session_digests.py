"""Sessions go on under a digest of their key, so that nobody has to log in again."""

from django.db import migrations

from accounts.session_store import stored_key

_AT_ONCE = 1_000


def digest_keys(apps, schema_editor):
    """Replace each key by its digest; a digest is longer than any key, so none is taken twice."""
    sessions = apps.get_model("accounts", "AdminSession").objects
    for key in sessions.values_list("session_key", flat=True).iterator(chunk_size=_AT_ONCE):
        if len(key) < 40:
            sessions.filter(session_key=key).update(session_key=stored_key(key))


class Migration(migrations.Migration):

    dependencies = [("accounts", "0005_sso")]

    operations = [migrations.RunPython(digest_keys, migrations.RunPython.noop)]
