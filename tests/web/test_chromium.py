"""The screens in a real browser: they load whole, narrow and wide, light and dark, and the console stays silent."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from monitor.web.app import create_app

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --hide-scrollbars --enable-logging=stderr"
)
ATTACK = "</p><script>console.error(1)</script><img src=/nothing onerror=console.error(2)> lighthouse keeper"
VIEWS = ((360, "light"), (1280, "dark"), (360, "dark"), (1280, "light"))
PAGES = ("/", "/articles?q=keeper", "/articles/a1", "/articles/a2", "/alerts", "/sources", "/sources/gull", "/help")

pytestmark = pytest.mark.skipif(
    CHROMIUM is None,
    reason="SKIPPED LOUDLY: no chromium; `apt-get install chromium` lets this test look at the screens",
)


class Server(uvicorn.Server):
    """uvicorn in a thread of the test, with the answers that it gave."""

    def __init__(self, app: Any) -> None:
        self.answers: list[tuple[str, int]] = []
        self.inner = app
        super().__init__(uvicorn.Config(self.noting, log_config=None, lifespan="off", interface="asgi3"))

    async def noting(self, scope: Any, receive: Any, send: Any) -> None:
        async def noted(message: Any) -> None:
            if message["type"] == "http.response.start":
                self.answers.append((scope["path"], message["status"]))
            await send(message)

        await self.inner(scope, receive, noted)


@pytest.fixture
def served(desk: Any) -> Iterator[tuple[Server, str]]:
    text = "A lighthouse keeper of Cape Morren was seen on 3 May.\n\n" + ATTACK
    desk.file("http://gull.example/1", ATTACK, text, author=ATTACK)
    desk.file(
        "http://gull.example/2", "Lighthouse dark", "The lighthouse is dark, said keeper Farr at 6 on Monday. " * 40
    )
    desk.deliver()
    server = Server(create_app(desk.store, lambda: desk.watch.config, lambda: ""))
    bound = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server, f"http://127.0.0.1:{bound.getsockname()[1]}"
    server.should_exit = True
    thread.join()


def picture(address: str, width: int, scheme: str, folder: Path) -> tuple[bytes, str]:
    """The page as PNG, and what the console said."""
    shot = folder / f"{width}-{scheme}.png"
    command = [
        str(CHROMIUM),
        *FLAGS.split(),
        f"--user-data-dir={folder / f'profile-{width}-{scheme}'}",
        f"--blink-settings=preferredColorScheme={0 if scheme == 'dark' else 1}",
        f"--window-size={width},900",
        f"--screenshot={shot}",
        address,
    ]
    environ = {**os.environ, "HOME": str(folder)}
    ended = subprocess.run(command, capture_output=True, text=True, timeout=90, env=environ, check=False)
    said = "\n".join(line for line in ended.stderr.splitlines() if ":CONSOLE" in line)
    return shot.read_bytes(), said


@pytest.mark.parametrize(("place", "view"), [(place, VIEWS[n % 4]) for n, place in enumerate(PAGES)])
def test_a_page_loads_whole_and_in_silence(served: Any, tmp_path: Path, place: str, view: tuple[int, str]) -> None:
    server, root = served
    shot, said = picture(root + place, *view, tmp_path)
    assert shot.startswith(b"\x89PNG")
    assert struct.unpack(">II", shot[16:24]) == (view[0], 900)
    assert said == ""
    assert {status for _path, status in server.answers} == {200}, server.answers
    assert {"/static/style.css", place.partition("?")[0]} <= {path for path, _status in server.answers}


def test_the_console_is_heard(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    policy = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'
    page.write_text(
        f"<!doctype html><title>x</title>{policy}<p style='color: red'>x<script>1</script>", encoding="utf-8"
    )
    _shot, said = picture(page.as_uri(), 360, "light", tmp_path)
    assert "Content Security Policy" in said
