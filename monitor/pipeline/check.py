"""Step one: what a poll of a source found goes into the archive, with the source's next check, in one commit."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from monitor.errors import LeaseLost
from monitor.model import Child, Entry, EntryState, Fetch, Listing, Outcome, Source, SourceState
from monitor.pipeline.meter import meter
from monitor.schedule import next_check
from monitor.store import Store, children, entries, fetches, robots, sources, websub
from monitor.store.entries import Listed
from monitor.urls import host_of, url_key
from monitor.watch import Watch, wanted
from monitor.websub import SLOWEST
from spiders.kinds.quirks import floor, reads_page
from spiders.kinds.sitemap import SITEMAP_INDEX


@dataclass(frozen=True, slots=True)
class Checked:
    """What one check brought."""

    source_id: str
    outcome: Outcome
    status: int | None
    listed: int
    new: int
    reread: int
    error: str


def listed(
    watch: Watch, source: Source, state: SourceState, listing: Listing | None, now: datetime
) -> tuple[Listed, ...]:
    """What came with a listing, ready to be taken in; all before the first good check is a first import."""
    first = state.last_ok is None and watch.config.fetch.first_check == "summary"
    return tuple(_listed(watch, source, entry, first, now) for entry in listing.entries) if listing else ()


def take_in(
    tx: Connection, source: Source, fetch: Fetch, found: Sequence[Listed], now: datetime, *, kind: str
) -> tuple[int, int]:
    """Commit the entries of a poll or a push with its record; returns how many were new and how many are read again."""
    new, reread = entries.add(tx, source.id, found, now) if found else (0, 0)
    fetches.add(tx, fetch, source.id, now, kind=kind, entries=len(found), new=new)
    return new, reread


def _listed(watch: Watch, source: Source, entry: Entry, first: bool, now: datetime) -> Listed:
    state = EntryState.WAITING if wanted(watch, source, entry) else EntryState.FILTERED
    # What the feed holds in full needs no visit, so no other outlet's politeness may delay it.
    host = host_of(entry.url) if reads_page(source, entry.url) else ""
    return Listed(entry, url_key(entry.url), host, state, first, now)


def check(
    store: Store,
    watch: Watch,
    source: Source,
    state: SourceState,
    fetch: Fetch,
    listing: Listing | None,
    owner: str,
    now: datetime,
    *,
    jitter: float,
) -> Checked:
    """Record one poll. `listing` is None when the fetch failed or brought nothing new.

    The first good check of a source marks its entries as first import. Raises LeaseLost, with
    nothing recorded, when another owner took the source over meanwhile.
    """
    found = listed(watch, source, state, listing, now)
    index = listing is not None and listing.dialect == SITEMAP_INDEX
    with store.write() as tx:
        new, reread = take_in(tx, source, fetch, found, now, kind="check")
        weekly = entries.weekly(tx, source.id, now)
        if fetch.outcome in (Outcome.OK, Outcome.UNCHANGED):
            meter(tx, state, found, new, weekly, now, whole=not index)
        if listing is not None:
            robots.keep_quiet(tx, source.id, listing.quiet)
            websub.note_offer(tx, source.id, listing.hub, now)
        if listing is not None and index:
            children.remember(tx, source.id, listing.children)
        told = websub.note_check(tx, source.id, new, now)
        after = next_check(
            source,
            state,
            fetch,
            now,
            listed=len(found),
            new=new,
            weekly=weekly,
            ttl=listing.ttl if listing else None,
            floor=max(watch.config.fetch.floor, floor(source), SLOWEST if told else timedelta()),
            jitter=jitter,
            quiet=listing.quiet if listing else robots.quiet_of(tx, source.id),
        )
        if not sources.finish_check(tx, _with_body(after, fetch, listing), owner):
            raise LeaseLost(source.id)
    return Checked(source.id, fetch.outcome, fetch.status, len(found), new, reread, fetch.error)


def _with_body(state: SourceState, fetch: Fetch, listing: Listing | None) -> SourceState:
    if listing is not None and listing.pending:
        # Whatever is left must be found at the next check, although the index itself may not change until then.
        return replace(state, body_hash="", etag="", last_modified="")
    return replace(state, body_hash=body_hash(fetch.body)) if listing is not None else state


def body_hash(body: bytes) -> str:
    """Fingerprint of a polled body: an unchanged one is not parsed again."""

    return hashlib.sha256(body).hexdigest()


def record_child(store: Store, fetch: Fetch, source_id: str, listed: int, now: datetime) -> None:
    """Record the exchange for a part of a listing: it is no check of the source by itself."""
    with store.write() as tx:
        fetches.add(tx, fetch, source_id, now, kind="page", entries=listed)


def known_children(store: Store, source_id: str) -> Mapping[str, Child]:
    """The parts of a source's listing that were read, by address."""
    with store.read() as tx:
        return children.known(tx, source_id)
