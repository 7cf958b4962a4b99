"""What pages load of css and js that belongs together."""

from __future__ import annotations

from django import template
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
from django.utils.functional import LazyObject
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from mistadmin.core.bundles import BUNDLES

register = template.Library()


@register.simple_tag
def bundle(name: str) -> SafeString:
    """The elements that load a bundle: its one file where files were collected, else each part."""
    storage = staticfiles_storage
    if isinstance(storage, LazyObject):
        storage.exists("")  # the setting's storage is made when it is first asked something
        storage = storage._wrapped
    files = (name,) if isinstance(storage, ManifestFilesMixin) else BUNDLES[name]
    markup = (
        '<script type="module" src="{}"></script>'
        if name.endswith(".js")
        else '<link rel="stylesheet" href="{}">'
    )
    return format_html_join("\n", markup, ((staticfiles_storage.url(one),) for one in files))
