"""Every page that the application has: its own route table with real ids, and the states that pages link to."""

from __future__ import annotations

import csv
import io
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import httpx
import uvicorn
from lxml import etree
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.routing import Route

from monitor.store.tables import article, delivery, saved_search, story
from monitor.web.app import ROUTES

# What somebody else posts or mails has its own tests; a stream of events never ends.
NOT_WALKED = ("/events",)
DATA = (".json", ".csv", ".rss", ".atom", ".md", ".opml", ".jsonl", ".txt", ".xml")


def ids_of(desk: Any) -> dict[str, list[str]]:
    """The ids that stand for the first part of a path: the first and the last of each kind."""
    named = {
        "articles": (article, "a"),
        "stories": (story, "s"),
        "alerts": (delivery, "x"),
        "searches": (saved_search, "q"),
    }
    with desk.store.read() as tx:
        found = {
            kind: [f"{letter}{number}" for number in tx.scalars(select(table.c.id).order_by(table.c.id))]
            for kind, (table, letter) in named.items()
        }
    config = desk.watch.config
    for kind, rows in (("sources", config.sources), ("rules", config.rules)):
        found[kind] = [quote(one.id, safe="") for one in rows]
    return {kind: each[:1] + each[-1:] if len(each) > 2 else each for kind, each in found.items()}


def walked(desk: Any) -> list[str]:
    """Every GET route, once for each of its ids. A route whose ids nobody told fails here."""
    ids, found = ids_of(desk), []
    for path, _endpoint in ROUTES:
        if path in NOT_WALKED:
            continue
        if "{" not in path:
            found.append(path)
            continue
        kind = path.split("/")[1]
        assert kind in ids and path.count("{") == 1, f"tell ids_of which ids {path} takes"
        found += [re.sub(r"\{[^}]*\}", lambda _, ident=ident: ident, path) for ident in ids[kind]]
    return list(dict.fromkeys(found))


