"""CPU work in child processes that may be killed: a hostile page costs a child, never the daemon.

Every worker is an executor of one process, so that whoever dies or overruns is known and takes nobody along.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import resource
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import TypeVar, TypeVarTuple

from monitor.errors import StorywatchError

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
# Imported once by the server that children are forked from, so that a child starts in milliseconds. What the readers
# import when they need it stands here, too.
PRELOAD = ["monitor.runtime.lifeline", "monitor.reading", "feedparser", "trafilatura", "trafilatura.metadata"]
_START_SECONDS = 60.0
_TRIES = 2


class Killed(StorywatchError):
    """The work ended its process or overran its time, each time it was tried."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one job may use: CPU seconds, bytes of address space; and the number of `jobs` that a child does."""

    cpu_seconds: int = 4
    memory: int = 1_500 * 2**20
    jobs: int = 500


class _Worker:
    """One child process, or with `process` false one thread of our own. Creating it blocks until the child is up."""

    def __init__(self, limits: Limits, *, process: bool) -> None:
        self.jobs = 0
        self._limits = limits
        self._pid = 0
        self._executor: Executor
        if process:
            self._executor = ProcessPoolExecutor(1, _context(), _settle_in, (limits.memory,))
            self._pid = self._executor.submit(os.getpid).result(_START_SECONDS)
        else:
            self._executor = ThreadPoolExecutor(1, "pool-work")

    def submit(self, function: Callable[[*Ts], T], *args: *Ts) -> Future[T]:
        self.jobs += 1
        if not self._pid:
            return self._executor.submit(function, *args)
        return self._executor.submit(_limited, self._limits.cpu_seconds, function, args)

    def kill(self) -> None:
        """End the child at once. A thread cannot be ended: it is left behind to finish unheard."""
        if self._pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
        self._executor.shutdown(wait=False, cancel_futures=True)


class Pool:
    """`workers` child processes; with 0 one thread, which can be given up but not killed (for very small machines)."""

    def __init__(self, workers: int, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._processes = workers > 0
        self._closed = False
        self._hired: set[_Worker] = set()
        self._idle: asyncio.Queue[_Worker | None] = asyncio.Queue()
        for _ in range(max(1, workers)):
            self._idle.put_nowait(None)
        # Starting a child waits for it, and submitting may wait, too: neither happens on the loop.
        self._threads = ThreadPoolExecutor(max(1, workers), "pool")

    async def run(self, function: Callable[[*Ts], T], *args: *Ts, timeout: float) -> T:
        """What `function(*args)` returns or raises, worked out in a child within `timeout` seconds once one is free.

        A job that ends its child or overruns is tried a second time in a fresh one, then given up: raises Killed.
        """
        worker = await self._idle.get()
        try:
            why = ""
            for _ in range(_TRIES if self._processes else 1):
                self._refuse_closed()
                worker = worker or await self._hire()
                try:
                    return await self._once(worker, timeout, function, *args)
                except MemoryError:
                    why = f"it needs more memory than {self._limits.memory // 2**20} MB"
                except (BrokenProcessPool, _Overrun) as error:
                    why = str(error) if isinstance(error, _Overrun) else "its process died"
                self._dismiss(worker)
                worker = None
            raise Killed(why)
        except asyncio.CancelledError:
            # Nobody waits for the result any more; the next job must not wait for it either.
            self._dismiss(worker)
            worker = None
            raise
        finally:
            if worker and worker.jobs >= self._limits.jobs:
                self._dismiss(worker)
                worker = None
            self._idle.put_nowait(worker)

    async def close(self) -> None:
        """End all children now; jobs that are still running raise Killed."""
        self._closed = True
        for worker in tuple(self._hired):
            self._dismiss(worker)
        self._threads.shutdown(wait=False)

    async def _hire(self) -> _Worker:
        loop = asyncio.get_running_loop()
        try:
            worker = await loop.run_in_executor(self._threads, lambda: _Worker(self._limits, process=self._processes))
        except (BrokenProcessPool, TimeoutError) as error:
            raise Killed(f"no child process could be started: {error}") from error
        self._hired.add(worker)
        if self._closed:
            self._dismiss(worker)
        return worker

    async def _once(self, worker: _Worker, timeout: float, function: Callable[[*Ts], T], *args: *Ts) -> T:
        loop = asyncio.get_running_loop()
        try:
            future = asyncio.wrap_future(await loop.run_in_executor(self._threads, worker.submit, function, *args))
        except RuntimeError as error:  # closed, or dead since its last job
            raise BrokenProcessPool(str(error)) from error
        try:
            done, _ = await asyncio.wait({future}, timeout=timeout)
            if not done:
                raise _Overrun(f"not finished after {timeout:g} s")
            return future.result()
        finally:
            future.cancel()

    def _refuse_closed(self) -> None:
        if self._closed:
            raise Killed("the pool is closed")

    def _dismiss(self, worker: _Worker | None) -> None:
        if worker is not None:
            self._hired.discard(worker)
            worker.kill()


class _Overrun(Exception):
    """The job did not finish in its time."""


def _context() -> multiprocessing.context.ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    return context


def _settle_in(memory: int) -> None:
    """In the child, before it waits for work: die with the daemon, take its limits, leave the terminal's signals to it.

    As the executor's initialiser and no job of its own: a daemon that is killed while it hires sends no job any more.
    """
    threading.Thread(target=_die_with_parent, daemon=True).start()
    with contextlib.suppress(ValueError, OSError):  # macOS knows no such limit
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _die_with_parent() -> None:
    """An orphan would wait for work for ever: it holds both ends of its queue."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _limited(cpu_seconds: int, function: Callable[[*Ts], T], args: tuple[*Ts]) -> T:
    """In the child: one job. The limit is the process's whole CPU time, so it is moved on before each job."""
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + cpu_seconds + 1, hard))
    try:
        return function(*args)
    except SystemExit as error:
        raise RuntimeError(f"{function} tried to exit: {error}") from error
