"""The setting that holds at a site: what its templates say, and over it what the site says itself. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

# What a template says of itself, and an RF template of the site's country and of single models.
_OF_THE_TEMPLATE: Final = frozenset(
    {"id", "org_id", "name", "created_time", "modified_time", "for_site", "country_code", "model_specific"}
)
# RF templates have at the top what the setting has in this object.
_INSIDE: Final = {"rftemplates": "radio_config"}


def derive(templates: Iterable[tuple[str, Mapping[str, Any]]], site: Mapping[str, Any]) -> dict[str, Any]:
    """Lay a site setting over its templates, given by kind from the widest to the nearest; the site wins.

    Objects are laid over each other key by key; anything else, a list for one, replaces what was there.
    """
    whole: dict[str, Any] = {}
    for kind, template in templates:
        whole = _laid(whole, as_setting(kind, template))
    return _laid(whole, site)


def as_setting(kind: str, template: Mapping[str, Any]) -> dict[str, Any]:
    """What a template of a kind says, in the places where a site setting says it."""
    said = {key: value for key, value in template.items() if key not in _OF_THE_TEMPLATE}
    return {_INSIDE[kind]: said} if kind in _INSIDE else said


def _laid(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    whole = dict(below)
    for key, value in above.items():
        under = whole.get(key)
        if isinstance(value, Mapping) and isinstance(under, Mapping):
            whole[key] = _laid(under, value)
        else:
            whole[key] = value
    return whole
