"""The hardware models the product knows: what type a model is and how its units are numbered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class HardwareModel:
    """A model: `type` is ap, switch, gateway or mxedge; `oui` starts MACs and `serial` serials of its units.

    `ports` are those of a Mist Edge, where its port names are known, with their speed in Mbit/s.
    """

    name: str
    type: str
    description: str
    oui: str
    serial: str
    ports: tuple[tuple[str, int], ...] = ()


_AP, _SWITCH, _GATEWAY = ("5c5b35", "A"), ("209339", "JW"), ("90ec77", "CR")

MODELS: Final[dict[str, HardwareModel]] = {
    name: HardwareModel(name, kind, description, oui, serial + code)
    for name, kind, description, (oui, serial), code in (
        ("AP12", "ap", "Wall-plate access point, Wi-Fi 6", _AP, "0712"),
        ("AP24", "ap", "Access point, Wi-Fi 6E", _AP, "0724"),
        ("AP32", "ap", "Access point, Wi-Fi 6", _AP, "0632"),
        ("AP33", "ap", "Access point, Wi-Fi 6, location", _AP, "0633"),
        ("AP34", "ap", "Access point, Wi-Fi 6E", _AP, "0734"),
        ("AP41", "ap", "Access point, Wi-Fi 5, location", _AP, "0341"),
        ("AP43", "ap", "Access point, Wi-Fi 6, location", _AP, "0543"),
        ("AP45", "ap", "Access point, Wi-Fi 6E, location", _AP, "0745"),
        ("AP47", "ap", "Access point, Wi-Fi 7, location", _AP, "0847"),
        ("AP63", "ap", "Outdoor access point, Wi-Fi 6", _AP, "0663"),
        ("EX2300-C-12P", "switch", "Compact access switch", _SWITCH, "23"),
        ("EX3400-48P", "switch", "Access switch", _SWITCH, "34"),
        ("EX4100-48P", "switch", "Access switch", _SWITCH, "42"),
        ("EX4100-48MP", "switch", "Multigigabit access switch", _SWITCH, "41"),
        ("EX4400-48P", "switch", "Access switch", _SWITCH, "44"),
        ("QFX5120-48Y", "switch", "Distribution switch", _SWITCH, "51"),
        ("SRX300", "gateway", "Branch firewall", _GATEWAY, "30"),
        ("SRX345", "gateway", "Branch firewall", _GATEWAY, "35"),
        ("SSR120", "gateway", "Session Smart Router", _GATEWAY, "12"),
        ("SSR130", "gateway", "Session Smart Router", _GATEWAY, "13"),
    )
}
# The type of Mist Edges, which have lists and operations of their own.
MXEDGE: Final = "mxedge"
_EDGE, _VIRTUAL = "d420b0", "020000"

EDGE_MODELS: Final[dict[str, HardwareModel]] = {
    name: HardwareModel(name, MXEDGE, description, oui, f"ME{code}", ports)
    for name, description, oui, code, ports in (
        ("ME-X1", "Mist Edge appliance", _EDGE, "11", ()),
        ("ME-X1-M", "Mist Edge appliance", _EDGE, "12", ()),
        ("ME-X2-M", "Mist Edge appliance", _EDGE, "22", ()),
        ("ME-X3-M", "Mist Edge appliance", _EDGE, "32", ()),
        ("ME-X5", "Mist Edge appliance", _EDGE, "51", ()),
        ("ME-X5-M", "Mist Edge appliance", _EDGE, "52", ()),
        ("ME-X6", "Mist Edge appliance", _EDGE, "61", ()),
        # The one whose ports the published document names.
        ("ME-X10", "Mist Edge appliance", _EDGE, "71", tuple((f"xe{port}", 10_000) for port in range(4))),
        ("ME-100", "Mist Edge appliance", _EDGE, "81", ()),
        ("ME-VM", "Virtual Mist Edge", _VIRTUAL, "90", ()),
    )
}
