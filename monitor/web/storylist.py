"""Stories: the list that is worked through, by tab."""

from __future__ import annotations

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from monitor.inquiry import shapes, storylines
from monitor.inquiry.storylines import Row
from monitor.model.reviews import Subject
from monitor.store import reviews, storylist
from monitor.store.storylist import Tab
from monitor.web.feeds import Item
from monitor.web.lists import Listing, Question, Rows
from monitor.web.pictures import coverage, sparkline
from monitor.web.screens import screens_of

TABS = {
    Tab.REVIEW: ("For review", "new, or changed after they were dismissed"),
    Tab.GROWING: ("Growing", "three or more reports in six hours, and more an hour than in the day before"),
    Tab.CHANGED: ("Changed since review", "a development came after somebody had looked, or a dismissed one came back"),
    Tab.KEPT: ("Kept", "somebody keeps them"),
    Tab.DISMISSED: ("Dismissed", "until they change"),
    Tab.UNSURE: ("Unsure", "somebody else should look"),
    Tab.ALL: ("All", "every story, also those that were only looked at"),
}
_COLUMNS = (
    "id",
    "headline",
    "title",
    "status",
    "changed",
    "first_seen",
    "newest",
    "articles",
    "outlets",
    "developments",
    "sides",
    "countries",
    "languages",
    "rules",
)


def _tab(question: Question) -> Tab:
    return question.asked.word("tab", Tab) or Tab.REVIEW


def _read(request: Request, question: Question) -> Rows:
    screens = screens_of(request)
    after = shapes.number("s", question.after) if question.after else None
    known = {source.id: source for source in screens.config().sources}
    with screens.store.read() as tx:
        numbers, following = storylist.listed(
            tx, _tab(question), question.limit, after, question.now, until=question.as_of
        )
        lines = storylist.lines(tx, numbers, question.now)
        stands = reviews.of(tx, Subject.STORY, numbers)
    found = [storylines.row(one, stands.get(one.id), known, question.now) for one in lines]
    return Rows([storylines.as_json(one) for one in found], shapes.name("s", following), values=found)


def _item(row: shapes.Json) -> Item:
    said = f"{row['articles']} articles of {row['outlets']} sources, {row['developments']} developments"
    return Item(f"/stories/{row['id']}", row["headline"], row["first_seen"], said, tuple(row["rules"]))


LIST = Listing("stories", "Stories", _COLUMNS, _read, known=("tab",), dated="first_seen", item=_item)


def story_list(request: Request) -> Response:
    """GET /stories"""
    question = LIST.question(request)
    rows = LIST.read(request, question)
    with screens_of(request).store.read() as tx:
        counts = storylist.counts(tx, question.now)
    found: list[Row] = rows.values
    most = storylist.MOST_COUNTED
    return LIST.page(
        request,
        "stories.html",
        question,
        rows,
        stories=found,
        tabs=TABS,
        tab=_tab(question),
        counts={tab: f"{most}+" if count > most else str(count) for tab, count in counts.items()},
        pictures={one.line.id: (_sides(one), _hours(one)) for one in found},
        ids=[f"s{one.line.id}" for one in found],
    )


def _sides(one: Row) -> Markup:
    named = ", ".join(f"{side} {count}" for side, count in one.parts)
    return coverage(f"sides{one.line.id}", one.parts, says=f"Articles by side: {named}")


def _hours(one: Row) -> Markup:
    most = max(one.hours)
    ago = len(one.hours) - 1 - max(place for place, count in enumerate(one.hours) if count == most)
    when = f"most in one hour: {most}, {ago} hours ago" if most else ""
    return sparkline(f"hours{one.line.id}", one.hours, says=f"{one.arrived} articles in 48 hours", detail=when)
