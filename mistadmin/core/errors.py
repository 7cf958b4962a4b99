"""The refusals of the product, one class per reason; core.http and core.portal turn them into answers."""

from __future__ import annotations

from collections.abc import Mapping


class Refusal(Exception):
    """An expected refusal: `status` is the HTTP status, `str(error)` the sentence for whoever asked."""

    status = 400
    text = "The request was refused."

    def __init__(self, text: str = "") -> None:
        super().__init__(text or self.text)


class Invalid(Refusal):
    """A bad value (400); `fields` maps a dotted path to what is wrong there, empty when it is no field."""

    text = "The request is not valid."

    def __init__(self, problem: str | Mapping[str, str] = "") -> None:
        self.fields: dict[str, str] = {} if isinstance(problem, str) else dict(problem)
        super().__init__(
            problem if isinstance(problem, str) else "; ".join(f"{k}: {v}" for k, v in self.fields.items())
        )


class Unauthenticated(Refusal):
    """Nobody is signed in, or the credential is not accepted (401)."""

    status = 401
    text = "Authentication credentials were not provided."


class NotAllowed(Refusal):
    """The actor sees the target and may not do this (403)."""

    status = 403
    text = "You do not have permission to perform this action."


class OnlyLooking(NotAllowed):
    """Who previews the portal as somebody else, or looks at it for support, changes nothing (403)."""

    text = "You are only looking: nothing can be changed. End the preview or the support look first."


class NotVisible(Refusal):
    """The target does not exist, or belongs to somebody else: the two are never told apart (404)."""

    status = 404
    text = "Not found."


class Conflict(Refusal):
    """The state of the world refuses it, not the values (409)."""

    status = 409
    text = "The current state does not allow this."


class LengthRequired(Refusal):
    """The body does not say how long it is (411)."""

    status = 411
    text = "Send the body with a Content-Length; chunked bodies are not accepted."


class Stale(Refusal):
    """What the edit is based on has been changed by somebody else meanwhile (412)."""

    status = 412
    text = "This was changed since you read it. Read it again, then repeat your change."


class TooLarge(Refusal):
    """The body is over the limit (413)."""

    status = 413
    text = "The request body is too large."


class Throttled(Refusal):
    """Too many tries (429); `retry_after` in seconds."""

    status = 429

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(f"Too many requests. Try again in {retry_after} seconds.")
