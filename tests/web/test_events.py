"""The count of what is new: only counts, told when it changes, and nobody who listens holds up the end."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import uvicorn

from monitor.web.app import create_app
from monitor.web.events import MOST_LISTENERS, Events

LINE = "The keeper of lighthouse {0} left on Monday, and {0} boats waited for the pilot of Brask."


def counts(parts: list[str]) -> list[int]:
    return [json.loads(part.removeprefix("data: "))["articles"] for part in parts if part.startswith("data: ")]


def listen(desk: Any, events: Events, since: int, acts: dict[int, Callable[[], Any]]) -> list[str]:
    """What a listener is told; after so many parts the act of that number is done."""

    async def listening() -> list[str]:
        parts: list[str] = []
        async for part in events.told(desk.store, since):
            parts.append(part)
            if len(parts) in acts:
                await asyncio.to_thread(acts[len(parts)])
        return parts

    return asyncio.run(listening())


def test_what_came_since_is_counted_as_it_comes(desk: Any) -> None:
    ended = threading.Event()
    desk.file("http://gull.example/1", "Lighthouse 1", LINE.format(1))

    def file() -> None:
        desk.file("http://gull.example/2", "Lighthouse 2", LINE.format(2))
        desk.file("http://gull.example/3", "Cup final", "The home side won in front of 9,000 people.")
        desk.learn("An old tower", "A tower of 1790 stands in the surf, and nobody knows who built it or why.")

    events = Events(ended.is_set, look=0.02, beat=60.0)
    assert counts(listen(desk, events, 1, {2: file, 3: ended.set})) == [0, 1]
    assert events.listeners == 0


def test_a_sign_of_life_while_nothing_comes(desk: Any) -> None:
    ended = threading.Event()
    parts = listen(desk, Events(ended.is_set, look=0.02, beat=0.05), 0, {4: ended.set})
    assert parts[0] == "retry: 15000\n\n" and counts(parts) == [0] and parts[-1] == ": still here\n\n"


def test_an_archive_that_does_not_answer_is_waited_for(desk: Any) -> None:
    desk.store.close()
    desk.store.place.file.write_bytes(b"no database")
    assert counts(listen(desk, Events(lambda: False, look=0.02, longest=0.2), 0, {})) == []


def test_nobody_listens_for_ever(desk: Any) -> None:
    begin = time.monotonic()
    listen(desk, Events(lambda: False, look=0.02, longest=0.1), 0, {})
    assert time.monotonic() - begin < 10


def test_too_many_listeners_are_told_so(desk: Any, open_screens: Callable[..., Any]) -> None:
    screens = open_screens(desk)
    assert screens.get("/events?since=a0").headers["content-type"].startswith("text/event-stream")
    for odd in ("x", "a-1", "s1", ""):
        assert screens.get(f"/events?since={odd}").status_code == (200 if odd == "" else 400), odd
    screens.app.state.events.listeners = MOST_LISTENERS
    answer = screens.get("/events?since=a0")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")


def test_a_listener_does_not_hold_up_the_end(desk: Any) -> None:
    ended = threading.Event()
    app = create_app(desk.store, lambda: desk.watch.config, lambda: "", stopping=ended.is_set)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=30))
    bound = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = bound.getsockname()[1]
    asking = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    asking.request("GET", "/events?since=a0", headers={"Host": f"127.0.0.1:{port}"})
    answer = asking.getresponse()
    assert answer.readline() == b"retry: 15000\n"
    # It ends once it listens: a server that is stopped before has nothing to tell.
    assert b'data: {"articles": 0}\n' in iter(answer.readline, b"")
    begin = time.monotonic()
    ended.set()
    server.should_exit = True
    assert answer.read().strip() == b""
    thread.join(20)
    asking.close()
    assert not thread.is_alive() and time.monotonic() - begin < 15
