"""A killed daemon leaves no process behind: not its readers, not the server that forks them, no tracker."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

SECONDS = 5.0


def alive_in(folder: Path) -> list[psutil.Process]:
    """Every process that works in this folder; children keep the folder of the daemon that started them."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()) == folder:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def ended(folder: Path) -> bool:
    deadline = time.monotonic() + SECONDS
    while alive_in(folder):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def killed(scene: Any, process: Any) -> int:
    """Kill the daemon alone and return how many children it had; those that outlive it fail the test."""
    children = len(alive_in(scene.folder)) - 1
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    if not ended(scene.folder):
        left = alive_in(scene.folder)
        words = [(one.pid, one.cmdline()[-1][:60]) for one in left]
        for one in left:
            one.kill()
        raise AssertionError(f"still there after {SECONDS:g} s: {words}")
    return children


def test_nothing_outlives_a_killed_daemon(make_scene: Callable[..., Any]) -> None:
    scene = make_scene(pace=8.0)
    process = scene.start("run")
    scene.wait_ready()
    # The daemon, the server of its children, their tracker, and one reader at least.
    scene.wait_for(lambda: len(alive_in(scene.folder)) >= 4, 60, "readers")
    assert killed(scene, process) >= 3


@pytest.mark.long
def test_nothing_outlives_a_daemon_that_is_killed_while_it_starts_its_readers(make_scene: Callable[..., Any]) -> None:
    scene = make_scene(pace=8.0)
    chance = random.Random(11)
    for _ in range(4):
        process = scene.start("run")
        scene.wait_for(lambda: len(alive_in(scene.folder)) >= 3, 60, "the server of the readers")
        time.sleep(chance.uniform(0.0, 2.5))
        killed(scene, process)
