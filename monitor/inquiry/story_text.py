"""One story as Markdown: who reported it in which order, each development with what was new in it, every article."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from monitor.inquiry import brief_text, shapes
from monitor.inquiry.brief import APART, MOST_COMPARED, Figure, figures
from monitor.inquiry.brief_text import counted
from monitor.inquiry.giving import Giver
from monitor.inquiry.markdown import joined, line
from monitor.inquiry.stories import story as as_json
from monitor.model import Article
from monitor.store import days, handwork, storyline
from monitor.store.days import News
from monitor.store.storyline import StoryDetail, Turn

MOST_ARTICLES = 500


@dataclass(frozen=True, slots=True)
class Told:
    """A story with what its developments told; `row` is its JSON."""

    story: StoryDetail
    row: shapes.Json
    news: Mapping[int, News]
    figures: tuple[Figure, ...]

    @property
    def articles(self) -> dict[int, Article]:
        """Its articles by id, in the order of their developments."""
        return {one.id: one for turn in self.story.turns for one in turn.articles}


def told(tx: Connection, story_id: int) -> Told | None:
    """All that a story's Markdown needs; None where there is no such story."""
    story = storyline.story_detail(tx, story_id)
    if story is None:
        return None
    ids = sorted({one.id for turn in story.turns for one in turn.articles})[-MOST_COMPARED:]
    row = as_json(story, handwork.actions_of(tx, story.id))
    return Told(story, row, days.news_of(tx, story.id), figures(days.differing(tx, ids, APART)))


def markdown(found: Told, give: Giver, now: datetime) -> str:
    """The whole story. What a source's licence does not let out is counted and named, no more."""
    parts = (_head(found, give, now), _turns(found, give), _figures(found.figures, give), _articles(found, give))
    return "\n".join(text for part in parts for text in part) + "\n"


def _head(found: Told, give: Giver, now: datetime) -> Iterator[str]:
    story, articles = found.story, found.articles
    headed = frozenset(one.source_id for one in articles.values() if one.title == story.title)
    outlets = found.row["outlets"]
    yield f"# {give.story(f's{story.id}', story.title, headed)}"
    yield ""
    yield joined(
        f"Story s{story.id} of {line(give.config.watch.title)}",
        f"first seen {give.when(story.created)}",
        f"{counted(len(articles), 'article')} from {counted(len(outlets), 'outlet')}",
        f"{found.row['independent']} independent",
        f"as of {give.when(now)}",
        give.page(f"/stories/s{story.id}"),
    )
    yield from ("", "## Who reported it, in order", "")
    for number, one in enumerate(outlets, 1):
        at = give.when(datetime.fromisoformat(one["reported"]))
        copied = f"copy of {one['copy_of']}" if one["copy_of"] else ""
        credited = f"credited to {', '.join(line(each, 80) for each in one['credits'])}" if one["credits"] else ""
        yield f"{number}. " + joined(f"{at} {give.name(one['source'])}", one["article"], copied, credited)
    yield ""


def _turns(found: Told, give: Giver) -> Iterator[str]:
    yield from ("## Developments", "")
    for turn in found.story.turns:
        yield from _turn(turn, found.news.get(turn.development.id), give)
    if not found.story.turns:
        yield from ("Nothing tells it any more.", "")


def _turn(turn: Turn, news: News | None, give: Giver) -> Iterator[str]:
    own = turn.development
    source = news.told.source_id if news is not None else turn.articles[0].source_id if turn.articles else ""
    yield f"### d{own.id}: {give.headline(own.title, source)}"
    yield ""
    sources = list(dict.fromkeys(one.source_id for one in turn.articles))
    known = "known from the start" if own.known else ""
    yield joined(give.when(own.created), known, f"{counted(len(turn.articles), 'article')}: {give.names_of(sources)}")
    yield ""
    if news is not None:
        yield from (f"Told first by {give.name(source)}", "")
        yield from brief_text.points(news, give)
        yield ""


def _figures(found: Sequence[Figure], give: Giver) -> Iterator[str]:
    if not found:
        return
    yield from ("## Figures that differ", "")
    for one in found:
        said, other = give.name(one.told.source_id), give.name(one.other_source)
        yield f"- {line(one.new, 80)} ({said}, a{one.told.id}) · {line(one.old, 80)} ({other}, a{one.other_id})"
    yield ""


def _articles(found: Told, give: Giver) -> Iterator[str]:
    articles = sorted(found.articles.values(), key=lambda one: (one.published or one.first_seen, one.id))
    yield from (f"## Articles ({len(articles)})", "")
    shown = [one for one in articles if give.gives(one.source_id)]
    for one in shown[:MOST_ARTICLES]:
        at = give.when(one.published or one.first_seen)
        head = f"a{one.id} {at} {give.name(one.source_id)}: {give.headline(one.title, one.source_id)}"
        yield "- " + joined(head, one.level.value, give.link(one.url, one.source_id))
    if len(shown) > MOST_ARTICLES:
        yield f"- and {len(shown) - MOST_ARTICLES} more"
    kept = [one.source_id for one in articles if not give.gives(one.source_id)]
    if kept:
        yield f"- and {len(kept)} that are not republished: {give.names_of(list(dict.fromkeys(kept)))}"
