"""One source: its exchanges, its gaps, what is special about it, its articles as a feed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from monitor.errors import UsageError
from monitor.inquiry import outages, push, shapes, supply, volume
from monitor.inquiry.outages import Outage
from monitor.inquiry.standing import OUTCOMES
from monitor.model import Mute, MuteKind, Origin, Outcome
from monitor.store import coverage, fetches, mutes, review, samples
from monitor.store import sources as store_sources
from monitor.store.coverage import Gap
from monitor.store.fetches import FetchRow
from monitor.store.review import ArticleFilter
from monitor.store.samples import Sample
from monitor.web import sources
from monitor.web.asked import Asked
from monitor.web.feeds import Item, rss
from monitor.web.lists import RSS
from monitor.web.pictures import coverage as coverage_bar
from monitor.web.posted import back
from monitor.web.republishing import republished
from monitor.web.screens import data_answer, home_of, json_answer, screens_of
from monitor.web.sources import Shown

_FETCHES = 50
_CHECKS = 500
_FEED_ROWS = 50
_APART = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SourcePage:
    """What a source's page and its JSON show. `lag`: how late its news is seen."""

    shown: Shown
    fetches: tuple[FetchRow, ...]
    gaps: tuple[Gap, ...]
    outages: list[Outage]
    lag: timedelta | None
    sample: Sample | None
    mute: Mute | None

    @property
    def id(self) -> str:
        return self.shown.row.state.source_id


def source_of(request: Request) -> SourcePage:
    """The source that an address names. Raises 404."""
    Asked(request, ())
    ident, screens = request.path_params["ident"], screens_of(request)
    (one,) = sources.shown(request, ident) or (None,)
    if one is None:
        raise HTTPException(404, f"No source is called {ident!r}.")
    with screens.store.read() as tx:
        muted = [each for each in mutes.active(tx, screens.clock()) if each.kind is MuteKind.SOURCE]
        return SourcePage(
            one,
            fetches.recent(tx, ident, _FETCHES),
            coverage.gaps(tx, ident),
            outages.outages(fetches.recent(tx, ident, _CHECKS, kind="check")),
            coverage.lag(tx, ident),
            samples.newest_entry(tx, ident),
            next((each for each in muted if each.target == ident), None),
        )


def source_page(request: Request) -> Response:
    """GET /sources/ID"""
    found, screens, days = source_of(request), screens_of(request), sources.days_of(request)
    one, state = found.shown, found.shown.row.state
    with screens.store.read() as tx:
        newest = review.article_page(tx, ArticleFilter(source=found.id, on_topic=None), 10).rows
    partial = one.supply.articles - one.supply.whole
    parts = supply.fate(one.row.entries, partial)
    called = screens.view(request).source(found.id)
    listed = sum(count for _words, count in parts)
    by_day = zip(days.dates(), one.supply.days, strict=True)
    table = [(day.isoformat(), "–" if many is None else many) for day, many in by_day]
    return screens.page(
        request,
        "source.html",
        found=found,
        row=one.row,
        source=one.source,
        standing=one.standing,
        supply=one.supply,
        spark=sources.spark("new", called, one.supply, days),
        table=table[::-1],
        fate=parts,
        bar=coverage_bar("fate", parts, says=f"What became of {listed} entries of {called}") if parts else "",
        quirks=supply.quirks(one.source, state) if one.source else (),
        newest=newest,
        gap_words=volume.gap_words,
        push=push.words(one.push, screens.config().watch.public_url, days.now),
        outcomes=OUTCOMES,
        fine=(Outcome.OK, Outcome.UNCHANGED),
        formats=(("json", f"/sources/{found.id}.json"), ("rss", f"/sources/{found.id}.rss")),
    )


def check_now(request: Request) -> Response:
    """POST /sources/ID/check: the daemon is to ask it next, unless it was asked within the last minute."""
    ident, screens = request.path_params["ident"], screens_of(request)
    now = screens.clock()
    with screens.store.write() as tx:
        state = store_sources.state(tx, ident)
        if state is None:
            raise HTTPException(404, f"No source is called {ident!r}.")
        if state.last_checked is not None and now - state.last_checked < _APART:
            raise UsageError(f"{ident} was asked less than a minute ago: its site is not to be asked more often")
        hastened = store_sources.hasten(tx, ident, now)
    name = screens.view(request).source(ident)
    said = f"{name} is asked next, within seconds while the daemon runs."
    return back(request, said if hastened else f"{name} is being asked already, or is switched off in the config.")


def source_json(request: Request) -> Response:
    """GET /sources/ID.json"""
    found, screens = source_of(request), screens_of(request)
    one = found.shown
    more = {
        "gap_list": [volume.gap(each) for each in found.gaps],
        "outages": [outages.as_json(each) for each in found.outages],
        "rhythm": volume.rhythm(one.row.coverage.rhythm),
        "lag": None if found.lag is None else found.lag.total_seconds(),
        "push": push.as_json(one.push, screens.config().watch.public_url, screens.clock()),
        "quirks": dict(supply.quirks(one.source, one.row.state)) if one.source else {},
        "muted_until": shapes.stamp(found.mute.until if found.mute else None),
        "sample": None if found.sample is None else _sample(found.sample),
        "fetches": [_fetch(each) for each in found.fetches],
    }
    return json_answer(request, {**sources.as_json(one), **more})


def _sample(found: Sample) -> shapes.Json:
    """An entry as it was parsed; of its text only how long it is."""
    one = found.entry
    return {
        "url": one.url,
        "guid": one.guid,
        "title": one.title,
        "summary": one.summary,
        "text_length": len(one.text),
        "author": one.author,
        "published": shapes.stamp(one.published),
        "published_raw": one.published_raw,
        "updated_raw": one.updated_raw,
        "language": one.language,
        "state": found.state.value,
        "first_seen": shapes.stamp(found.first_seen),
        "article": shapes.name("a", found.article_id),
        "error": found.error,
    }


def _fetch(one: FetchRow) -> shapes.Json:
    return {
        "kind": one.kind,
        "started": shapes.stamp(one.started),
        "outcome": one.outcome.value,
        "status": one.status,
        "url": one.url,
        "final_url": one.final_url,
        "bytes": one.size,
        "entries": one.entries,
        "new": one.new,
        "seconds": round(one.elapsed, 3),
        "error": one.error,
    }


def source_rss(request: Request) -> Response:
    """GET /sources/ID.rss: its articles of the watch, newest first; headlines as far as its licence lets them out."""
    Asked(request, ())
    ident, screens = request.path_params["ident"], screens_of(request)
    source = next((one for one in screens.config().sources if one.id == ident), None)
    with screens.store.read() as tx:
        known = source is not None or store_sources.state(tx, ident) is not None
        chosen = ArticleFilter(source=ident, origin=Origin.FETCHED)
        rows = review.article_page(tx, chosen, _FEED_ROWS).rows if known else ()
    if not known:
        raise HTTPException(404, f"No source is called {ident!r}.")
    name = screens.view(request).source(ident)
    listed = [
        Item(
            f"/articles/a{one.id}",
            one.title,
            shapes.stamp(one.first_seen) or "",
            f"{one.level.value}{': rule ' + ', '.join(one.rules) if one.rules else ''}. {one.url}",
            one.rules,
        )
        for one in rows
    ]
    page = f"/sources/{ident}"
    title = f"{name}: {screens.config().watch.title}"
    newest = max((one.first_seen for one in rows), default=None)
    items = republished(screens.store, screens.config(), listed)
    return data_answer(request, rss(title, home_of(request), page, f"{page}.rss", items), RSS, newest)
