"""The door: methods, hosts, logins, and the headers that every answer carries."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from monitor.web.app import ROUTES, WRITES
from monitor.web.limiter import Limiter
from monitor.web.sheet import cell

LOCKED = '\n[web]\npassword = "env:PASS"\n'
PLACES = [path.replace("{ident}", "a1") for path, _endpoint in ROUTES]
POSTS = [path.replace("{ident}", "a1") for path, _endpoint in WRITES]


def basic(credentials: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(credentials.encode()).decode()}


@pytest.fixture
def locked(desk: Any, make_watch: Callable[[str], Any], open_screens: Callable[..., Any]) -> Any:
    desk.watch = make_watch(LOCKED)
    return open_screens(desk)


def test_only_reading(desk: Any, open_screens: Callable[..., Any]) -> None:
    screens = open_screens(desk)
    for place in (*PLACES, *POSTS, "/nothing"):
        allowed = "GET, HEAD, POST" if place in POSTS else "GET, HEAD"
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"):
            if method in allowed:
                continue
            answer = screens.request(method, place)
            assert (answer.status_code, answer.headers["allow"]) == (405, allowed), (method, place)
    head = screens.request("HEAD", "/articles")
    assert (head.status_code, head.text) == (200, "")


def test_only_our_names(desk: Any, open_screens: Callable[..., Any]) -> None:
    screens = open_screens(desk)
    ours = ["127.0.0.1:8787", "localhost", "LOCALHOST.:80", "[::1]:8787", "127.3.2.1", "watch.example.org:443"]
    foreign = [
        "evil.example",
        "127.0.0.1.evil.example",
        "10.0.0.8",
        "localhost@evil.example:80",
        "",
        "[",
        "a b",
        "[::1",
    ]
    for name in ours:
        assert screens.get("/help", headers={"Host": name}).status_code == 200, name
    for name in foreign:
        for place in PLACES:
            assert screens.get(place, headers={"Host": name}).status_code == 421, (name, place)
        for place in POSTS:
            assert screens.request("POST", place, headers={"Host": name}).status_code == 421, (name, place)


def test_who_listens_everywhere_is_reached_by_any_address_but_not_by_any_name(
    desk: Any, make_watch: Callable[[str], Any], open_screens: Callable[..., Any]
) -> None:
    desk.watch = make_watch(LOCKED + 'listen = "0.0.0.0:8787"\n')
    screens = open_screens(desk)
    assert screens.get("/healthz", headers={"Host": "192.168.4.4:8787"}).status_code == 200
    assert screens.get("/healthz", headers={"Host": "evil.example"}).status_code == 421


def test_every_route_but_health_asks_for_the_password(locked: Any) -> None:
    locked.app.state.sessions.tries = Limiter(1000)
    for place in (*PLACES, *POSTS, "/nothing", "//healthz", "/healthz/", "/login/", "/%68ealthz/../articles"):
        answer = locked.get(place)
        if place in ("/healthz", "/login"):
            assert answer.status_code == 200
            continue
        assert answer.status_code == 401, place
        assert answer.headers["www-authenticate"].startswith("Basic ")
        assert locked.get(place, headers=basic("ann:wrong")).status_code == 401


def test_any_name_with_the_password_is_let_in(locked: Any) -> None:
    locked.app.state.sessions.tries = Limiter(1000)
    for name in ("ann", "", "Änne"):
        assert locked.get("/articles", headers=basic(f"{name}:sëcret:two")).status_code == 200
    for header in ("Basic", "Basic !", "Basic YQ", "Bearer sëcret".encode(), "Basic " + "A" * 9000, "basic YTpi"):
        assert locked.get("/articles", headers={"Authorization": header}).status_code == 401, header
    assert locked.get("/articles", headers=basic("sëcret:two")).status_code == 401


def test_without_a_password_only_this_machine(desk: Any, open_screens: Callable[..., Any]) -> None:
    for client, status in (("127.0.0.1", 200), ("::1", 200), ("::ffff:127.0.0.1", 200), ("10.0.0.9", 403), ("x", 403)):
        assert open_screens(desk, client=client).get("/articles").status_code == status, client
        assert open_screens(desk, client=client).get("/healthz").status_code == 200


def test_every_answer_carries_the_safe_headers(desk: Any, open_screens: Callable[..., Any]) -> None:
    screens = open_screens(desk, raises=False)
    answers = [screens.get(place) for place in (*PLACES, "/nothing", "/articles?x=1")]
    answers += [screens.request("POST", "/"), screens.get("/", headers={"Host": "evil.example"})]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self';")
        assert "unsafe" not in policy and "form-action 'self'; base-uri 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert "cache-control" in answer.headers
        assert "server" not in answer.headers


def test_a_bug_shows_no_traceback(desk: Any, open_screens: Callable[..., Any]) -> None:
    screens = open_screens(desk, raises=False)
    # A clock that tells no time: whatever reads it breaks.
    object.__setattr__(screens.app.state.screens, "clock", lambda: "no time")
    answer = screens.get("/articles")
    assert answer.status_code == 500
    assert answer.text == "Something broke on our side. The daemon's log says what.\n"
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@cmd", "'@cmd"),
        ("\t=1", "'\t=1"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("plain", "plain"),
        (-3, "-3"),
        (None, ""),
        (True, "yes"),
        (["=a", "b"], "'=a b"),
    ],
)
def test_no_cell_is_a_formula(value: Any, wanted: str) -> None:
    assert cell(value) == wanted
