"""Stories as people want them: two merged into one, or some articles split off. Nobody is alerted by either."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from monitor.errors import UsageError
from monitor.inquiry import shapes
from monitor.inquiry.likeness import alike
from monitor.novelty import thresholds
from monitor.pipeline.handwork import merge_stories, split_story
from monitor.store import storybook
from monitor.web.asked import Asked
from monitor.web.named import number_of
from monitor.web.posted import back, posted, who_wrote
from monitor.web.screens import screens_of


def merge_page(request: Request) -> Response:
    """GET /stories/ID/merge: which stories may be the same, to choose one from."""
    Asked(request, ())
    screens, number = screens_of(request), number_of(request, "s")
    config = screens.config()
    with screens.store.read() as tx:
        book = storybook.book(tx, number, screens.clock())
        if book is None:
            raise HTTPException(404, f"There is no story s{number} in the archive.")
        found = alike(tx, book, thresholds(config.watch.sensitivity))
    return screens.page(request, "merge.html", story=book, alike=found)


def merge(request: Request) -> Response:
    """POST /stories/ID/merge: all of the story `other` (s8) moves into this one, whose number stays."""
    form, screens = posted(request), screens_of(request)
    written = form.text("other")
    if not written:
        raise UsageError("merge with which story? Write its number, such as s8")
    other = shapes.number("s", written)
    into, gone = merge_stories(screens.store, number_of(request, "s"), other, who_wrote(request), screens.clock())
    return back(request, f"s{gone} is part of s{into} now: later alerts of either go to one thread.")


def split(request: Request) -> Response:
    """POST /stories/ID/split: the chosen articles (every `id`, a12) become a story of their own."""
    form, screens = posted(request), screens_of(request)
    chosen = [shapes.number("a", one) for one in form.all("id")]
    if not chosen:
        raise UsageError("choose the articles first that go")
    story, made = split_story(screens.store, number_of(request, "s"), chosen, who_wrote(request), screens.clock())
    return back(request, f"s{made} is a story of its own now, split from s{story}.")
