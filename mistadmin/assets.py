"""Static files: names that carry a hash of the content, so that browsers keep them for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from whitenoise.storage import CompressedManifestStaticFilesStorage

from mistadmin.core.bundles import BUNDLES, joined

# Folders that libraries bring and no page asks for; hashing and compressing them is most of a first start.
_UNUSED: Final = ["django_otp", "redoc", "rest_framework"]


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Also rewrites the imports of our own JavaScript modules to hashed names."""

    support_js_module_import_aggregation = True
    # Scripts of libraries show imports in their comments, of files that they do not ship.
    _js_module_import_aggregation_patterns = (
        "js/*.js",
        CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1],
    )

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """Also put together the bundles, which are hashed and compressed like any other file."""
        for name, parts in {} if dry_run else BUNDLES.items():
            texts = [Path(self.path(part)).read_text(encoding="utf-8") for part in parts]
            Path(self.path(name)).write_text(joined(name, texts), encoding="utf-8")
            paths[name] = (self, name)
        yield from super().post_process(paths, dry_run, **options)


def collect() -> bool:
    """Collect the static files into STATIC_ROOT when a source changed; True when it did."""
    if settings.DEBUG:
        return False
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    current = _fingerprint()
    if stamp.exists() and stamp.read_text(encoding="ascii") == current:
        return False
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=_UNUSED)
    stamp.write_text(current, encoding="ascii")
    return True


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            info = Path(storage.path(path)).stat()
            digest.update(f"{path}\0{info.st_size}\0{info.st_mtime_ns}\n".encode())
    return digest.hexdigest()
