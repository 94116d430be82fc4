"""`web`: the screens alone, over an archive that a daemon filled."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """`storywatch web` in a folder with a config; yields its address and its process."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        place = f"127.0.0.1:{free.getsockname()[1]}"
    words = [sys.executable, "-m", "monitor", "--config", str(folder / "storywatch.toml"), "web", "--listen", place]
    with (folder / "web.log").open("wb") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log, env={**os.environ, "NO_COLOR": "1"})
    try:
        yield f"http://{place}", process
    finally:
        process.kill()
        process.wait()


def answered(address: str, process: Any) -> str:
    """What an address answers, waited for while the screens start."""
    for _ in range(600):
        assert process.poll() is None
        try:
            with urllib.request.urlopen(address, timeout=30) as answer:
                return str(answer.read().decode())
        except (ConnectionError, urllib.error.URLError):
            time.sleep(0.1)
    raise AssertionError(address)


def test_the_screens_alone_answer_reload_and_end(filled: Path) -> None:
    file = filled / "storywatch.toml"
    with serving(filled) as (address, process):
        assert answered(f"{address}/readyz", process) == "ready\n"
        assert "harbour-truce" in answered(f"{address}/rules", process)
        told = answered(f"{address}/metrics", process)
        assert "storywatch_articles{" in told and "storywatch_well" not in told
        file.write_text(file.read_text().replace('id = "mines"', 'id = "sea-mines"'))
        process.send_signal(signal.SIGHUP)
        wait_for("sea-mines", f"{address}/rules", process)
        file.write_text(file.read_text() + "\nnonsense = 1\n")
        process.send_signal(signal.SIGHUP)
        wait_for("Reload refused:", f"{address}/rules", process)
        assert "sea-mines" in answered(f"{address}/rules", process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert (filled / "screens-password").stat().st_mode & 0o777 == 0o600


def wait_for(words: str, address: str, process: Any) -> None:
    for _ in range(300):
        if words in answered(address, process):
            return
        time.sleep(0.1)
    raise AssertionError(f"{words} never stood at {address}")


@pytest.mark.parametrize(
    ("listen", "said"),
    [("0.0.0.0:8788", "can be reached by others"), ("nowhere", "must be HOST:PORT"), ("[::]:1", "reached by others")],
)
def test_it_listens_only_where_the_config_might(filled: Path, run: Any, listen: str, said: str) -> None:
    answer = run("web", "--listen", listen)
    assert answer.code == 2 and said in answer.err


def test_without_an_archive_there_is_nothing_to_show(run: Any) -> None:
    answer = run("web")
    assert answer.code == 1 and "there is no archive" in answer.err
