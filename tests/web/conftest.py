"""The screens over a small archive that was filled through the pipeline."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from starlette.applications import Starlette

from alerts.channels import Channel
from monitor import pipeline
from monitor.config import Secret, load
from monitor.errors import DeliveryError
from monitor.inquiry.reviews import standing
from monitor.model import Document, Entry, EntryState, Fetch, Outcome, Receipt
from monitor.model.reviews import Subject
from monitor.pipeline.ingest import Ingested
from monitor.runtime.services import open_channels
from monitor.store import Store, entries, open_store, sources
from monitor.store.entries import Listed
from monitor.urls import host_of, url_key
from monitor.watch import Watch, compile_watch
from monitor.web.app import create_app

OWNER = "desk"
OURS = {"Origin": "http://127.0.0.1:8787"}
PASSWORD = "sëcret:two"
CONFIG = """
[watch]
id = "lighthouse"
title = "Lighthouses"
timezone = "Europe/Kyiv"
languages = ["en", "uk"]
public_url = "https://watch.example.org/"
about = 'lighthouse OR маяк OR "<script>"'

[lists]
keeper = 'keeper OR warden'

[[sources]]
id = "gull"
kind = "feed"
name = "The Gull"
url = "http://gull.example/feed"
side = "western"

[[sources]]
id = "reef"
kind = "feed"
url = "http://reef.example/feed"

[[rules]]
id = "keeper-gone"
query = '@keeper AND lighthouse'

[[channels]]
id = "terminal"
kind = "console"
"""
STORY = (
    "The lighthouse of Cape Morren went dark on Tuesday after its last keeper, Odile Farr, left the island by boat.",
    "Skippers reported 14 near misses in the first night, and the coast radio told ships to keep 6 miles away.",
    "A lamp on batteries will be put up by the end of April, the county of Skell said in a letter to the harbours.",
)


@dataclass
class Desk:
    """A store, a watch and a hand that files articles into it."""

    store: Store
    watch: Watch
    channels: Mapping[str, Channel]
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    filed: int = 0

    def check(self, source_id: str, outcome: Outcome = Outcome.UNCHANGED, error: str = "") -> None:
        """Record one poll of a source that brought nothing."""
        source = self.watch.sources[source_id]
        lease = timedelta(minutes=5)
        with self.store.write() as tx:
            (state,) = sources.claim_due(tx, OWNER, lease, 1, set(), self.now, only={source_id}, force=True)
        fetch = Fetch(source.url, outcome, self.now, status=304 if outcome is Outcome.UNCHANGED else None, error=error)
        pipeline.check(self.store, self.watch, source, state, fetch, None, OWNER, self.now, jitter=0.0)

    def file(self, url: str, title: str, text: str, source: str = "gull", **more: Any) -> Ingested:
        self.filed += 1
        entry = Entry(url=url, guid=url, title="Listed", updated_raw=str(self.filed))
        item = Listed(entry, url_key(url), host_of(url), EntryState.WAITING, False, self.now)
        with self.store.write() as tx:
            entries.add(tx, source, [item], self.now)
            (waiting,) = entries.claim_waiting(tx, OWNER, timedelta(minutes=5), 1, set(), self.now)
        values = {"language": "en", "method": "test", **more}
        reading = pipeline.read_document(Document(url=url, title=title, text=text, **values))
        return pipeline.ingest(self.store, self.watch, waiting, reading, OWNER, self.now)

    def learn(self, title: str, text: str) -> Ingested:
        return pipeline.learn(self.store, self.watch, Document(url="", title=title, text=text, language="en"), self.now)

    def deliver(self, error: DeliveryError | None = None) -> None:
        """Compose what is owed and send the next one, or let its channel answer with an error."""
        later = self.now + timedelta(minutes=1)
        pipeline.flush(self.store, self.watch, self.channels, later)
        claimed = pipeline.claim_delivery(self.store, OWNER, later)
        assert claimed is not None
        if error is None:
            pipeline.record_sent(self.store, claimed, Receipt("ref"), later)
        else:
            pipeline.record_failure(self.store, claimed, error, timedelta(seconds=5), later, jitter=0.0)


def _watch(folder: Path, extra: str = "") -> Watch:
    file = folder / "storywatch.toml"
    file.write_text(CONFIG + extra, encoding="utf-8")
    return compile_watch(load(file, {"PASS": PASSWORD}, folder))


@pytest.fixture
def make_watch(tmp_path: Path) -> Callable[[str], Watch]:
    return lambda extra: _watch(tmp_path, extra)


def _desk(store: Store, watch: Watch) -> Desk:
    desk = Desk(store, watch, open_channels(watch.config))
    with store.write() as tx:
        sources.sync(tx, watch.config.sources, desk.now)
    for source_id in watch.sources:
        desk.check(source_id)
    return desk


@pytest.fixture
def desk(sqlite_store: Store, tmp_path: Path) -> Desk:
    """A desk with an empty archive."""
    return _desk(sqlite_store, _watch(tmp_path))


def _fill(desk: Desk) -> None:
    """a1 announced and edited; a2 an extended copy of it; a3 Ukrainian; a4 off topic; a5 corpus; a6 with a dead
    delivery. The source reef fails."""
    text = "\n\n".join(STORY)
    desk.file("http://gull.example/1", "Lighthouse without a keeper", text, author="Ann Tern")
    desk.deliver()
    longer = text + "\n\nOn Friday 3 divers from Brask will look for the cable, which broke 900 metres off the pier."
    desk.file("http://reef.example/2", "Keeper left: divers look for cable", longer, "reef")
    desk.deliver()
    desk.file(
        "http://reef.example/3",
        "Маяк згас",
        "Маяк на мисі згас уночі, і 12 суден чекали до ранку.",
        "reef",
        language="uk",
    )
    desk.file("http://gull.example/4", "Cup final", "The home side won in front of 9,000 people.")
    desk.learn("An old tower", "A tower of 1790 stands in the surf, and nobody knows who built it or why.")
    desk.file(
        "http://gull.example/6", "Lighthouse keeper found", "A lighthouse keeper was found well on Tarn, 2 days on."
    )
    desk.deliver(DeliveryError("the printer burnt down", permanent=True))
    desk.file("http://gull.example/1", "Lighthouse without a keeper", text.replace("14 near", "17 near"))
    desk.check("reef", Outcome.TIMEOUT, "no answer in 30 s")


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Desk]:
    """A filled archive on SQLite for the tests that only read."""
    folder = tmp_path_factory.mktemp("shelf")
    store = open_store(f"sqlite:///{shutil.copy(sqlite_template, folder / 'archive.db')}", synchronous="OFF")
    desk = _desk(store, _watch(folder))
    _fill(desk)
    yield desk
    store.close()


@pytest.fixture(scope="session")
def new_desk(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Callable[..., Desk]]:
    """Makes empty desks with more in their config, at a time of their own; a module may share one."""
    stores: list[Store] = []

    def made(extra: str, now: datetime) -> Desk:
        folder = tmp_path_factory.mktemp("desk")
        stores.append(open_store(f"sqlite:///{shutil.copy(sqlite_template, folder / 'archive.db')}", synchronous="OFF"))
        watch = _watch(folder, extra)
        with stores[-1].write() as tx:
            sources.sync(tx, watch.config.sources, now)
        return Desk(stores[-1], watch, open_channels(watch.config), now)

    yield made
    for store in stores:
        store.close()


@pytest.fixture
def filled_postgres(postgres_url: str, tmp_path: Path) -> Iterator[Desk]:
    """The same on PostgreSQL."""
    store = open_store(postgres_url)
    desk = _desk(store, _watch(tmp_path))
    _fill(desk)
    yield desk
    store.close()


@dataclass
class Browser:
    """Asks an application one thing at a time, as somebody on this machine unless `client` says otherwise."""

    app: Starlette
    client: str = "127.0.0.1"
    raises: bool = True

    def request(self, method: str, address: str, **options: Any) -> httpx.Response:
        return asyncio.run(self._ask(method, address, **options))

    async def _ask(self, method: str, address: str, **options: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=self.raises, client=(self.client, 50000))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8787") as asking:
            return await asking.request(method, address, **options)

    def get(self, address: str, **options: Any) -> httpx.Response:
        return self.request("GET", address, **options)


def browse(desk: Desk, problem: str = "", **options: Any) -> Browser:
    """A browser before the desk's screens."""
    app = create_app(desk.store, lambda: desk.watch.config, lambda: problem)
    # This browser waits for the end of an answer, and a stream of events has none of its own.
    app.state.events.longest = 0.0
    return Browser(app, **options)


