"""A daemon that is ended or stopped in the middle of a send: what it leaves, and who may go on."""

from __future__ import annotations

import contextlib
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from monitor.errors import Busy
from monitor.store import archive_lock

HOLD = """
import sys, time
from monitor.store import archive_lock
with archive_lock(sys.argv[1]):
    print("held", flush=True)
    time.sleep(120)
"""
_REPLIES = {b"EHLO": b"250 silent.example", b"DATA": b"354 go on"}


class SilentServer:
    """Takes mail up to the final dot and then says nothing for ever. `taken`: dots heard."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.taken = 0
        self._open: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def stop(self) -> None:
        for one in (*self._open, self._listener):
            one.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                self._open.append(line)
                threading.Thread(target=self._talk, args=(line,), daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError), line.makefile("rwb") as talk:
            talk.write(b"220 silent.example\r\n")
            talk.flush()
            text = False
            while words := talk.readline():
                if text:
                    if words == b".\r\n":
                        self.taken += 1
                    continue
                text = words[:4].upper() == b"DATA"
                talk.write(_REPLIES.get(words[:4].upper(), b"250 ok") + b"\r\n")
                talk.flush()


@pytest.fixture
def silent() -> Iterator[SilentServer]:
    server = SilentServer()
    yield server
    server.stop()


@pytest.mark.long
def test_a_term_signal_during_a_send_is_journaled_within_ten_seconds(
    make_scene: Callable[..., Any], silent: SilentServer
) -> None:
    scene = make_scene(pace=4.0)
    text = scene.config.read_text(encoding="utf-8")
    scene.config.write_text(text.replace(f"port = {scene.mailbox.port}", f"port = {silent.port}"), encoding="utf-8")
    process = scene.start("run")
    scene.wait_ready()
    scene.wait_for(lambda: silent.taken > 0, 60, "a mail that nobody acknowledges")
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    question = "select d.state, a.outcome from delivery d join attempt a on a.delivery_id = d.id where channel = ?"

    def journal() -> list[Any]:
        with closing(sqlite3.connect(f"file:{scene.database}?mode=ro", uri=True, timeout=10)) as archive:
            return archive.execute(question, ("desk-email",)).fetchall()

    scene.wait_for(lambda: ("ambiguous", "ambiguous") in journal(), 15, "the journal")
    assert time.monotonic() - begun < 10.0
    assert process.wait(30) == 0
    assert {row[1] for row in journal()} == {"ambiguous"} and "Traceback" not in scene.log()


def test_a_stopped_daemon_keeps_its_archive_until_it_is_dead(database_url: str) -> None:
    """No lease runs out: whoever was asleep may send on when it wakes, so nobody else may meanwhile."""
    with subprocess.Popen([sys.executable, "-c", HOLD, database_url], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        holder.send_signal(signal.SIGSTOP)
        until = time.monotonic() + 3
        while time.monotonic() < until:
            with pytest.raises(Busy), archive_lock(database_url):
                pytest.fail("a second sender beside one that sleeps")
            time.sleep(0.2)
        holder.send_signal(signal.SIGKILL)
        holder.wait(10)
    for _ in range(50):
        # PostgreSQL hears of a dead client a moment later.
        with contextlib.suppress(Busy), archive_lock(database_url):
            return
        time.sleep(0.1)
    pytest.fail("the archive stays locked by a process that is dead")
