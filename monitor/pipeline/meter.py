"""The coverage meter: what a good check proves about what was seen, recorded in the check's own commit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from monitor.coverage import Window, bridges, overlap, rhythm
from monitor.model import SourceState
from monitor.novelty.shingles import signed
from monitor.store import coverage
from monitor.store.coverage import Gap
from monitor.store.entries import Listed
from monitor.urls import host_of

MOST_KEYS = 1000
_EVERY = timedelta(hours=1)


def meter(
    tx: Connection,
    state: SourceState,
    found: Sequence[Listed],
    new: int,
    weekly: float,
    now: datetime,
    *,
    whole: bool = True,
) -> None:
    """Hold a good check against what went before; `state` is the source's before it.

    `found` is empty when the list was unchanged; not `whole`: it holds only the parts of the list that
    changed; `weekly` counts the entries of seven days, these `new` ones included.
    """
    if new:
        _fill(tx, found, now)
    if found and whole:
        _compare(tx, state, found, max(weekly - new, 0.0), now)
    _measure(tx, state, new, now)


def _compare(tx: Connection, state: SourceState, found: Sequence[Listed], weekly: float, now: datetime) -> None:
    keys, dates = _keys(found), _dates(found)
    before = coverage.window(tx, state.source_id, state.url)
    partly = before.partly if before else 0
    if before is not None and state.last_ok is not None:
        said = overlap(before, keys, dates, state.last_ok, now, weekly)
        partly += said.partly
        if not said.joined:
            host = Counter(_site(one) for one in found).most_common(1)[0][0]
            gap = Gap(0, state.source_id, host, state.last_ok, now, len(before.keys), len(keys))
            coverage.add_gap(tx, gap)
    seen = Window(keys, partly)
    coverage.keep_window(tx, state.source_id, state.url, seen, max(dates, default=None))


def _keys(found: Sequence[Listed]) -> tuple[int, ...]:
    """The entries' keys in order. Of a long list the thousand smallest: two long lists then keep the same ones."""
    keys = dict.fromkeys(signed(one.url_key) for one in found)
    kept = set(sorted(keys)[:MOST_KEYS])
    return tuple(key for key in keys if key in kept)


def _dates(found: Sequence[Listed]) -> list[datetime]:
    return [one.entry.published for one in found if one.entry.published is not None]


def _site(listed: Listed) -> str:
    return host_of(listed.url_key)


def _fill(tx: Connection, found: Sequence[Listed], now: datetime) -> None:
    """Count what arrives late from the time of an earlier gap of the same site, whichever source lists it."""
    sites = {_site(one) for one in found}
    for gap in coverage.open_gaps(tx, sites, now):
        own = [one for one in found if _site(one) == gap.host]
        inside = [one.url_key for one in own if one.entry.published and gap.since < one.entry.published < gap.until]
        arrived = coverage.arrived(tx, inside, now) if inside else ()
        across = bridges(_dates(own), gap.since, gap.until)
        if arrived or across:
            coverage.fill_gap(tx, gap.id, len(arrived), now if across else None)


def _measure(tx: Connection, state: SourceState, new: int, now: datetime) -> None:
    """Measure the source's rhythm once an hour, from a month of arrivals; the backlog of its first check is none."""
    if state.first_checked is None:
        return
    last = coverage.measured(tx, state.source_id)
    if new:
        coverage.brought(tx, state.source_id, new, now)
    if last is not None and now - last < _EVERY:
        return
    found = coverage.arrivals(tx, state.source_id, now)
    coverage.keep_rhythm(tx, state.source_id, rhythm(found, state.first_checked, now), now)
