"""The templates that a site names: which key of the site means which kind of document."""

from __future__ import annotations

from typing import Final

from mistadmin.core.resources import Resource, catalog

# From the widest to the nearest, as they are laid over each other (sites.derived).
LAID: Final = {
    "sitetemplate_id": "sitetemplates",
    "gatewaytemplate_id": "gatewaytemplates",
    "networktemplate_id": "networktemplates",
    "aptemplate_id": "aptemplates",
    "rftemplate_id": "rftemplates",
}
NAMED: Final = {**LAID, "secpolicy_id": "secpolicies", "alarmtemplate_id": "alarmtemplates"}


def template_kinds() -> dict[str, Resource]:
    """The keys whose kind of document is kept here, each with that kind."""
    kinds = catalog()
    return {key: kinds[path] for key, path in NAMED.items() if path in kinds}
