"""Two processes that file near copies of the same stories at once, one that dies, one that starts again."""

from __future__ import annotations

import runpy
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from monitor.novelty.digest import cut, digest

HERE = Path(__file__).parent
STREAM = runpy.run_path(str(HERE / "stream.py"))
INVENTED = runpy.run_path(str(HERE / "invented.py"))


def raced(url: str, stories: int) -> int:
    """Let two processes file a near copy each of so many stories, released together; return how many are told."""
    racers = [_racer(url, outlet, 0, stories) for outlet in ("northline", "eastwire")]
    for one in racers:
        _release(one)
    for one in racers:
        if _ended(one) != 0:
            raise RuntimeError(f"a racer ended with {one.returncode}")
    return _told(url)


def killed(url: str, stories: int, dies_at: int) -> tuple[int, int]:
    """Kill a process inside the transaction of one story, and file all again; return what was told before and after."""
    victim = _racer(url, "northline", 0, stories, dies_at)
    _release(victim)
    _ended(victim)
    before = _told(url)
    again = _racer(url, "northline", 0, stories)
    _release(again)
    _ended(again)
    return before, _told(url)


def decisions(url: str, documents: int, *, restarted: bool) -> list[tuple[Any, ...]]:
    """File reports, their near copies and other tellings; with a restart, half of them with nothing remembered."""
    reports = mixed(documents)
    halves = (reports[: documents // 2], reports[documents // 2 :]) if restarted else (reports,)
    found = []
    for half in halves:
        digest.cache_clear()
        cut.cache_clear()
        with STREAM["archive"](url) as (store, watch):
            found += [STREAM["fed"](store, watch, one) for one in half]
    return [(one.level, one.development_id, one.made_development, one.announced) for one in found]


def mixed(documents: int) -> list[Any]:
    """Of each three reports one is new, one its near copy, one another telling of it; not one beside the other."""
    firsts = [INVENTED["report"](number) for number in range((documents + 2) // 3)]
    copies = [INVENTED["near_copy"](one, "eastwire") for one in firsts]
    again = [INVENTED["rewritten"](one, number) for number, one in enumerate(firsts)]
    return [*firsts, *copies, *again][:documents]


def _racer(url: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, str(HERE / "racer.py"), url, *map(str, arguments)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if process.stdout is None or process.stdout.readline() != "ready\n":
        raise RuntimeError("a racer did not start")
    return process


def _release(racer: subprocess.Popen[str]) -> None:
    if racer.stdin is not None:
        with suppress(BrokenPipeError):
            racer.stdin.write("go\n")
            racer.stdin.close()


def _ended(racer: subprocess.Popen[str]) -> int:
    with racer:
        return racer.wait()


def _told(url: str) -> int:
    with STREAM["archive"](url) as (store, _):
        told: int = STREAM["alerts"](store)
    return told


def levels(decided: Sequence[tuple[Any, ...]]) -> dict[str, int]:
    """How often each level was given."""
    names = [str(one[0]) for one in decided]
    return {name: names.count(name) for name in sorted(set(names))}
