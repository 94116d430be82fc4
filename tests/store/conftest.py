"""Values for the store's tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection

from monitor.model import (
    Destination,
    Document,
    Entry,
    EntryState,
    Fact,
    Hit,
    Judgement,
    Known,
    Level,
    Match,
    Message,
    Origin,
    Reading,
    Rule,
    Sentence,
    Sketch,
    Source,
)
from monitor.store import alerts, articles, deliveries, rules, sources, stories
from monitor.store.entries import Listed

NOW = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Made:
    """An article that a rule fired for."""

    article_id: int
    version_id: int
    story_id: int
    development_id: int


class Maker:
    """Builds values and whole rows with few words."""

    now = NOW

    def source(self, name: str = "courier", url: str = "") -> Source:
        return Source(name, "feed", url or f"https://{name}.example/feed", every=timedelta(minutes=15))

    def listed(
        self,
        key: str,
        *,
        title: str = "A headline",
        updated: str = "",
        host: str = "courier.example",
        state: EntryState = EntryState.WAITING,
        first: bool = False,
        due: datetime = NOW,
        published: datetime | None = None,
    ) -> Listed:
        entry = Entry(f"https://{host}/{key}", title=title, updated_raw=updated, published=published)
        return Listed(entry, f"{host}/{key}", host, state, first, due)

    def reading(
        self,
        text: str = "The envoys met in the port. They left at noon.",
        *,
        title: str = "Envoys meet",
        url: str = "https://courier.example/a",
        language: str = "en",
        sampled: Sequence[int] = (1, -2, 3),
        text_hash: int = -(2**63),
        partial: bool = False,
    ) -> Reading:
        document = Document(url, title, text, language=language, published=NOW, partial=partial, author="A. Writer")
        return Reading(document, Sketch(1, text_hash, tuple(sampled), ("12",), ("Port",)))

    def judgement(self, level: Level = Level.NEW, nearest: Known | None = None) -> Judgement:
        sentences = (
            Sentence("The envoys met in the port.", 0, 27, 0.9, False),
            Sentence("They left at noon.", 28, 46, 0.1, True),
        )
        facts = (Fact("number", "noon", 41, 45),)
        return Judgement(level, nearest, 0.25, 0.5, 0.75, sentences, facts)

    def match(self, rule_id: str = "port") -> Match:
        return Match(rule_id, "abc", (Hit("body", 22, 26, "port", "port"),))

    def rule(self, rule_id: str = "port") -> Rule:
        return Rule(rule_id, "port")

    def sync(self, tx: Connection, *names: str) -> None:
        sources.sync(tx, [self.source(name) for name in names or ("courier",)], NOW)

    def article(
        self,
        tx: Connection,
        key: str = "a",
        reading: Reading | None = None,
        *,
        source_id: str = "courier",
        level: Level = Level.NEW,
        nearest: Known | None = None,
        origin: Origin = Origin.FETCHED,
        on_topic: bool = True,
        story_id: int | None = None,
        now: datetime = NOW,
    ) -> tuple[int, int]:
        return articles.add(
            tx,
            reading or self.reading(),
            key,
            source_id,
            self.judgement(level, nearest),
            now,
            origin=origin,
            story_id=story_id,
            development_id=None,
            on_topic=on_topic,
        )

    def fired(self, tx: Connection, key: str = "a", *, story_id: int | None = None, now: datetime = NOW) -> Made:
        """An article with a story, a development, a match and a firing."""
        story_id = stories.add(tx, "The talks", now) if story_id is None else story_id
        turn = stories.add_development(tx, story_id, key, f"Turn {key}", now, version_id=None, known=False)
        article_id, version_id = articles.add(
            tx,
            self.reading(url=f"https://courier.example/{key}"),
            key,
            "courier",
            self.judgement(),
            now,
            story_id=story_id,
            development_id=turn,
            on_topic=True,
        )
        stories.set_origin(tx, turn, version_id)
        rules.add_matches(tx, version_id, [self.match()], now)
        alerts.fire(tx, turn, self.rule(), version_id, now)
        return Made(article_id, version_id, story_id, turn)

    def owed(
        self, tx: Connection, made: Made, *channels: str, due: datetime = NOW, message: Message | None = None
    ) -> list[int]:
        """Deliveries of a development, composed; returns their ids."""
        places = [Destination(channel) for channel in channels or ("desk",)]
        deliveries.owe(tx, places, due, NOW, development_id=made.development_id, story_id=made.story_id)
        ids = [one.id for one in deliveries.of_developments(tx, [made.development_id])]
        for one in ids:
            deliveries.freeze(tx, one, message or Message("Subject", "Body"), NOW)
        return ids


@pytest.fixture
def make() -> Maker:
    """Builds values and whole rows with few words."""
    return Maker()
