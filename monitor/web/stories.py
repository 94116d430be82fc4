"""One story: its developments in order, with the articles that tell each."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from monitor.errors import UsageError
from monitor.inquiry import shapes, stories
from monitor.store import handwork, storyline
from monitor.store.handwork import Action
from monitor.store.storyline import StoryDetail
from monitor.web.asked import Asked
from monitor.web.screens import json_answer, screens_of


def _story(request: Request) -> StoryDetail:
    Asked(request, ())
    try:
        number = shapes.number("s", request.path_params["ident"])
    except UsageError as error:
        raise HTTPException(404, str(error)) from None
    with screens_of(request).store.read() as tx:
        found = storyline.story_detail(tx, number)
    if found is None:
        raise HTTPException(404, f"There is no story s{number} in the archive.")
    return found


def story_page(request: Request) -> Response:
    """GET /stories/ID"""
    story = _story(request)
    told, done = _told(request, story)
    return screens_of(request).page(
        request,
        "story.html",
        story=story,
        told=told,
        turns=list(zip(story.turns, told["developments"], strict=True)),
        articles=len({article.id for turn in story.turns for article in turn.articles}),
        done=done,
        formats=(("json", f"/stories/s{story.id}.json"),),
    )


def story_json(request: Request) -> Response:
    """GET /stories/ID.json"""
    story = _story(request)
    return json_answer(request, _told(request, story)[0])


def _told(request: Request, story: StoryDetail) -> tuple[shapes.Json, tuple[Action, ...]]:
    with screens_of(request).store.read() as tx:
        done = handwork.actions_of(tx, story.id)
    return stories.story(story, done), done
