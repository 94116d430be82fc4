"""The rules of the config in force, compiled once for the screens."""

from __future__ import annotations

import threading
import time

from starlette.requests import Request

from monitor.config import Config
from monitor.inquiry.rulebook import Never, unmatched
from monitor.store import Store
from monitor.watch import Watch, compile_watch

_KEPT_SECONDS = 300.0


class Compiled:
    """Keeps the watch until another config is in force, and for some minutes which of its words never matched."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watch: Watch | None = None
        self._never: tuple[float, Never] | None = None

    def watch(self, config: Config) -> Watch:
        """The compiled watch of a config."""
        with self._lock:
            if self._watch is None or self._watch.config is not config:
                self._watch, self._never = compile_watch(config), None
            return self._watch

    def never(self, store: Store, watch: Watch) -> Never:
        """By rule, the words that no text of the archive has, as of the last five minutes."""
        now = time.monotonic()
        with self._lock:
            kept = self._never if self._watch is watch else None
        if kept is None or now - kept[0] > _KEPT_SECONDS:
            kept = (now, unmatched(store, watch.compiled))
            with self._lock:
                if self._watch is watch:
                    self._never = kept
        return kept[1]


def compiled_of(request: Request) -> Compiled:
    """The one of an application."""
    found: Compiled = request.app.state.compiled
    return found
