"""Logging in, and what may be written: every door tried without a login, from elsewhere, and with an old form."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from monitor.config import Secret
from monitor.web.app import ROUTES, WRITES
from monitor.web.limiter import Limiter
from monitor.web.posted import local_path
from monitor.web.sessions import LASTS, Sessions

LOCKED = '\n[web]\npassword = "env:PASS"\n'
PASSWORD = "sëcret:two"
HOME = "http://127.0.0.1:8787"
OURS = {"Origin": HOME}
POSTS = [path.replace("{ident}", "s1") for path, _endpoint in WRITES]


@dataclass
class Person:
    """Somebody with a cookie jar before the screens."""

    screens: Any
    cookie: str = ""

    def ask(self, method: str, address: str, fields: Any = None, **headers: str) -> Any:
        given = {**({"Cookie": f"storywatch={self.cookie}"} if self.cookie else {}), **headers}
        return self.screens.request(method, address, data=fields, headers=given)

    def log_in(self, name: str = "Ann", password: str = PASSWORD, onwards: str = "/") -> Any:
        answer = self.ask("POST", "/login", {"name": name, "password": password, "next": onwards}, **OURS)
        if answer.status_code == 303:
            self.cookie = re.search("storywatch=([^;]+)", answer.headers["set-cookie"]).group(1)
        return answer

    def csrf(self) -> str:
        return re.search('name="csrf" value="([^"]+)"', self.ask("GET", "/help").text).group(1)


@pytest.fixture
def locked(desk: Any, make_watch: Callable[[str], Any], open_screens: Callable[..., Any]) -> Person:
    """Screens with a password in the config."""
    desk.watch = make_watch(LOCKED)
    return Person(open_screens(desk))


@pytest.fixture
def open_desk(desk: Any, open_screens: Callable[..., Any]) -> Person:
    """Screens whose password was made by the first start: read by everybody on this machine."""
    config = replace(desk.watch.config, login=Secret(PASSWORD, "file:/somewhere/screens-password"))
    desk.watch = replace(desk.watch, config=config)
    return Person(open_screens(desk))


def test_logging_in_opens_every_page_and_logging_out_ends_it(locked: Person) -> None:
    assert locked.ask("GET", "/articles").status_code == 401
    answer = locked.log_in(onwards="/articles?q=a")
    assert (answer.status_code, answer.headers["location"]) == (303, "/articles?q=a")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Secure" not in cookie
    page = locked.ask("GET", "/articles")
    assert page.status_code == 200 and "Ann" in page.text
    copied = locked.cookie
    assert (
        locked.ask("POST", "/logout", {"csrf": locked.csrf(), "next": "/help"}, **OURS).headers["location"] == "/help"
    )
    # Not only the browser forgets it: a copy of the cookie opens nothing either.
    assert Person(locked.screens, copied).ask("GET", "/articles").status_code == 401


def test_a_browser_is_shown_where_to_log_in(locked: Person) -> None:
    answer = locked.ask("GET", "/articles?q=a+b", Accept="text/html,*/*")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Farticles%3Fq%3Da%2Bb")
    form = locked.ask("GET", "/login?next=/articles%3Fq%3Da%2Bb")
    assert form.status_code == 200 and 'name="next" value="/articles?q=a+b"' in form.text
    assert "sources" not in form.text


def test_over_https_the_cookie_stays_on_https(locked: Person) -> None:
    ours = {"Origin": "https://watch.example.org", "Host": "watch.example.org"}
    fields = {"name": "Ann", "password": PASSWORD}
    assert "Secure" in locked.ask("POST", "/login", fields, **ours).headers["set-cookie"]


def test_wrong_passwords_are_few(locked: Person) -> None:
    locked.screens.app.state.sessions.tries = Limiter(5, clock=lambda: 0.0)
    found = [locked.log_in(password=f"guess {number}").status_code for number in range(7)]
    assert found == [401] * 5 + [429] * 2
    # Also the right one has to wait, or the answer would tell.
    assert locked.log_in().status_code == 429 and locked.cookie == ""
    basic = {"Authorization": "Basic YW5uOnPDq2NyZXQ6dHdv"}
    assert locked.ask("GET", "/articles.json", **basic).status_code == 429
    locked.screens.app.state.sessions.tries = Limiter(5, clock=lambda: 60.0)
    assert locked.ask("GET", "/articles.json", **basic).status_code == 200
    assert locked.log_in().status_code == 303


def test_guessing_by_basic_ends_too(locked: Person) -> None:
    locked.screens.app.state.sessions.tries = Limiter(5, clock=lambda: 0.0)
    wrong = {"Authorization": "Basic YW5uOnJpZ2h0"}
    found = [locked.ask("GET", "/articles.json", **wrong).status_code for _ in range(6)]
    assert found == [401] * 5 + [429]
    assert locked.ask("GET", "/articles.json").status_code == 401


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "a\x00b", "a\u2028b", "a\u202eb"])
def test_a_login_asks_for_a_name(locked: Person, name: str) -> None:
    answer = locked.log_in(name)
    # A line end inside a name reads as a space.
    assert (answer.status_code, locked.cookie) == (400, "") or name == "a\u2028b"


def test_names_are_kept_as_typed(locked: Person) -> None:
    for name in ("Änne O'Neil", "Оля", "a.b.c", "<script>x</script>"):
        assert locked.log_in(name).status_code == 303
        session = locked.screens.app.state.sessions.read(locked.cookie)
        assert session is not None and session.name == name
        assert "<script>" not in locked.ask("GET", "/help").text


def forged(cookie: str) -> list[str]:
    name, issued, mark, signature = cookie.split(".")
    return [
        "x", "....", cookie[:-1], cookie + "A", "A" * 900, cookie.encode().hex(),
        ".".join((name, str(int(issued) + 60), mark, signature)),
        ".".join(("QmVh", issued, mark, signature)),
        ".".join((name, issued, mark[:-1], signature)),
        ".".join((name, issued, mark, "")),
    ]  # fmt: skip


def test_nobody_can_make_a_cookie(locked: Person, desk: Any) -> None:
    locked.log_in()
    for cookie in forged(locked.cookie):
        assert Person(locked.screens, cookie).ask("GET", "/articles").status_code == 401, cookie
    other = Sessions(desk.store, lambda: desk.watch.config, lambda: desk.now)
    assert other.read(locked.cookie) is not None
    desk.watch = replace(desk.watch, config=replace(desk.watch.config, web=None, login=None))
    object.__setattr__(desk.watch.config, "web", type("Web", (), {"password": Secret("another", "x")})())
    assert other.read(locked.cookie) is None


def test_a_login_lasts_30_days(locked: Person, desk: Any) -> None:
    locked.log_in()
    times = {"now": desk.now}
    sessions = Sessions(desk.store, lambda: desk.watch.config, lambda: times["now"])
    times["now"] += LASTS - timedelta(minutes=5)
    assert sessions.read(locked.cookie) is not None
    times["now"] += timedelta(minutes=10)
    assert sessions.read(locked.cookie) is None


def test_each_login_is_a_new_session(locked: Person) -> None:
    cookies = set()
    for _ in range(3):
        locked.log_in()
        cookies.add(locked.cookie)
    assert len(cookies) == 3


def test_who_only_reads_needs_no_login_here_but_writes_nothing(open_desk: Person) -> None:
    assert open_desk.ask("GET", "/articles").status_code == 200
    assert 'href="/login?next=%2Farticles"' in open_desk.ask("GET", "/articles").text
    for place in POSTS:
        if place not in ("/login", "/settings"):
            answer = open_desk.ask("POST", place, {"csrf": "x"}, **OURS)
            assert answer.status_code == 401 and "Nothing was done" in answer.text, place
    assert "/somewhere/screens-password" in open_desk.ask("GET", "/login").text
    assert open_desk.log_in().status_code == 303


def test_from_elsewhere_a_made_password_opens_nothing(open_desk: Person) -> None:
    open_desk.screens.client = "203.0.113.9"
    assert open_desk.log_in().status_code == 403
    assert open_desk.ask("GET", "/login").status_code == 403


def test_without_any_password_nobody_logs_in(desk: Any, open_screens: Callable[..., Any]) -> None:
    person = Person(open_screens(desk))
    assert "read-only" in person.ask("GET", "/login").text and "<form" not in person.ask("GET", "/login").text
    assert person.log_in(password="").status_code == 403
    assert "/login" not in person.ask("GET", "/articles").text


STRANGE = (
    {},
    {"Origin": "null"},
    {"Origin": "https://evil.example"},
    {"Origin": "http://127.0.0.1:9999"},
    {"Origin": "http://localhost:8787"},
    {"Origin": "http://127.0.0.1:8787.evil.example"},
    {"Origin": "ftp://127.0.0.1:8787"},
    {"Origin": HOME, "Sec-Fetch-Site": "cross-site"},
    {"Origin": HOME, "Sec-Fetch-Site": "same-site"},
)


def test_forms_of_other_pages_do_nothing(locked: Person) -> None:
    assert locked.log_in().status_code == 303
    token = locked.csrf()
    for headers in STRANGE:
        for place in POSTS:
            fields = {"csrf": token, "name": "Eve", "password": PASSWORD}
            answer = locked.ask("POST", place, fields, **headers)
            assert answer.status_code == 403 and "set-cookie" not in answer.headers, (place, headers)
    assert locked.ask("GET", "/articles").status_code == 200


def test_forms_without_the_token_of_this_login_do_nothing(locked: Person) -> None:
    locked.log_in()
    old = locked.csrf()
    locked.log_in()
    for token in ("", "x", old, old[:-1], "ü"):
        for place in POSTS:
            if place not in ("/login", "/settings"):
                assert locked.ask("POST", place, {"csrf": token}, **OURS).status_code == 403, (place, token)
    assert locked.ask("GET", "/articles").status_code == 200


def test_what_is_no_form_is_refused(locked: Person) -> None:
    locked.log_in()
    kinds = {"Content-Type": "application/x-www-form-urlencoded"}
    for content, headers in (
        (b'{"csrf": "x"}', {"Content-Type": "application/json"}),
        (b"a=1", {"Content-Type": "text/plain"}),
        (b"a=1", {}),
        (b"a=" + b"x" * 300_000, kinds),
        (b"a=1&" * 3_000, kinds),
        (b"a=\xff", kinds),
        (b"a=%ff", kinds),
    ):
        given = {"Cookie": f"storywatch={locked.cookie}", **OURS, **headers}
        answer = locked.screens.request("POST", "/logout", content=content, headers=given)
        assert answer.status_code == 400, content[:20]
    assert locked.ask("GET", "/articles").status_code == 200


def test_no_route_acts_on_get(locked: Person) -> None:
    """Every address that acts, asked for: a page or nothing, and still logged in."""
    locked.log_in()
    reads = {path for path, _endpoint in ROUTES}
    for path, _endpoint in WRITES:
        answer = locked.ask("GET", path.replace("{ident}", "s1"))
        # The archive is empty: the page of one story, or of an alert called "retry", says so.
        page = 404 if "{ident}" in path else 200
        taken_for_one = f"{path.rpartition('/')[0]}/{{ident}}" in reads
        assert answer.status_code == (page if path in reads else 404 if taken_for_one else 405), path
    assert locked.ask("GET", "/articles").status_code == 200


@pytest.mark.parametrize(
    "elsewhere",
    [
        "//evil.example", "/\\evil.example", "https://evil.example/", "javascript:alert(1)", "evil", "", "/a\r\nX: y",
        "///evil.example", "/\t/evil.example", "http:/evil", "[",
    ],
)  # fmt: skip
def test_going_back_never_leads_elsewhere(locked: Person, elsewhere: str) -> None:
    assert local_path(elsewhere) == "/"
    assert locked.log_in(onwards=elsewhere).headers["location"] == "/"
