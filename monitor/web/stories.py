"""One story: who carries it and since when, what moved, where reports differ, and what can be done with it."""

from __future__ import annotations

from itertools import groupby

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from monitor.errors import UsageError
from monitor.inquiry import shapes, stories, storypage
from monitor.inquiry.brief import APART, MOST_COMPARED
from monitor.inquiry.reviews import standing
from monitor.inquiry.storypage import Grouping, Told
from monitor.model.reviews import Subject
from monitor.store import days, handwork, origins, storybook, storyline
from monitor.store.storybook import Report
from monitor.web import storypictures
from monitor.web.asked import Asked
from monitor.web.named import number_of
from monitor.web.reviewing import standing_of
from monitor.web.screens import json_answer, screens_of
from monitor.web.view import View

_SHOWN = 50
_TOLD = 12
"""Developments whose news is written out; older ones are named."""


def story_page(request: Request) -> Response:
    """GET /stories/ID; `group` is outlet, language or time, `after` the last article of the page before."""
    asked = Asked(request, ("group", "after"))
    by = asked.word("group", Grouping) or Grouping.TIME
    screens = screens_of(request)
    view = screens.view(request)
    told = _told(request)
    shown, older = _page(told, by, asked)
    book = told.book
    with screens.store.read() as tx:
        rows = {one.id: one for one in storybook.rows(tx, [one.id for one in shown])}
        news = days.news_of(tx, book.id)
        done = handwork.actions_of(tx, book.id)
        said = standing(tx, Subject.STORY, book.id)
    return screens.page(
        request,
        "story.html",
        asked=asked,
        by=by,
        groupings=list(Grouping),
        story=book,
        told=told,
        stands=(standing_of(request, Subject.STORY, [book.id]) or {}).get(book.id),
        log=[one for one in said["log"] if one["note"] or one["who"]],
        timeline=storypictures.timeline(told, view),
        graph=storypictures.graph(told, view),
        most_outlets=storypictures.MOST_OUTLETS,
        standings=standing_of(request, Subject.ARTICLE, [one.id for one in shown]),
        sides=storypictures.sides(told),
        turns=[(part, news.get(part.development.id)) for part in reversed(book.parts)],
        written=_TOLD,
        groups=[(name, [rows[one.id] for one in part if one.id in rows]) for name, part in _grouped(shown, by, view)],
        older=older,
        done=done,
        formats=(("json", f"/stories/s{book.id}.json"), ("md", f"/stories/s{book.id}.md")),
    )


def _told(request: Request) -> Told:
    screens, number = screens_of(request), number_of(request, "s")
    known = {source.id: source for source in screens.config().sources}
    with screens.store.read() as tx:
        book = storybook.book(tx, number, screens.clock())
        if book is None:
            raise HTTPException(404, f"There is no story s{number} in the archive.")
        ids = [one.id for one in book.reports]
        tellings = origins.tellings(tx, ids)
        differing = days.differing(tx, sorted(ids)[-MOST_COMPARED:], APART)
    return storypage.told(book, tellings, differing, known)


def _page(told: Told, by: Grouping, asked: Asked) -> tuple[tuple[Report, ...], str]:
    """The articles of one page, and the address of the next one. Raises UsageError for an `after` that is not here."""
    reports, begin, after = storypage.ordered(told, by), 0, asked.text("after")
    if after is not None:
        last = shapes.number("a", after)
        begin = next((place for place, one in enumerate(reports, 1) if one.id == last), 0)
        if not begin:
            raise UsageError(f"a{last} is not in s{told.book.id} (any more)")
    shown = reports[begin : begin + _SHOWN]
    more = len(reports) > begin + _SHOWN
    return shown, asked.link(after=f"a{shown[-1].id}") if more else ""


def _grouped(reports: tuple[Report, ...], by: Grouping, view: View) -> list[tuple[str, list[Report]]]:
    """Under headings: the outlet, the language, or the day."""

    def heading(one: Report) -> str:
        if by is Grouping.OUTLET:
            return view.source(one.source_id, one.origin)
        return view.language(one.language) or "Language not known" if by is Grouping.LANGUAGE else view.day(one.at)

    return [(name, list(part)) for name, part in groupby(reports, heading)]


def story_json(request: Request) -> Response:
    """GET /stories/ID.json"""
    Asked(request, ())
    told = _told(request)
    with screens_of(request).store.read() as tx:
        story = storyline.story_detail(tx, told.book.id)
        done = handwork.actions_of(tx, told.book.id)
        stands = standing(tx, Subject.STORY, told.book.id)
    if story is None:
        raise HTTPException(404, f"There is no story s{told.book.id} in the archive.")
    review = {key: stands[key] for key in ("status", "note", "who", "when", "log")}
    return json_answer(request, {**stories.story(story, done), **storypage.as_json(told), **review})
