"""The contract of every list: one question, one read model, one table of columns; as a page, JSON, CSV and RSS.

To add a list, write how it is read and how it looks, and name its columns:

    def _read(request: Request, question: Question) -> Rows:
        with screens_of(request).store.read() as tx:
            found, following = things.page(tx, question.limit, shapes.number("t", question.after or ""), ...)
        return Rows([shapes.thing(one) for one in found], shapes.name("t", following), values=found)

    def _item(row: Json) -> Item:                                      # only for a list that is a feed, too
        return Item(f"/things/{row['id']}", row["title"], row["created"], f"from {row['source']}")

    LIST = Listing("things", "Things", ("id", "created", "title"), _read, known=("state",), dated="created", item=_item)

    def thing_list(request: Request) -> Response:                      # GET /things
        question = LIST.question(request)
        rows = LIST.read(request, question)
        return LIST.page(request, "things.html", question, rows, things=rows.values)

and in `monitor.web.app`: `*LIST.routes(thing_list)` among ROUTES gives /things and its .json, .csv and .rss. Then hold
for all of them, without another line: parameters that the list does not know are refused in words; `limit`, `after` and
`as_of` are read; the page has its links to the other forms (in the head, too), `older` for the next page and what is
needed to cite it; JSON has `next` and `next_url`; CSV is streamed, safe for spreadsheets, and says in its last line
where it was cut off; an unchanged answer is 304. `after` is opaque: what `next` gave, nothing else.

`as_of` freezes a list at a moment: `question.as_of` is the moment after which nothing counts (None: there is none), and
`question.now` is that moment or the present, so that "7d" means the same whenever a frozen address is opened. A list
that cannot be frozen says `freezes=False`. What a frozen list shows of a row (its state, its counts) is of today.

An item, or what is no list: `json_answer(request, document)`, or `data_answer(request, body, media)` for
Markdown and the like; its page names them: `screens.page(..., formats=(("json", "/things/t1.json"), ("md", ...)))`.

Forms post to a route of WRITES; the door (`guard`) has checked who posts and from where before the endpoint runs:

    def keep(request: Request) -> Response:                            # POST /things/{ident}/keep
        with screens_of(request).store.write() as tx:
            things.keep(tx, request.path_params["ident"], who_wrote(request), screens_of(request).clock())
        return back(request, "kept")                                   # 303 to the form's `next`, which says so

and in the template, only `{% if session %}`: a form with `{{ parts.hidden(session, here) }}`: its `csrf` and `next`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from monitor.errors import StoreError, UsageError
from monitor.inquiry import shapes
from monitor.inquiry.moments import moment
from monitor.inquiry.shapes import Json
from monitor.web.asked import MOST_ROWS, Asked
from monitor.web.feeds import Item, rss
from monitor.web.republishing import republished
from monitor.web.screens import data_answer, home_of, json_answer, screens_of
from monitor.web.sheet import cut_off, sheet

Endpoint = Callable[[Request], Response]
# Rows of a sheet that are read at once: what is held in memory, whatever is asked for.
_BATCH = 1_000
_FEED_ROWS = 50
CSV = "text/csv; charset=utf-8"
RSS = "application/rss+xml; charset=utf-8"
MARKDOWN = "text/markdown; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Question:
    """What a request asks of a list. `limit` rows after the cursor `after`; see the module for `now` and `as_of`."""

    asked: Asked
    limit: int
    after: str | None
    now: datetime
    as_of: datetime | None

    def moment(self, name: str, timezone: str, *, end: bool = False) -> datetime | None:
        """The moment that a parameter names, None when it is not given. Raises UsageError."""
        written = self.asked.text(name)
        return moment(written, timezone, self.now, end=end) if written else None

    def until(self, moment: datetime | None) -> datetime | None:
        """The earlier of an end that was asked for and the moment at which the list is frozen."""
        ends = [end for end in (moment, self.as_of) if end is not None]
        return min(ends, default=None)


@dataclass(frozen=True, slots=True)
class Rows:
    """Some of a list: the rows as JSON, the cursor of what follows, what JSON says besides, and what the page needs."""

    rows: Sequence[Json]
    next: str | None = None
    more: Mapping[str, Any] = field(default_factory=dict)
    values: Any = None


Read = Callable[[Request, Question], Rows]


@dataclass(frozen=True, slots=True)
class Listing:
    """A list at `/name`. `columns`: the fields of a row that the sheet has; `known`: its own parameters.

    `dated`: the field that tells when a row came to be, newest first. `item`: a row in a feed. `shown`: rows of a page.
    `whole`: whether every read gives all rows, so that there are no pages.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    read: Read
    known: tuple[str, ...] = ()
    dated: str = ""
    item: Callable[[Json], Item] | None = None
    shown: int = 50
    freezes: bool = True
    whole: bool = False

    @property
    def path(self) -> str:
        return f"/{self.name}"

    @property
    def parameters(self) -> tuple[str, ...]:
        """Every parameter that the list takes."""
        own = self.known if self.whole else (*self.known, "limit", "after")
        return (*own, "as_of") if self.freezes else own

    def question(self, request: Request, limit: int | None = None) -> Question:
        """What is asked. `limit`: how many rows unless the request says. Raises UsageError."""
        asked = Asked(request, self.parameters)
        screens = screens_of(request)
        now, frozen, written = screens.clock(), None, asked.text("as_of")
        if written:
            frozen = moment(written, screens.config().watch.timezone, now)
            if frozen > now:
                raise UsageError(f"as_of is to come: {written!r}")
        return Question(asked, asked.limit(limit or self.shown), asked.text("after"), frozen or now, frozen)

    def page(
        self, request: Request, template: str, question: Question, rows: Rows, /, *, status: int = 200, **values: Any
    ) -> Response:
        """The list as a page. The template gets `asked`, `older` (the address of the next page) and `values`."""
        asked, screens = question.asked, screens_of(request)
        cite = asked.link(as_of=shapes.stamp(screens.clock())) if self.freezes else ""
        return screens.page(
            request,
            template,
            status,
            **{
                "asked": asked,
                "older": asked.link(after=rows.next) if rows.next else "",
                "formats": self.formats(asked),
                "frozen": question.as_of,
                "live_list": asked.link(as_of=None),
                "cite": cite,
                **values,
            },
        )

    def formats(self, asked: Asked) -> tuple[tuple[str, str], ...]:
        """The other forms of what is asked: (kind, address)."""
        kinds = ("json", "csv") if self.item is None else ("json", "csv", "rss")
        return tuple((kind, asked.link(f"{self.path}.{kind}")) for kind in kinds)

    def routes(self, page: Endpoint) -> tuple[tuple[str, Endpoint], ...]:
        """The addresses of the list: its page and its other forms."""
        forms: list[tuple[str, Endpoint]] = [
            (self.path, page),
            (f"{self.path}.json", self._json),
            (f"{self.path}.csv", self._csv),
        ]
        return (*forms, (f"{self.path}.rss", self._rss)) if self.item is not None else tuple(forms)

    def _json(self, request: Request) -> Response:
        question = self.question(request)
        rows = self.read(request, question)
        document = {
            **rows.more,
            "rows": list(rows.rows),
            "next": rows.next,
            "next_url": question.asked.link(after=rows.next) if rows.next else None,
            "as_of": shapes.stamp(question.as_of),
        }
        return json_answer(request, document, newest=self._newest(rows))

    def _csv(self, request: Request) -> Response:
        question = self.question(request, MOST_ROWS)
        first = self.read(request, self._part(question, question.limit, question.after))
        headers = {"Content-Disposition": f'attachment; filename="storywatch-{self.name}.csv"'}
        if not first.next or len(first.rows) >= question.limit:
            more = question.asked.link(after=first.next) if first.next else ""
            if more:
                headers["Link"] = f'<{more}>; rel="next"'
            body = sheet(self.columns, first.rows, more).encode("utf-8", "replace")
            return data_answer(request, body, CSV, self._newest(first), headers)
        return StreamingResponse(self._sheet(request, question, first), media_type=CSV, headers=headers)

    def _sheet(self, request: Request, question: Question, part: Rows) -> Iterator[bytes]:
        """A long sheet, a batch at a time. What cannot be read any more is said where it is missing."""
        yield sheet(self.columns, part.rows).encode("utf-8", "replace")
        left, problem = question.limit - len(part.rows), ""
        while part.next and left > 0 and not problem:
            try:
                part = self.read(request, self._part(question, left, part.next))
            except StoreError as error:
                problem = f"the archive does not answer ({error})"
                break
            left -= len(part.rows)
            yield sheet((), part.rows, columns=self.columns).encode("utf-8", "replace")
        if part.next:
            yield cut_off(question.asked.link(after=part.next), problem).encode("utf-8", "replace")

    def _part(self, question: Question, left: int, after: str | None) -> Question:
        return replace(question, limit=left if self.whole else min(left, _BATCH), after=after)

    def _rss(self, request: Request) -> Response:
        question = self.question(request, _FEED_ROWS)
        rows = self.read(request, question)
        config = screens_of(request).config()
        body = rss(
            f"{self.title}: {config.watch.title}",
            home_of(request),
            question.asked.link(self.path),
            question.asked.link(f"{self.path}.rss"),
            republished(screens_of(request).store, config, [self.item(row) for row in rows.rows] if self.item else []),
        )
        return data_answer(request, body, RSS, self._newest(rows))

    def _newest(self, rows: Rows) -> datetime | None:
        found = [str(row[self.dated]) for row in rows.rows if row.get(self.dated)] if self.dated else []
        return datetime.fromisoformat(max(found)) if found else None
