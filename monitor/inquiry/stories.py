"""Stories as JSON: their rows in a list, and one with its timeline and what was done to it by hand."""

from __future__ import annotations

from monitor.inquiry import shapes
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
    """A story with its developments in order, the reports under each, and what people did to it."""
    return {
        "id": shapes.name("s", found.id),
        "title": found.title,
        "first_seen": shapes.stamp(found.created),
        "developments": [_turn(turn) for turn in found.turns],
        "actions": [_action(one) for one in done],
    }


def _turn(turn: Turn) -> shapes.Json:
    return {
        "id": shapes.name("d", turn.development.id),
        "title": turn.development.title,
        "first_seen": shapes.stamp(turn.development.created),
        "known": turn.development.known,
        "articles": [shapes.article(article) for article in turn.articles],
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
