"""When the articles of a list came: bars by side, each a link to its part of the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from markupsafe import Markup

from monitor.inquiry.arrivals import came, edges
from monitor.inquiry.browsing import Browsed
from monitor.inquiry.sides import parts
from monitor.store import Store, checks, fetches
from monitor.store.coverage import Gap
from monitor.web.asked import Asked
from monitor.web.pictures import Bar, stacked
from monitor.web.pictures.frame import filled

RANGE = timedelta(days=90)
REST = "Everything else"
_DAY = timedelta(days=1)
_MOST_GAPS, _MOST_LOOKED_AT = 3, 500


@dataclass(frozen=True, slots=True)
class Histogram:
    """`picture` states its finding; `rows` are the numbers behind it, under `columns`.

    `missed`: the last gaps of sources in its time, of which there are `gaps`.
    """

    picture: Markup
    columns: tuple[str, ...]
    rows: list[tuple[object, ...]]
    raw: str
    share: str
    shared: bool
    missed: tuple[Gap, ...] = ()
    gaps: int = 0


def histogram(
    store: Store, asked: Asked, browsed: Browsed, since: datetime | None, until: datetime, zone: ZoneInfo
) -> Histogram:
    """The plot of what a list holds: since then or for 90 days, and no longer than the archive goes back.

    `share=1` sets each bar against all that came in its time.
    """
    first = (browsed.holdings.times.ends or (until - _DAY,))[0]
    start = since if since is not None else max(until - RANGE, min(first, until - _DAY))
    marks = edges(start, max(until, start + timedelta(hours=1)), zone)
    shared = asked.flag("share")
    bars = _bars(store, asked, browsed, marks, shared)
    says, detail = _finding(bars)
    sides = list(dict.fromkeys(side for bar in bars for side, _count in bar.parts))
    table = [
        (filled('<a href="%s">%s</a>', bar.href, bar.label), *(_count(bar, side) for side in sides))
        for bar in reversed(bars)
    ]
    picture = stacked("came", bars, says=says, detail=detail, share=shared)
    links = asked.link(share=None), asked.link(share="1")
    missed = _missed(store, asked, marks[0], marks[-1])
    columns = ("When", *(sides or ("Articles",)))
    return Histogram(picture, columns, table, *links, shared, tuple(missed[-_MOST_GAPS:]), len(missed))


def _missed(store: Store, asked: Asked, since: datetime, until: datetime) -> list[Gap]:
    """The gaps of the sources that are asked for, as far as nothing has filled them, oldest first."""
    only, without = ((asked.text(name) or "").split(",") for name in ("source", "not-source"))
    with store.read() as tx:
        found = [gap for gap in checks.gaps(tx, since, until, _MOST_LOOKED_AT) if gap.closed_at is None]
    return [gap for gap in found if (only == [""] or gap.source_id in only) and gap.source_id not in without]


def _count(bar: Bar, side: str) -> object:
    return "no data" if bar.gap else dict(bar.parts).get(side, 0)


def _bars(store: Store, asked: Asked, browsed: Browsed, marks: Sequence[datetime], shared: bool) -> list[Bar]:
    found, spans = came(browsed, marks), list(pairwise(marks))
    empty = [n for n, one in enumerate(found) if not one.all]
    with store.read() as tx:
        looked = fetches.looked(tx, [spans[n] for n in empty])
    gaps = {n for n, seen in zip(empty, looked, strict=True) if not seen}
    bars = []
    for n, (start, end) in enumerate(spans):
        split = parts(found[n].by_side)
        since, until = _asked(start, end)
        bar = Bar(_label(start, end), split, asked.link(since=since, until=until), n in gaps)
        rest = found[n].own - bar.total
        bars.append(replace(bar, parts=(*split, (REST, rest))) if shared and rest > 0 else bar)
    return bars


def _asked(start: datetime, end: datetime) -> tuple[str, str]:
    """A bar's time as `since` and `until` take it: whole days by name, hours with their offset."""
    if end - start < _DAY:
        return start.isoformat(timespec="minutes"), end.isoformat(timespec="minutes")
    return start.date().isoformat(), (end - _DAY).date().isoformat()


def _label(start: datetime, end: datetime) -> str:
    day = f"{start.day} {start:%b %Y}"
    if end - start < _DAY:
        return f"{day} {start:%H:%M}"
    last = end - _DAY
    return day if last <= start else f"{day} to {last.day} {last:%b %Y}"


def _finding(bars: Sequence[Bar]) -> tuple[str, str]:
    """What the picture shows, in words."""
    found = [replace(bar, parts=tuple(part for part in bar.parts if part[0] != REST)) for bar in bars]
    total, top = sum(bar.total for bar in found), max(found, key=lambda bar: bar.total)
    spell = f"{bars[0].label} to {bars[-1].label}"
    gaps = sum(bar.gap for bar in bars)
    detail = f"{gaps} of {len(bars)} bars without data: nothing was asked for then." if gaps else ""
    if not total:
        return f"Nothing from {spell}", detail
    return (
        f"{total:,} {'article' if total == 1 else 'articles'}, most on {top.label}: {top.total:,}",
        f"{spell}. {detail}",
    )
