"""What feeds give out: the headline of a source whose licence forbids it leaves no screen. See `inquiry.licence`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from monitor.config import Config
from monitor.inquiry import shapes
from monitor.inquiry.giving import Giver
from monitor.inquiry.licence import withheld
from monitor.model import Alert
from monitor.store import Store, days
from monitor.web.feeds import Item

_ARTICLE = re.compile(r"/articles/a([0-9]{1,10})", re.ASCII)
_STORY = re.compile(r"/stories/s([0-9]{1,10})", re.ASCII)


def republished(store: Store, config: Config, items: Sequence[Item]) -> list[Item]:
    """The rows of a feed as others may have them: without headline and words where a licence forbids it."""
    give = Giver.of(config)
    if not give.closed:
        return list(items)
    articles = {place: number for place, one in enumerate(items) if (number := _article(one)) is not None}
    stories = {place: int(found[1]) for place, one in enumerate(items) if (found := _STORY.match(one.path))}
    with store.read() as tx:
        sources = days.sources_of(tx, set(articles.values()))
        headed = days.headed(tx, {(number, items[place].title) for place, number in stories.items()})
    given: list[Item] = []
    for place, one in enumerate(items):
        source = sources.get(articles.get(place, 0), "")
        if source and not give.gives(source):
            one = replace(one, title=withheld(give.called(source)), text="")
        elif place in stories and not give.given(headed.get(stories[place], ())):
            one = replace(one, title=give.unnamed(f"s{stories[place]}"))
        given.append(one)
    return given


def _article(one: Item) -> int | None:
    """The number of the article whose headline a row has."""
    if one.article:
        return shapes.number("a", one.article)
    found = _ARTICLE.match(one.path)
    return int(found[1]) if found else None


def announced(alert: Alert, give: Giver) -> Alert | None:
    """A development as others may read of it, None where nobody tells it whose licence allows that.

    Its words are those of the report that came first, and so they go with that one.
    """
    kept = tuple(one for one in alert.reports if give.gives(one.source_id))
    if len(kept) == len(alert.reports):
        return alert
    if not kept:
        return None
    bare = tuple(replace(one, hits=()) for one in alert.firings)
    first = kept[0] is alert.reports[0]
    return replace(
        alert,
        reports=kept,
        title=alert.title if first else kept[0].title,
        story_title="",
        against="",
        sentences=alert.sentences if first else (),
        facts=alert.facts if first else (),
        firings=alert.firings if first else bare,
    )
