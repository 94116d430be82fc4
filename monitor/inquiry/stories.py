"""Stories as JSON: their rows in a list, and one with its timeline and what was done to it by hand."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.inquiry import shapes
from monitor.model import Article
from monitor.novelty.origins import Telling, independent
from monitor.store.handwork import Action
from monitor.store.storyline import StoryDetail, StoryRow, Turn


def row(found: StoryRow) -> shapes.Json:
    return {
        "id": shapes.name("s", found.id),
        "title": found.title,
        "first_seen": shapes.stamp(found.created),
        "newest": shapes.stamp(found.newest),
        "articles": found.articles,
        "outlets": found.outlets,
        "developments": found.developments,
    }


def story(found: StoryDetail, done: tuple[Action, ...]) -> shapes.Json:
    """A story with its outlets, its developments in order, the reports under each, and what people did to it."""
    articles = {article.id: article for turn in found.turns for article in turn.articles}
    return {
        "id": shapes.name("s", found.id),
        "title": found.title,
        "first_seen": shapes.stamp(found.created),
        **_carried(tuple(articles.values()), found),
        "developments": [_turn(turn, found) for turn in found.turns],
        "actions": [_action(one) for one in done],
    }


def _turn(turn: Turn, whole: StoryDetail) -> shapes.Json:
    return {
        "id": shapes.name("d", turn.development.id),
        "title": turn.development.title,
        "first_seen": shapes.stamp(turn.development.created),
        "known": turn.development.known,
        **_carried(turn.articles, whole),
        "articles": [shapes.article(article) for article in turn.articles],
    }


def _carried(articles: Sequence[Article], whole: StoryDetail) -> shapes.Json:
    """The outlets in order of their first reports, whose copy each is, and how many stand by themselves."""
    firsts: dict[str, Article] = {}
    for one in sorted(articles, key=lambda one: (one.published or one.first_seen, one.id)):
        firsts.setdefault(one.source_id, one)
    told = [whole.tellings[one.id] for one in articles if one.id in whole.tellings]
    return {
        "outlets": [_outlet(one, whole.tellings.get(one.id)) for one in firsts.values()],
        "independent": independent(told),
    }


def _outlet(first: Article, told: Telling | None) -> shapes.Json:
    return {
        "source": first.source_id,
        "article": shapes.name("a", first.id),
        "reported": shapes.stamp(first.published or first.first_seen),
        "copy_of": shapes.name("a", told.copy_of if told else None),
        "credits": list(told.credits) if told else [],
    }


def _action(done: Action) -> shapes.Json:
    return {
        "when": shapes.stamp(done.created),
        "who": done.who,
        "action": done.action,
        "story": shapes.name("s", done.story_id),
        "other": shapes.name("s", done.other_id),
        "articles": [shapes.name("a", one) for one in done.articles],
    }
