"""Feeds reports in order through the real pipeline, and counts what became of the labelled developments."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection, distinct, func, select

from monitor.config import load
from monitor.model import Document, Level, Origin
from monitor.pipeline.chrome import masked
from monitor.pipeline.ingest import FIRST_IMPORT, Ingested, Judged, judged, record
from monitor.reading import read_document
from monitor.store import Store, open_store, sources
from monitor.store.tables import article, delivery
from monitor.urls import url_key
from monitor.watch import Watch, compile_watch

OPENING = datetime(2025, 3, 18, 14, 0, tzinfo=UTC)
QUIET = frozenset(("edit", "cosmetic", "off-topic"))
CONFIG = """
[watch]
id = "stream"
title = "Stream"
about = ""
[archive]
url = "sqlite:///unused.db"
[[sources]]
id = "wire"
kind = "feed"
url = "http://wire.example/feed"
[[rules]]
id = "everything"
query = 'lang:en OR lang:uk OR lang:ru OR source:wire'
[[channels]]
id = "terminal"
kind = "console"
"""


@dataclass(frozen=True, slots=True)
class Item:
    """A report with its label: which development it tells (None: none) and as what; `silent` ones were known before."""

    id: str
    article: str
    language: str
    at: datetime
    title: str
    text: str
    kind: str
    development: str | None
    soft: bool = False
    silent: bool = False


@dataclass
class Count:
    """What became of the labelled developments of one language, or of all."""

    wanted: int = 0
    announced: int = 0
    missed: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    false_joins: list[str] = field(default_factory=list)
    commentary: list[str] = field(default_factory=list)

    @property
    def line(self) -> str:
        return (
            f"wanted {self.wanted}, announced {self.announced},"
            f" extra {len(self.extra) + len(self.commentary)},"
            f" extra without commentary, which waits for the digest, {len(self.extra)},"
            f" false joins {len(self.false_joins)}"
        )


def of_newsroom(publications: Iterable[Any], labels: Iterable[Any]) -> tuple[Item, ...]:
    """The newsroom's script with its labels, without what is off topic and the edits."""
    by_id = {label.id: label for label in labels}
    found = []
    for one in publications:
        label = by_id[one.id]
        if label.level not in QUIET:
            row = (one.id, one.article, one.language, one.at, one.title, one.text, label.level, label.development)
            found.append(Item(*row, soft=label.soft, silent=one.backlog))
    return tuple(found)


def of_timeline(reports: Iterable[Any]) -> tuple[Item, ...]:
    """The timeline without what is off topic and the edits, which other measurements judge."""
    return tuple(
        Item(one.id, one.article, one.language, one.at, one.title, one.text, one.kind, one.development)
        for one in reports
        if one.kind not in QUIET
    )


def watching(folder: Path) -> Watch:
    """A watch to which everything belongs, with one rule that everything matches."""
    file = folder / "storywatch.toml"
    file.write_text(CONFIG, encoding="utf-8")
    return compile_watch(load(file, {}, folder))


@contextmanager
def archive(url: str = "") -> Iterator[tuple[Store, Watch]]:
    """The archive of this URL, or an empty SQLite one, open for that watch."""
    with TemporaryDirectory(prefix="storywatch-stream-") as folder:
        watch = watching(Path(folder))
        store = open_store(url or f"sqlite:///{folder}/archive.db", synchronous="OFF")
        try:
            with store.write() as tx:
                sources.sync(tx, watch.config.sources, OPENING)
            yield store, watch
        finally:
            store.close()


def prepared(tx: Connection, watch: Watch, item: Any) -> Judged:
    """What is known of a report before the lock."""
    document = Document(
        f"https://wire.example/{item.article}", item.title, item.text, language=item.language, published=item.at
    )
    silent = FIRST_IMPORT if getattr(item, "silent", False) else ""
    own = masked(tx, read_document(document))
    return judged(watch, own, url_key(document.url), "wire", Origin.FETCHED, silent)


def fed(store: Store, watch: Watch, item: Any) -> Ingested:
    """Record one report as the daemon does: read before the lock; judged, placed and written in one transaction."""
    with store.read() as tx:
        ready = prepared(tx, watch, item)
    with store.write() as tx:
        store.watch_lock(tx)
        return record(tx, watch, ready, item.at)


def run(items: Sequence[Item]) -> dict[str, Ingested]:
    """Feed all items into an empty archive, in the order given."""
    with archive() as (store, watch):
        return {item.id: fed(store, watch, item) for item in items}


def counted(items: Sequence[Item], results: Mapping[str, Ingested], language: str = "") -> Count:
    """Hold the results against the labels; with a language, only its reports and developments first told in it.

    The first report of a development in the order of the items owes it. A message more for it, or for a report that
    tells no development, is extra; a report that attaches to one of another label is a false join.
    """
    count = Count()
    known = {item.development for item in items if item.silent}
    made_by = {results[item.id].development_id: item for item in items if results[item.id].made_development}
    told: set[str] = set()
    for item in items:
        result, counts = results[item.id], item.language.startswith(language)
        maker = made_by.get(result.development_id)
        if counts and maker and item.development and maker.development != item.development:
            count.false_joins.append(f"{item.id} -> {maker.id}")
        if result.announced and result.level is Level.COMMENTARY:
            count.commentary += [item.id] if counts else []
        elif result.announced:
            again = item.development is None or item.development in told | known
            count.extra += [item.id] if again and counts else []
            told |= {item.development or ""}
    for name, first in _owed(items, known).items():
        if first.language.startswith(language):
            count.wanted += 1
            count.announced += name in told
            count.missed += [] if name in told else [f"{name}{' (soft)' if first.soft else ''}"]
    return count


def _owed(items: Iterable[Item], known: Collection[str | None]) -> dict[str, Item]:
    owed: dict[str, Item] = {}
    for item in items:
        if item.development and item.development not in known:
            owed.setdefault(item.development, item)
    return owed


def stories(store: Store) -> dict[int, int]:
    """The story of every article."""
    with store.read() as tx:
        return {row.id: row.story_id for row in tx.execute(select(article.c.id, article.c.story_id))}


def alerts(store: Store) -> int:
    """How many developments somebody is told of."""
    with store.read() as tx:
        return tx.scalar(select(func.count(distinct(delivery.c.development_id)))) or 0
