"""Logging to stderr: JSON lines for machines, colours for a terminal, secrets in neither."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

import structlog

HIDDEN = "[hidden]"
_secret_name = re.compile(
    r"passw|secret|token|authorization|cookie|csrf|session_?key|private_?key|api_?key|signature", re.I
)
# user:password@ in addresses, and the tokens of links, in query and path, and of Authorization headers.
_secret_text = re.compile(
    r"(?<=://)[^/\s:@]*:[^/\s@]*(?=@)|(?<=[?&]token=)[^&\s\"']+|(?<=/verify/)[\w.:%~-]{16,}"
    r"|(?<=Token )[\w.~+/=-]+"
)
# What is shown as it is, or holds what is looked at when it is written.
_PLAIN = (int, float, bool, type(None), dict, list, tuple)


def hide_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask values whose name or shape says that they are secret."""
    for name, value in event.items():
        if name.startswith("_"):
            continue
        if _secret_name.search(name):
            event[name] = HIDDEN
        elif isinstance(value, str):
            event[name] = _secret_text.sub(HIDDEN, value)
        elif name != "exc_info" and not isinstance(value, _PLAIN):
            # Django's own entries bring the request along, whose text has its address.
            event[name] = _secret_text.sub(HIDDEN, repr(value))
    return event


def logging_config(*, level: str, as_json: bool) -> dict[str, Any]:
    """The LOGGING setting; also points structlog's own loggers at the same output."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer: list[Any] = (
        [structlog.processors.format_exc_info, hide_secrets, structlog.processors.JSONRenderer()]
        if as_json
        else [hide_secrets, structlog.dev.ConsoleRenderer()]
    )
    quiet = {"level": "WARNING"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level.upper()},
        "loggers": {
            # Django's own handlers mail administrators and print twice; everything goes one way.
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.server": {"handlers": [], "level": "INFO", "propagate": True},
            # One line per message sent and received would drown what matters.
            "celery": quiet,
            "celery.app.trace": quiet,
            "kombu": quiet,
            "django_celery_beat": quiet,
            "_granian": quiet,
        },
    }
