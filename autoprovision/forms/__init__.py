"""From the fields of the Auto-Provisioning window to the rules of the organization setting, and back."""

from autoprovision.forms.cards import Card
from autoprovision.forms.window import LABELS, SECTION_LABELS, Tab, Window, reshape, sentence, summary

__all__ = ["LABELS", "SECTION_LABELS", "Card", "Tab", "Window", "reshape", "sentence", "summary"]