class Links(HTMLParser):
    """The addresses of ours that a page links to, with those that its GET forms make."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = dict(attrs).get("href") or ""
        if tag in ("a", "link") and href.startswith("/") and not href.startswith("//"):
            self.found.append(href.partition("#")[0])


def shape(address: str) -> tuple[str, tuple[str, ...]]:
    """What two addresses share when they are one kind of page in one kind of state."""
    parts = urlsplit(address)
    path = next((route.path for route in _ROUTES if route.path_regex.match(parts.path)), parts.path)
    return path, tuple(sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}))


_ROUTES = [Route(path, lambda request: None) for path, _ in ROUTES]


def states(screens: Any, begin: list[str], most: int = 99) -> list[str]:
    """The addresses of `begin` and one of each kind of state that they link to; `screens` asks the application.

    `most`: of how many kinds of one page.
    """
    found, shapes = list(begin), {shape(address) for address in begin}
    for address in pages(begin):
        for link in Links(screens.get(address).text).found:
            kind = shape(link)
            same = sum(one[0] == kind[0] for one in shapes)
            if kind not in shapes and kind[0] not in NOT_WALKED and same <= most:
                shapes.add(kind)
                found.append(link)
    return found


def is_data(address: str) -> bool:
    """Whether a program reads it."""
    return urlsplit(address).path.endswith(DATA)


def wrong_twin(address: str, answer: Any) -> str:
    """What is wrong with the data that an address answers, "" when nothing is."""
    kind = urlsplit(address).path.rpartition(".")[2]
    if answer.headers.get("x-content-type-options") != "nosniff":
        return "may be taken for a page"
    if kind == "json":
        json.loads(answer.content)
    if kind in ("rss", "atom", "opml"):
        return _wrong_feed(answer.content)
    if kind == "csv":
        rows = list(csv.reader(io.StringIO(answer.text)))
        loose = [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]
        return f"formula {loose[0][:80]!r}" if loose else ""
    if kind == "md":
        return _wrong_markdown(answer.text)
    return ""


def _wrong_feed(body: bytes) -> str:
    """A feed holds the elements of feeds only, and what it says of each item is text."""
    names = {etree.QName(one).namespace for one in etree.fromstring(body).iter(etree.Element)}
    return "" if names <= {None, "http://www.w3.org/2005/Atom", "http://purl.org/dc/elements/1.1/"} else str(names)


def _wrong_markdown(text: str) -> str:
    """Markdown is made to a page by somebody else's program: no markup of a source's may be live in it."""
    bare = re.sub(r"`[^`\n]*`", "", re.sub(r"\\.", "", text))
    live = re.search(r"<(?!https?://[^<>\s]+>)[a-zA-Z/!?]|\]\(\s*(?!https?:|/|#)", bare)
    return f"live markup {bare[max(0, live.start() - 20) : live.end() + 60]!r}" if live else ""


def pages(addresses: list[str]) -> list[str]:
    """Those of them that a person looks at."""
    plain = (*DATA, ".css", ".js", ".svg", "/healthz", "/readyz", "/metrics")
    return [one for one in addresses if not urlsplit(one).path.endswith(plain)]


@dataclass
class Form:
    """A form of a page: where it posts and its fields, (name, value, whether somebody writes into it)."""

    action: str
    fields: list[tuple[str, str, bool]] = field(default_factory=list)


class Forms(HTMLParser):
    """The forms of a page that post."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.named: dict[str, Form] = {}
        self.open: Form | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form" and values.get("method", "").lower() == "post":
            self.open = Form(values["action"])
            self.found.append(self.open)
            self.named[values.get("id", "")] = self.open
        form = self.named.get(values["form"]) if "form" in values else self.open
        if form is None or "name" not in values:
            return
        kind = values.get("type", "text")
        if tag == "textarea" or (tag == "input" and kind in ("text", "search", "date", "datetime-local")):
            form.fields.append((values["name"], "", True))
        elif tag in ("input", "button", "select"):
            form.fields.append((values["name"], values.get("value", ""), False))
            if tag == "button" and "formaction" in values:
                self.found.append(Form(values["formaction"], form.fields))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None


def forms(page: str) -> list[Form]:
    """The forms of a page that post."""
    return Forms(page).found


class Session:
    """Somebody who logged in, without a browser."""

    def __init__(self, screens: httpx.Client, password: str) -> None:
        self.screens = screens
        self.origin = {"origin": str(screens.base_url).rstrip("/")}
        told = screens.post("/login", data={"name": "Ann", "password": password, "next": "/"}, headers=self.origin)
        self.cookie = {"cookie": told.headers["set-cookie"].partition(";")[0]}
        screens.cookies.clear()

    def get(self, address: str) -> Any:
        return self.screens.get(address, headers=self.cookie)

    def fill(self, form: Form, attack: str) -> Any:
        """Post a form with an attack in every field that people write into, and in each that they choose, too."""
        kept = ("csrf", "id", "status", "batch")
        said = [(name, attack if typed or name not in kept else value) for name, value, typed in form.fields]
        headers = {**self.origin, **self.cookie, "content-type": "application/x-www-form-urlencoded"}
        if form.action in ("/logout", "/login"):
            headers.pop("cookie")
        return self.screens.post(form.action, content=urlencode(said, errors="replace"), headers=headers)


@contextmanager
def serving(app: Starlette, around: Callable[[Any], Any] = lambda app: app) -> Iterator[str]:
    """The root address of an application that is served on loopback, inside `around`."""
    made = uvicorn.Config(
        around(app),
        log_config=None,
        lifespan="off",
        interface="asgi3",
        timeout_graceful_shutdown=1,
        timeout_keep_alive=60,
    )
    server = uvicorn.Server(made)
    bound = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        app.state.events.stopping = lambda: True
        server.should_exit = True
        thread.join()
