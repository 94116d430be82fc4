"""Bytes read where their reader can be killed; whatever becomes of it is a ParseError."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

import structlog

from monitor.errors import ParseError
from monitor.runtime.pool import Killed
from monitor.runtime.services import Services

log = structlog.get_logger("storywatch")
PARSE_SECONDS = 10.0
Ts = TypeVarTuple("Ts")
T = TypeVar("T")


class Unreadable(ParseError):
    """Bytes that ended or broke their reader."""


async def worked_out(services: Services, reader: str, function: Callable[[*Ts], T], *args: *Ts) -> T:
    """Read bytes in the pool. Raises ParseError, and Unreadable whatever else goes wrong there.

    Anything else would break the job, and the bytes that did it would be asked for again and again.
    """
    try:
        return await services.pool.run(function, *args, timeout=PARSE_SECONDS)
    except ParseError:
        raise
    except Killed as error:
        raise Unreadable(f"its {reader} was ended: {error}") from error
    except Exception as error:
        log.exception("reader broke", reader=reader)
        raise Unreadable(f"its {reader} broke: {type(error).__name__}: {error}") from error