@pytest.fixture(scope="session")
def open_screens() -> Callable[..., Browser]:
    return browse


@pytest.fixture
def screens(filled: Desk) -> Browser:
    return browse(filled)


class Person:
    """Somebody logged in before the desk's screens, whose jar keeps cookies."""

    def __init__(self, desk: Desk, screens: Browser) -> None:
        self.desk, self.screens = desk, screens
        self.jar: dict[str, str] = {}
        self.post("/login", {"name": "Ann", "password": "word"})
        found = re.search('name="csrf" value="([^"]+)"', self.get("/help").text)
        assert found is not None
        self.csrf = found[1]

    def get(self, address: str) -> Any:
        return self._keep(self.screens.get(address, headers=self._cookies()))

    def post(self, address: str, fields: Any, **headers: str) -> Any:
        return self._keep(
            self.screens.request("POST", address, data=fields, headers={**self._cookies(), **OURS, **headers})
        )

    def act(self, address: str, **fields: Any) -> Any:
        return self.post(address, {"csrf": self.csrf, "next": "/articles?q=a", **fields})

    def said(self) -> str:
        """What the last act was answered with."""
        return unquote(self.jar["storywatch-said"])

    def rows(self, address: str) -> list[str]:
        return [one["id"] for one in self.get(address).json()["rows"]]

    def stands(self, ident: str) -> Any:
        with self.desk.store.read() as tx:
            return standing(tx, Subject.STORY if ident[0] == "s" else Subject.ARTICLE, int(ident[1:]))

    def _cookies(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.jar.items())} if self.jar else {}

    def _keep(self, answer: Any) -> Any:
        for header in answer.headers.get_list("set-cookie"):
            name, _, rest = header.partition("=")
            value = rest.partition(";")[0].strip('"')
            self.jar.pop(name, None) if "Max-Age=0" in header else self.jar.__setitem__(name, value)
        return answer


@pytest.fixture
def enter() -> Callable[..., Person]:
    """Logs Ann in before the screens of a desk."""

    def entered(desk: Desk) -> Person:
        config = replace(desk.watch.config, login=Secret("word", "file:x"))
        desk.watch = replace(desk.watch, config=config)
        return Person(desk, browse(desk))

    return entered
