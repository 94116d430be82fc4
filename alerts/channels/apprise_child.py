"""One notification by Apprise in a process of its own: JSON on stdin says what, one JSON line on stdout how it went.

It is run as a file (`python -P`), never imported by the daemon: a plug-in that hangs or eats memory is killed with it.
"""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import sys
from typing import Any

# What an address may say that is ours to decide: no markup, no second try of its own, one message and not several.
_OURS = ("format", "retry", "wait", "overflow", "emojis", "optional")
_STATUS = re.compile(r"\berror[=: ]+(\d{3})\b")


class _Statuses(logging.Handler):
    """Keeps the HTTP status that a plug-in logs: the rest of its words may hold the address."""

    def __init__(self) -> None:
        super().__init__()
        self.last = ""

    def emit(self, record: logging.LogRecord) -> None:
        found = _STATUS.search(record.getMessage())
        self.last = found[1] if found else self.last


def told(asked: dict[str, Any]) -> dict[str, str]:
    """Do what was asked: url, title, body, send. The outcome is sent, failed, understood, unknown or missing."""
    try:
        from apprise import Apprise, NotifyFormat, OverflowMode
        from apprise.plugins import url_to_dict
    except ImportError:
        return {"outcome": "missing"}
    log, statuses = logging.getLogger("apprise"), _Statuses()
    log.addHandler(statuses)
    log.propagate = False
    parts = url_to_dict(asked["url"])  # type: ignore[no-untyped-call]  # the library leaves it untyped
    known = None if parts is None else {name: value for name, value in parts.items() if name not in _OURS}
    service = None if known is None else Apprise.instantiate(known)
    if service is None:
        return {"outcome": "unknown"}
    name = str(service.service_name)[:60]
    if not asked["send"]:
        return {"outcome": "understood", "service": name}
    # The plug-in itself, without the loop around it that would try again.
    taken = service.notify(
        body=asked["body"], title=asked["title"], body_format=NotifyFormat.TEXT, overflow=OverflowMode.TRUNCATE
    )
    return {"outcome": "sent" if taken else "failed", "service": name, "status": statuses.last}


def main() -> None:
    """Answer on what was stdout at the start: plug-ins may write there, too."""
    said = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    asked = json.loads(sys.stdin.buffer.read())
    # Whoever waits for this may be dead.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, asked["seconds"])
    said.write(json.dumps(told(asked)))
    said.flush()
    # Not through the exit handlers of whatever was loaded.
    os._exit(0)


if __name__ == "__main__":
    main()
