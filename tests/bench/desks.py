"""A kept archive of synthetic articles made a working one, with sources, stories, alerts; and a process that adds."""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg
from filling import START, language
from sqlalchemy import String, cast, func, insert, literal, select, update

from monitor import pipeline
from monitor.config import load
from monitor.model import Destination, Document, Entry, EntryState, Fetch, Hit, Match, Outcome, Rule
from monitor.store import Store, alerts, deliveries, entries, fetches, open_store, rules, sources
from monitor.store.entries import Listed
from monitor.store.tables import article, delivery, development, story, version
from monitor.urls import host_of, url_key
from monitor.watch import Watch, compile_watch

SOURCES, RULES, STORY = 40, 10, 8
CHECKS = 60
"""Fetches of each source that the archive remembers."""
OWNER = "bench"
PLACES = (Destination("desk"), Destination("mail", "desk@example.org"))
SIDES = ("western", "ukrainian", "russian-state", "official")


def watch(folder: Path) -> Watch:
    """Forty sources of four sides, ten rules."""
    words = language().topics
    file = folder / "storywatch.toml"
    text = ['[watch]\nid = "wire"\ntitle = "Wires"']
    text += [
        f'[[sources]]\nid = "wire{n}"\nkind = "feed"\nurl = "http://wire{n}.example/"\nside = "{SIDES[n % 4]}"'
        for n in range(SOURCES)
    ]
    text += [f"[[rules]]\nid = \"rule{n}\"\nquery = '{words[n][0]} OR {words[n][1]}'" for n in range(RULES)]
    text += ['[[channels]]\nid = "desk"\nkind = "console"', '[[channels]]\nid = "mail"\nkind = "console"']
    file.write_text("\n".join(text), encoding="utf-8")
    return compile_watch(load(file, {}, folder))


def dress(store: Store, found: Watch, count: int) -> None:
    """Give the articles sources and stories; one in thirteen matched a rule and was told to two receivers. Once."""
    with store.read() as tx:
        if tx.scalar(select(func.max(story.c.id))):
            return
    begun = perf_counter()
    number = article.c.id
    first = number - (number - 1) % STORY
    with store.write() as tx:
        sources.sync(tx, found.config.sources, START)
        picked = select(number, article.c.title, article.c.first_seen).where((number - 1) % STORY == 0)
        tx.execute(insert(story).from_select(["id", "title", "created"], picked))
        turns = picked.with_only_columns(
            number, number.label("s"), article.c.url, article.c.title, article.c.first_seen,
            literal(False), number.label("v"),
        )  # fmt: skip
        names = ["id", "story_id", "key", "title", "created", "known", "version_id"]
        tx.execute(insert(development).from_select(names, turns))
        wire = literal("wire").concat(cast(number % SOURCES, String))
        tx.execute(update(article).values(story_id=first, source_id=wire))
    for begin in range(1, count + 1, 5000):
        with store.write() as tx:
            _tell(tx, range(begin, min(count, begin + 4999) + 1))
    with store.write() as tx:
        tx.execute(update(delivery).values(state="sent", sent_at=delivery.c.created, attempts=1))
        for source in found.config.sources:
            for check in range(CHECKS):
                at = moment(count) - timedelta(minutes=15 * (CHECKS - check))
                fetches.add(tx, Fetch(source.url, Outcome.UNCHANGED, at, status=304), source.id, at, kind="check")
    count_on(store)
    print(f"dressed in {perf_counter() - begun:.0f} s", flush=True)


def count_on(store: Store) -> None:
    """Let PostgreSQL number what is added after what was numbered by hand."""
    if store.place.file is not None:
        return
    with store.write() as tx:
        for table in (article, version, story, development):
            last = select(func.max(table.c.id)).scalar_subquery()
            tx.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), last)))


def _tell(tx: Any, numbers: range) -> None:
    for number in numbers:
        if number % 13:
            continue
        rule, turn, now = f"rule{number % RULES}", number - (number - 1) % STORY, moment(number)
        rules.add_matches(tx, number, [Match(rule, "r1", (Hit("body", 0, 5, "words", "words"),))], now)
        if alerts.fire(tx, turn, Rule(rule, "x"), number, now):
            deliveries.owe(tx, PLACES, now, now, development_id=turn, story_id=turn)


def moment(number: int) -> datetime:
    """When the article of a number was first seen."""
    return START + timedelta(minutes=number)


@contextmanager
def copied(store: Store, folder: Path) -> Iterator[str]:
    """The URL of a copy of an archive, which is closed; what is kept stays as it is."""
    place = store.place
    store.close()
    if place.file is not None:
        yield f"sqlite:///{shutil.copy(place.file, folder / 'copy.db')}"
        return
    name = f"bench_{uuid.uuid4().hex[:12]}"
    office = place.url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(office, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {place.url.database}")
        try:
            yield place.url.set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def add_articles(url: str, folder: str, count: int, pace: float, ends: Any, told: Any) -> None:
    """A process: files new articles through the pipeline at a pace a second; tells the milliseconds that each took."""
    store, found = open_store(url), watch(Path(folder))
    spent: list[float] = []
    number, due = count, time.monotonic()
    while not ends.is_set():
        number += 1
        document = language().article(number)
        begun = perf_counter()
        _file(store, found, document, moment(number))
        spent.append(1000 * (perf_counter() - begun))
        due = max(due + 1 / pace, time.monotonic() - 1)
        ends.wait(max(0.0, due - time.monotonic()))
    store.close()
    told.send(spent)


def _file(store: Store, found: Watch, document: Document, now: datetime) -> None:
    url = document.url
    entry = Entry(url=url, guid=url, title=document.title)
    item = Listed(entry, url_key(url), host_of(url), EntryState.WAITING, False, now)
    with store.write() as tx:
        entries.add(tx, "wire0", [item], now)
        (waiting,) = entries.claim_waiting(tx, OWNER, timedelta(minutes=5), 1, set(), now)
    pipeline.ingest(store, found, waiting, pipeline.read_document(document), OWNER, now)
