"""The callbacks of hubs: open without a login, to nothing else, under our name only, within the body's limit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from monitor.web.app import create_app
from monitor.websub import Answer, Call

TOKEN = "a" * 43
LOCKED = '\n[web]\npassword = "env:PASS"\n[fetch]\nmax_body = "2kB"\n'


@pytest.fixture
def heard() -> list[tuple[Call, bytes | None]]:
    return []


@pytest.fixture
def door(
    desk: Any,
    make_watch: Callable[[str], Any],
    open_screens: Callable[..., Any],
    heard: list[tuple[Call, bytes | None]],
) -> Any:
    """Screens with a password, asked from outside."""

    async def hears(call: Call) -> Answer:
        if call.token != TOKEN:
            return Answer(404, "unknown")
        heard.append((call, None if call.body is None else await call.body()))
        return Answer(200, "<b>echo</b>")

    desk.watch = make_watch(LOCKED)
    browser = open_screens(desk, client="203.0.113.9")
    browser.app = create_app(desk.store, lambda: desk.watch.config, lambda: "", hears=hears)
    return browser


OURS = {"Host": "watch.example.org"}


def test_a_hub_needs_no_login_and_gets_plain_text(door: Any, heard: list[Any]) -> None:
    answer = door.get(f"/websub/{TOKEN}?hub.mode=subscribe&hub.topic=a%26b", headers=OURS)
    assert (answer.status_code, answer.text) == (200, "<b>echo</b>")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff" and answer.headers["cache-control"] == "no-store"
    assert heard[0][0].query == {"hub.mode": "subscribe", "hub.topic": "a&b"} and heard[0][1] is None
    pushed = door.request(
        "POST", f"/websub/{TOKEN}", headers={**OURS, "X-Hub-Signature": "sha1=0"}, content=b"\x00\xff raw"
    )
    assert pushed.status_code == 200 and heard[1][1] == b"\x00\xff raw"
    assert heard[1][0].headers["x-hub-signature"] == "sha1=0"


def test_nothing_else_is_opened(door: Any, heard: list[Any]) -> None:
    for place in ("/", "/articles", "/sources.json", f"/websub/{TOKEN}/x", "/websub/", "/websub/short", "/websub"):
        assert door.get(place, headers=OURS).status_code == 401, place
        assert door.request("POST", place, headers=OURS).status_code == 405, place
    for method in ("PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"):
        assert door.request(method, f"/websub/{TOKEN}", headers=OURS).status_code == 405, method
    assert door.get(f"/websub/{'b' * 43}", headers=OURS).status_code == 404
    for method in ("GET", "POST"):
        assert door.request(method, f"/websub/{TOKEN}", headers={"Host": "evil.example"}).status_code == 421
    assert heard == []


def test_a_body_above_the_limit_is_not_taken_in(door: Any, heard: list[Any]) -> None:
    assert door.request("POST", f"/websub/{TOKEN}", headers=OURS, content=b"x" * 2000).status_code == 200
    assert door.request("POST", f"/websub/{TOKEN}", headers=OURS, content=b"x" * 2001).status_code == 413
    assert len(heard) == 1


def test_without_a_daemon_there_are_no_callbacks(desk: Any, open_screens: Callable[..., Any]) -> None:
    assert open_screens(desk).get(f"/websub/{TOKEN}").status_code == 404
