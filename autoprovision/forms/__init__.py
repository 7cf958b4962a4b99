"""From the fields of the Auto-Provisioning window to the rules of the organization setting, and back."""

from autoprovision.forms.cards import Card, is_number
from autoprovision.forms.window import LABELS, SECTION_LABELS, Tab, Window, reshape, sentences, summary

__all__ = [
    "LABELS",
    "SECTION_LABELS",
    "Card",
    "Tab",
    "Window",
    "is_number",
    "reshape",
    "sentences",
    "summary",
]
