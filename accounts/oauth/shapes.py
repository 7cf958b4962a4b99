"""Request models of signing in with an account elsewhere."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mistadmin.core.shapes import Request


class OauthCode(Request):
    """What the provider sent the browser back with (code_string); the state too, where it is known."""

    code: Annotated[str, Field(min_length=1, max_length=2048)]
    state: Annotated[str, Field(max_length=255)] | None = None
