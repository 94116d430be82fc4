"""Structured logs: JSON lines to a pipe, readable lines to a terminal, secrets and control characters never."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

import structlog
from structlog.typing import EventDict, Processor

from monitor.config import Config, Secret

_USERINFO = re.compile(r"(?<=://)[^/@\s]+@")
_TOKEN_QUERY = re.compile(r"(?i)([?&](?:token|key|secret|password|sig|signature)=)[^&\s]+")
_SLACK_HOOK = re.compile(r"(hooks\.slack\.com/services|/services)/[A-Za-z0-9/]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_HEAD, _TAIL = 500, 2_000
# Shorter parts of an address ("/", "/api") are no secret, and stand in every other text.
_TELLING = 8


def redacted(text: str, secrets: Collection[str]) -> str:
    """Text without the given secrets, URL credentials, token parameters and control characters other than line feeds.

    Of a long one the head and the tail, where a traceback names its error.
    """
    for secret in secrets:
        if len(secret) >= 4:
            text = text.replace(secret, "***")
    text = _USERINFO.sub("***@", text)
    text = _TOKEN_QUERY.sub(r"\1***", text)
    text = _SLACK_HOOK.sub(r"\1/***", text)
    text = _CONTROL.sub(lambda found: f"\\x{ord(found.group()):02x}", text)
    return text if len(text) <= _HEAD + _TAIL else f"{text[:_HEAD]} … {text[-_TAIL:]}"


def secrets_of(*configs: Config) -> tuple[str, ...]:
    """Every secret of the configs, so that none gets into a log line, in each form in which somebody may quote it."""
    fields = [
        field
        for config in configs
        for field in (
            *(value for part in (*config.channels, config.web) for value in dict(part).values()),
            config.login,
        )
    ]
    found = [form for value in fields if isinstance(value, Secret) for form in _forms(value.reveal())]
    # The longest first: a part of one must not leave the rest of it behind.
    return tuple(sorted(dict.fromkeys(found), key=len, reverse=True))


def _forms(secret: str) -> tuple[str, ...]:
    """A secret as it is; of an address also its password, its path and its query, of a signing key what it encodes."""
    if secret.startswith("whsec_"):
        return secret, secret.removeprefix("whsec_")
    if "://" not in secret:
        return (secret,)
    try:
        parts = urlsplit(secret)
    except ValueError:
        return (secret,)
    target = f"{parts.path}?{parts.query}"
    found = (secret, target, parts.path, parts.query, parts.password or "")
    return tuple(form for form in found if len(form) >= _TELLING)


def _redactor(secrets: Collection[str]) -> Processor:
    def process(_logger: Any, _method: str, event: EventDict) -> EventDict:
        return {
            key: value if isinstance(value, bool | int | float | None) else _one(key, redacted(str(value), secrets))
            for key, value in event.items()
        }

    return process


def _one(key: str, value: str) -> str:
    """A value on one line, so that nobody forges an event; a traceback keeps its lines."""
    return value if key == "exception" else value.replace("\n", "\\x0a")


def set_up(secrets: Collection[str], *, verbose: int = 0, quiet: bool = False) -> None:
    """Send structlog and the libraries' standard logging through one pipeline to stderr."""
    level = logging.WARNING if quiet else (logging.DEBUG if verbose > 1 else logging.INFO)
    terminal = sys.stderr.isatty()
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(
            pad_event_to=28,
            colors=not os.environ.get("NO_COLOR"),
            exception_formatter=structlog.dev.plain_traceback,
        )
        if terminal
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if terminal else "iso", utc=not terminal),
        structlog.processors.format_exc_info,
        _redactor(tuple(secrets)),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # The libraries' own chatter is about their insides; what matters of it is recorded as a Fetch or a delivery.
    for name in (
        "scrapy",
        "twisted",
        "apscheduler",
        "trafilatura",
        "htmldate",
        "uvicorn",
        "asyncio",
        "slack_sdk",
        "mail",
    ):
        logging.getLogger(name).setLevel(logging.DEBUG if verbose > 1 else logging.ERROR)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
