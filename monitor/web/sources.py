"""Sources: which of them work, and what each brings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from monitor.inquiry import shapes, supply
from monitor.inquiry.standing import OUTCOMES, Standing, standing
from monitor.inquiry.supply import Supply
from monitor.model import Agreement, Source, Subscription
from monitor.store import daily, review, websub
from monitor.store.census import Census, Facet
from monitor.store.daily import Days
from monitor.store.review import SourceRow
from monitor.web.asked import Asked
from monitor.web.lists import Listing, Question, Rows
from monitor.web.pictures import sparkline
from monitor.web.screens import screens_of
from spiders.opml import write_opml

_COLUMNS = (
    "id",
    "name",
    "url",
    "working",
    "why",
    "last_checked",
    "last_ok",
    "due_at",
    "failures",
    "articles",
    "newest",
    "outcome",
    "status",
    "error",
    "gaps",
    "kind",
    "median_a_day",
    "today",
    "full_text",
    "interval",
    "legal",
)
OPML = "text/x-opml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Shown:
    """A source as the list shows it. `source`: None once the config does not name it any more."""

    row: SourceRow
    source: Source | None
    standing: Standing
    supply: Supply
    push: Subscription | None

    @property
    def subscribed(self) -> bool:
        """Whether its hub tells us of news."""
        return self.push is not None and self.push.state in (Agreement.ACTIVE, Agreement.RENEWING)


def as_json(one: Shown) -> dict[str, Any]:
    """A row of /sources.json."""
    row, source, last = one.row, one.source, one.row.last
    return {
        "id": row.state.source_id,
        "name": source.name if source else "",
        "url": row.state.url,
        "kind": source.kind if source else "",
        "language": list(source.language) if source else [],
        "country": source.country if source else "",
        "side": source.side if source else "",
        "legal": source.legal if source else "",
        "enabled": row.enabled,
        "working": one.standing.word,
        "why": one.standing.why,
        "last_checked": shapes.stamp(row.state.last_checked),
        "last_ok": shapes.stamp(row.state.last_ok),
        "due_at": shapes.stamp(row.state.due_at),
        "interval": row.state.interval.total_seconds(),
        "failures": row.state.failures,
        "articles": row.articles,
        "newest": shapes.stamp(row.newest),
        "entries": {state.value: count for state, count in row.entries.items()},
        "outcome": last.outcome.value if last else None,
        "status": last.status if last else None,
        "error": last.error if last else "",
        "gaps": row.coverage.open_gaps,
        "subscribed": one.subscribed,
        **supply.as_json(one.supply),
    }


def days_of(request: Request) -> Days:
    """The weeks that a source's pictures show, as the reader's time zone counts days."""
    screens = screens_of(request)
    return Days(screens.clock(), screens.view(request).zone, supply.WEEKS)


def shown(request: Request, only: str | None = None) -> list[Shown]:
    """Every source (or `only` this one), in the order of the config; those that are not in it any more last."""
    screens, days = screens_of(request), days_of(request)
    known = {source.id: (place, source) for place, source in enumerate(screens.config().sources)}
    census: Census = request.app.state.census
    arrivals: daily.Arrivals = request.app.state.arrivals
    with screens.store.read() as tx:
        counts, pushed, held = arrivals.of(tx, days), websub.all_of(tx), census.of(tx)
        sets = held.sets[Facet.SOURCE]
        # The last article is the highest bit of a set.
        known_of = {name: (one.bit_count(), one.bit_length() - 1) for name, one in sets.items() if one}
        rows = review.source_rows(tx, held=known_of, only=only)
    partial = held.of(Facet.PARTIAL, "yes")
    found = []
    for row in rows:
        name = row.state.source_id
        poor = (held.of(Facet.SOURCE, name) & partial).bit_count()
        own = supply.supply(counts.get(name), row.state, days, row.articles, max(row.articles - poor, 0))
        place, source = known.get(name, (len(known), None))
        found.append((place, Shown(row, source, standing(row, days.now), own, pushed.get(name))))
    return [one for _place, one in sorted(found, key=lambda pair: pair[0])]


def _read(request: Request, _question: Question) -> Rows:
    rows = shown(request)
    return Rows([as_json(one) for one in rows], values=rows)


LIST = Listing("sources", "Sources", _COLUMNS, _read, freezes=False, whole=True)


def source_list(request: Request) -> Response:
    """GET /sources"""
    question = LIST.question(request)
    rows = LIST.read(request, question)
    view, days = screens_of(request).view(request), days_of(request)
    listed = [
        (one, spark(f"new-{n}", view.source(one.row.state.source_id), one.supply, days))
        for n, one in enumerate(rows.values)
    ]
    return LIST.page(
        request,
        "sources.html",
        question,
        rows,
        outcomes=OUTCOMES,
        rows=listed,
        weeks=days.count,
        well=sum(one.standing.well for one in rows.values),
    )


def spark(name: str, called: str, own: Supply, days: Days) -> Markup:
    """New entries of a source day by day, and what its median says of today."""
    top = max((one for one in own.days if one is not None), default=0)
    says = f"{called}: {own.words}"
    if top:
        day = days.dates()[own.days.index(top)]
        says += f"; most on {day.day} {day:%B}: {top}"
    return sparkline(name, own.days, says=says, detail="Hatched: not asked yet." if own.days[0] is None else "")


def opml(request: Request) -> Response:
    """GET /sources.opml: what the config names, for other readers."""
    Asked(request, ())
    config = screens_of(request).config()
    headers = {"Content-Disposition": 'attachment; filename="storywatch-sources.opml"'}
    return Response(write_opml(config.watch.title, config.sources), media_type=OPML, headers=headers)
