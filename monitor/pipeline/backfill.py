"""What slipped through between two checks: what is to be asked about now, and what came of asking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import Connection

from monitor.coverage import closes, reaches_back
from monitor.model import Entry, Listing, Source, SourceState
from monitor.novelty.shingles import signed
from monitor.pipeline.check import listed
from monitor.store import Store, coverage, entries
from monitor.store.coverage import Gap
from monitor.store.entries import Listed
from monitor.urls import host_of, url_key
from monitor.watch import Watch
from spiders.dates import parse_date

MOST_ENTRIES = 100
MOST_BY_HAND = 2000
NOWHERE = "nowhere to ask: robots.txt names no sitemap, and the source has no `backfill`"


@dataclass(frozen=True, slots=True)
class Asking:
    """Times of one source to ask about, and the site ("https://host:port") that they are about."""

    gaps: tuple[Gap, ...]
    site: str


@dataclass(frozen=True, slots=True)
class Brought:
    """What asking by hand brought of one source: how many entries are new, and what each place said."""

    source_id: str
    new: int
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one place listed, or why it could not be told."""

    url: str
    entries: tuple[Entry, ...] = ()
    trouble: str = ""


def has_unasked(store: Store, source_id: str, now: datetime) -> bool:
    """Whether a source has gaps that it is time to ask about."""
    with store.read() as tx:
        return bool(coverage.unasked(tx, source_id, now))


def ask_gaps(store: Store, source: Source, now: datetime) -> Asking | None:
    """The gaps to ask about now, recorded as asked; of several sites the newest gap's. None when there are none."""
    with store.write() as tx:
        due = coverage.unasked(tx, source.id, now)
        if not due:
            return None
        host = due[-1].host
        gaps = tuple(gap for gap in due if gap.host == host)
        coverage.ask(tx, [gap.id for gap in gaps], now)
        return Asking(gaps, _site(entries.latest_address(tx, source.id, host) or source.url))


def asking_since(store: Store, source: Source, since: datetime, now: datetime) -> Asking:
    """Everything since a moment, as a person asks for it: no gap is on record for that."""
    with store.read() as tx:
        address = entries.latest_address(tx, source.id) or source.url
    return Asking((Gap(0, source.id, host_of(url_key(address)), since, now, 0, 0),), _site(address))


def _site(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def reaches(asking: Asking, found: Sequence[Entry], now: datetime) -> bool:
    """Whether these entries go back beyond all the gaps, so that no other place need be asked."""
    dates = [one.published for one in (_dated(each, now) for each in found) if one.published]
    return reaches_back(dates, min(gap.since for gap in asking.gaps))


def fill_gaps(
    store: Store, watch: Watch, source: Source, state: SourceState, asking: Asking, got: Sequence[Answer], now: datetime
) -> int:
    """Take in what the answers hold of the gaps' times, and say in each gap what came of it; returns how many are new.

    They alert like any other: the reader has not seen them. What is known already stays untouched.
    """
    found = _listed(watch, source, state, got, now)
    with store.write() as tx:
        known, chosen = _missed(tx, found, asking, MOST_ENTRIES)
        new, _ = entries.add(tx, source.id, chosen, now) if chosen else (0, 0)
        taken = {one.url_key for one in chosen}
        for gap in asking.gaps:
            _answer(tx, gap, state, found, taken, known, got, now)
    return new


def take_back(
    store: Store, watch: Watch, source: Source, state: SourceState, asking: Asking, got: Sequence[Answer], now: datetime
) -> Brought:
    """Take in what the answers to `asking_since` hold and the archive does not.

    Old news that somebody went to fetch wakes nobody: like a first import it is told in one summary.
    """
    found = _listed(watch, source, state, got, now)
    with store.write() as tx:
        _known, missed = _missed(tx, found, asking, MOST_BY_HAND)
        chosen = [replace(one, first_import=True) for one in missed]
        new, _ = entries.add(tx, source.id, chosen, now) if chosen else (0, 0)
    inside, came = {one.url_key for one in found if _inside(one, asking.gaps)}, {one.url_key for one in chosen}
    return Brought(source.id, new, tuple(_words(one, inside, came, now) for one in got) or (NOWHERE,))


def _listed(
    watch: Watch, source: Source, state: SourceState, got: Sequence[Answer], now: datetime
) -> tuple[Listed, ...]:
    dated = tuple(_dated(entry, now) for answer in got for entry in answer.entries)
    return listed(watch, source, state, Listing(dated), now)


def _missed(
    tx: Connection, found: Sequence[Listed], asking: Asking, most: int
) -> tuple[frozenset[str], tuple[Listed, ...]]:
    """The keys that are known, and what is not known of the times asked about: the newest of it, newest first."""
    known = entries.known(tx, [one.url_key for one in found])
    missed = {one.url_key: one for one in found if one.url_key not in known and _inside(one, asking.gaps)}
    return known, tuple(sorted(missed.values(), key=_when, reverse=True)[:most])


def _answer(
    tx: Connection,
    gap: Gap,
    state: SourceState,
    found: Sequence[Listed],
    taken: set[str],
    known: frozenset[str],
    got: Sequence[Answer],
    now: datetime,
) -> None:
    inside = {one.url_key for one in found if _inside(one, (gap,))}
    came = inside & taken
    own = [one for one in found if host_of(one.url_key) == gap.host]
    dates = [one.entry.published for one in own if one.entry.published is not None]
    keys = [signed(one.url_key) for one in own]
    whole = inside <= taken | known and closes(keys, dates, coverage.window(tx, gap.source_id, state.url), gap.since)
    words = "; ".join(_words(one, inside, came, now) for one in got)
    coverage.answer_gap(tx, gap.id, words or NOWHERE, came, now if whole else None)


def _words(answer: Answer, inside: set[str], came: set[str], now: datetime) -> str:
    """What one place said of one gap."""
    if answer.trouble:
        return f"asked {answer.url}: {answer.trouble}"
    if not answer.entries:
        return f"asked {answer.url}: it lists nothing"
    if not any(_dated(one, now).published for one in answer.entries):
        return f"asked {answer.url}: none of its {len(answer.entries)} entries has a date"
    keys = {url_key(one.url) for one in answer.entries} & inside
    return f"asked {answer.url}: {len(keys)} found, {len(keys & came)} new"


def _dated(entry: Entry, now: datetime) -> Entry:
    """With the date by which it is placed: of a plain sitemap only the last change is known."""
    return entry if entry.published else replace(entry, published=parse_date(entry.updated_raw, now))


def _inside(one: Listed, gaps: Sequence[Gap]) -> bool:
    when, host = one.entry.published, host_of(one.url_key)
    return when is not None and any(gap.since < when < gap.until and gap.host == host for gap in gaps)


def _when(one: Listed) -> float:
    return one.entry.published.timestamp() if one.entry.published else 0.0
