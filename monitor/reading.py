"""From bytes or listed words to a Reading: the CPU work that is done outside any transaction, in the pool."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, tzinfo

from monitor.errors import ParseError
from monitor.model import Document, Entry, Fetch, Listing, Reading, Source
from monitor.novelty import sketch
from monitor.novelty.chrome import told
from monitor.urls import host_of
from spiders.blocks import Cause, cause
from spiders.extract import extract, from_entry
from spiders.kinds import Polled, read, recognise
from spiders.kinds.contract import UNPACKED_LIMIT
from spiders.websub import offered_hub


def read_document(document: Document) -> Reading:
    """Work out what of a document is compared."""
    return Reading(document, sketch(document), told(host_of(document.url), document.text))


def read_page(fetch: Fetch, entry: Entry, source: Source, zone: tzinfo, now: datetime) -> Reading:
    """Extract a fetched page; `zone` is for times that name none. Raises ParseError when no article can be read."""
    kind = fetch.headers.get("content-type", "")
    address = fetch.final_url or fetch.url
    return read_document(extract(fetch.body, address, now, content_type=kind, entry=entry, source=source, naive=zone))


def read_or_name(fetch: Fetch, entry: Entry, source: Source, zone: tzinfo, now: datetime) -> Reading | Cause:
    """A fetched page read, or what stands there instead of its article. Raises ParseError when neither can be said."""
    listed = entry.text or entry.summary
    try:
        reading = read_page(fetch, entry, source, zone, now)
    except ParseError:
        if found := cause(fetch, "", listed):
            return found
        raise
    return cause(fetch, reading.document.prose, listed) or reading


def read_entry(entry: Entry, source: Source, now: datetime) -> Reading:
    """What a source itself listed, taken as the document."""
    return read_document(from_entry(entry, source, now))


def read_listing(fetch: Fetch, source: Source, zone: tzinfo, now: datetime, limit: int = UNPACKED_LIMIT) -> Listing:
    """Read a polled body as its source's kind; `zone` is for times that name none, `limit` for what must be unpacked.

    Raises ParseError when it is no listing of that kind.
    """
    kind = fetch.headers.get("content-type", "")
    address = fetch.final_url or fetch.url
    listing = read(Polled(fetch.body, source, address, now, kind, zone, limit))
    return replace(listing, hub=offered_hub(fetch.headers, listing.hub, address))


def read_place(fetch: Fetch, source: Source, zone: tzinfo, now: datetime, limit: int = UNPACKED_LIMIT) -> Listing:
    """Read a body of any kind as something that a source could list. Raises ParseError when it is none."""
    address = fetch.final_url or fetch.url
    kind = recognise(fetch.body, address)
    return read_listing(fetch, replace(source, kind=kind, url=address), zone, now, limit)
