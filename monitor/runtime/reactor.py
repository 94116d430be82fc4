"""Twisted's reactor on the daemon's own asyncio loop, the way out of the process, and the guard's self-check.

Order: `run(main())` at the top of a process does it all. Piece by piece: `install()` first, in the thread that will run
the loop and before anything imports `twisted.internet.reactor`; then build a `Crawler` and run the loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import threading
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

from twisted.internet import asyncioreactor

from monitor.runtime.canary import self_check

__all__ = ["install", "run", "self_check"]

# How long threads and atexit handlers may hold up the end of the process.
GRACE = timedelta(seconds=3)


def install() -> asyncio.AbstractEventLoop:
    """Create the loop with a started reactor on it. Once per process: a reactor can be neither replaced nor restarted.

    Started by hand, because only then do the resolver's threads run; `reactor.run()` would take the signals.
    """
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    asyncioreactor.install(loop)  # type: ignore[no-untyped-call]
    from twisted.internet import reactor

    reactor.startRunning(installSignalHandlers=False)
    # A crawl's own chatter says nothing that its outcome does not say.
    for name in ("scrapy", "twisted", "protego"):
        logging.getLogger(name).setLevel(logging.ERROR)
    return loop


def run(main: Coroutine[Any, Any, int]) -> int:
    """Run `main` to its end and return the exit code, after which the process ends for sure, within GRACE.

    Whatever leaves the loop (SystemExit in a callback, an interrupt) ends the process too: Twisted's pool threads
    would keep it alive for ever otherwise.
    """
    loop = install()
    code = 1
    try:
        code = loop.run_until_complete(main)
    except SystemExit as leaving:
        code = _exit_code(leaving)
    except KeyboardInterrupt:
        code = 130
    finally:
        end_within(GRACE, code)
        shut_down(loop)
    return code


def end_within(grace: timedelta, code: int) -> None:
    """End the process with `code` when it is still there after `grace`, whatever its threads do."""

    def end() -> None:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)

    timer = threading.Timer(grace.total_seconds(), end)
    timer.daemon = True
    timer.start()


def shut_down(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what still runs, stop the reactor with its threads, and close the loop."""
    from twisted.internet import reactor

    system: Any = reactor
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    with contextlib.suppress(SystemExit, KeyboardInterrupt):
        if tasks:
            loop.run_until_complete(asyncio.wait(tasks, timeout=GRACE.total_seconds() / 2))
        loop.run_until_complete(loop.shutdown_asyncgens())
    system.fireSystemEvent("shutdown")
    loop.close()


def _exit_code(leaving: SystemExit) -> int:
    """What Python would end with: nothing is 0, a text is printed and 1."""
    if leaving.code is None or isinstance(leaving.code, int):
        return leaving.code or 0
    sys.stderr.write(f"{leaving.code}\n")
    return 1
