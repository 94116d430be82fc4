"""The screens' listener: inside the daemon, or alone over an archive that others fill."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
import uvicorn

from monitor.config import Config
from monitor.errors import ConfigError, StorywatchError
from monitor.runtime.notify import tell_manager
from monitor.store import Store
from monitor.websub import Answer, Call

log = structlog.get_logger("storywatch")
DRAIN_SECONDS = 3
WebApp = Callable[
    [
        Store,
        Callable[[], Config],
        Callable[[], str],
        Callable[[], tuple[str, ...]],
        Callable[[Call], Awaitable[Answer]] | None,
        Callable[[], bool],
        Callable[[], Mapping[str, float]],
    ],
    Any,
]


def bound(config: Config) -> socket.socket:
    """The screens' socket, taken before anything else starts: a port in use is a word, not a half-started daemon."""
    host, port = config.web.host, config.web.port
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise StorywatchError(
            f"the screens cannot listen on {host}:{port} ({error.strerror}): end what holds it, or set [web] listen"
        ) from None


@contextlib.asynccontextmanager
async def listening(app: Any, taken: socket.socket) -> AsyncIterator[str]:
    """Answer on a socket while the block runs; yields the address."""
    settings = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="auto",
        server_header=False,
        # Without it one reader who does not read holds up the end for ever.
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    server = _Screens(settings)
    task = asyncio.create_task(server.serve(sockets=[taken]), name="screens")
    while not server.started and not task.done():
        await asyncio.sleep(0.02)
    host, port = taken.getsockname()[:2]
    try:
        yield f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
    finally:
        server.should_exit = True
        await task


class _Screens(uvicorn.Server):
    """uvicorn without its signal handling: signals are ours, it would end the loop without a drain."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass
class Alone:
    """Screens without a daemon: the config in force, and the problems of one that a reload did not take."""

    config: Config
    reload: Callable[[], Config]
    refused: tuple[str, ...] = ()

    def again(self) -> None:
        """What SIGHUP does: a good config is taken whole, a broken one changes nothing."""
        try:
            self.config, self.refused = self.reload(), ()
        except ConfigError as error:
            self.refused = tuple(str(problem) for problem in error.problems)
            log.error("reload refused: the config in force stays", problems=list(self.refused))
        else:
            log.info("reloaded")


async def serve_alone(alone: Alone, store: Store, web_app: WebApp) -> int:
    """Only the screens, over an archive that is there, until a signal ends them; returns the exit code."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, alone.again)
    app = web_app(store, lambda: alone.config, str, lambda: alone.refused, None, stop.is_set, dict)
    with contextlib.closing(bound(alone.config)) as taken:
        async with listening(app, taken) as address:
            log.info("ready", watch=alone.config.watch.id, screens=address)
            tell_manager("READY=1")
            await stop.wait()
            tell_manager("STOPPING=1")
    return 0
