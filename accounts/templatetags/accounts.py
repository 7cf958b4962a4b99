"""What pages of accounts ask by themselves."""

from __future__ import annotations

from django import template

from accounts.oauth.client import is_configured

register = template.Library()


@register.simple_tag
def google_is_configured() -> bool:
    """Whether people can sign in with Google on this instance."""
    return is_configured()
