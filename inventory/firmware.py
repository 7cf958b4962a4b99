"""The firmware that the product knows of, with tags (listOrgAvailableDeviceVersions)."""

from __future__ import annotations

from typing import Final

STABLE, BETA, ALPHA = "stable", "beta", "alpha"

# By type of device, from the oldest to the newest.
VERSIONS: Final[dict[str, dict[str, str]]] = {
    "ap": {
        "0.12.27452": STABLE,
        "0.14.29313": STABLE,
        "0.14.29411": STABLE,
        "0.15.31022": BETA,
    },
    "switch": {"22.4R3-S2.11": STABLE, "23.4R2-S4.11": STABLE, "24.2R1-S2.5": BETA},
    "gateway": {"22.4R3-S1.11": STABLE, "23.4R2-S3.9": STABLE, "24.2R1.17": BETA},
}


def tag_of(kind: str, version: str) -> str:
    """The tag of a version that a type of device runs; "" for one that is not known here."""
    return VERSIONS.get(kind, {}).get(version, "")


def newest(kind: str) -> str:
    """The newest stable version for a type of device."""
    return next(version for version, tag in reversed(VERSIONS[kind].items()) if tag == STABLE)
