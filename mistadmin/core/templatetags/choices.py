"""Long lists of boxes to tick."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def boxes(name: str, choices: Iterable[tuple[Any, str]], chosen: Collection[str]) -> SafeString:
    """A box for each (id, name), ticked where the id is chosen; chosen ones stand at the top.

    Written in one go: an organization has a thousand sites.
    """
    wanted = set(chosen)
    ordered = sorted(choices, key=lambda choice: str(choice[0]) not in wanted)
    return format_html_join(
        "",
        '<label class="choice"><input type="checkbox" name="{}" value="{}"{}><span>{}</span></label>',
        ((name, key, " checked" if str(key) in wanted else "", text) for key, text in ordered),
    )
