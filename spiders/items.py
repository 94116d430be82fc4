"""From an item as a feed wrote it to an Entry: cleaned, dated, with an absolute link, in every dialect. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo

from monitor.errors import ParseError
from monitor.model import Entry, Quiet, Source
from monitor.text import clean, plain
from monitor.urls import canonical
from spiders.dates import parse_date
from spiders.languages import language_code
from spiders.prose import paragraphs

MOST_ENTRIES = 10_000
TITLE_LIMIT = 500
SUMMARY_LIMIT = 4_000
NAME_LIMIT = 200
GUID_LIMIT = 1_000
DATE_LIMIT = 100
# A summary as long as this is the article: many feeds carry the whole text under that name.
FULL_TEXT_LENGTH = 1_500
_NAMELESS_TITLE = 100


@dataclass(frozen=True, slots=True)
class Item:
    """One item with its fields as written: markup, dates and addresses untouched. `base` resolves a relative link."""

    link: str = ""
    guid: str = ""
    title: str = ""
    summary: str = ""
    content: str = ""
    author: str = ""
    published: str = ""
    updated: str = ""
    language: str = ""
    base: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed says of itself, and its items; `ttl` is the wait between polls that it asks for.

    `links` are (relation, address) pairs as written.
    """

    title: str
    language: str
    dialect: str
    items: Iterable[Item]
    ttl: timedelta | None = None
    quiet: Quiet = Quiet()
    links: tuple[tuple[str, str], ...] = ()


def entries(
    feed: Feed, source: Source, url: str, now: datetime, *, naive: tzinfo = UTC
) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """The entries of a feed at `url` in its order, and a word on each item that is none."""
    kept: dict[tuple[str, str], Entry] = {}
    guids: set[str] = set()
    rejected: list[str] = []
    for number, item in enumerate(feed.items, start=1):
        if number > MOST_ENTRIES:
            rejected.append(f"everything after item {MOST_ENTRIES}: too many")
            break
        entry = _entry(item, source, url, feed.language, now, naive)
        name = entry.title[:80] or f"item {number}"
        if not entry.url:
            rejected.append(f"{name}: no link that can be fetched")
        elif (entry.guid, entry.url) in kept:
            rejected.append(f"{name}: listed twice")
        else:
            # Some feeds give all their items one guid: then the link tells them apart.
            kept[entry.guid, entry.url] = replace(entry, guid=entry.url) if entry.guid in guids else entry
            guids.add(entry.guid)
    return tuple(kept.values()), tuple(rejected)


def _entry(item: Item, source: Source, url: str, language: str, now: datetime, naive: tzinfo) -> Entry:
    link = canonical(item.link, item.base or url)
    guid = _guid(item.guid, source) or link
    text = paragraphs(item.content)
    summary = plain(item.summary, SUMMARY_LIMIT) if item.summary else clean(text, SUMMARY_LIMIT)
    if not text and len(summary) >= FULL_TEXT_LENGTH:
        text = paragraphs(item.summary)
    published = item.published or item.updated
    return Entry(
        url=link or canonical(guid),
        guid=guid,
        title=plain(item.title, TITLE_LIMIT) or _shortened(summary),
        summary=summary,
        text=text,
        author=plain(item.author, NAME_LIMIT),
        published=parse_date(published, now, offset=source.utc_offset, naive=naive),
        published_raw=clean(published, DATE_LIMIT),
        updated_raw=clean(item.updated, DATE_LIMIT),
        language=language_code([item.language, language], source.language),
    )


def _guid(guid: str, source: Source) -> str:
    text = clean(guid, GUID_LIMIT)
    if not source.guid_strip:
        return text
    try:
        return re.sub(source.guid_strip, "", text)
    except re.error as error:
        raise ParseError(f"guid_strip of source {source.id} is no regular expression: {error}") from error


def _shortened(text: str) -> str:
    """A title for an item without one: its first words, cut between words."""
    if len(text) <= _NAMELESS_TITLE:
        return text
    return text[:_NAMELESS_TITLE].rpartition(" ")[0].rstrip(" ,;:-") + "…"
