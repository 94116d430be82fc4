"""Was everything seen? Whether two listings overlap, and whether a source keeps to its own rhythm. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import fmean, median, pstdev
from urllib.parse import urljoin, urlsplit

from monitor.urls import canonical

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
MEMORY = timedelta(days=28)
SMALL = 10
"""A list of up to so many entries may be replaced as a whole: a weekly letter, the videos of a page."""
TIMES_USUAL = 5
STALE = timedelta(days=30)
"""A source about which nothing is known yet has fallen silent after so long."""

ASK_AGAIN = timedelta(hours=6)
"""A gap is asked about at most so often."""
ASKABLE = timedelta(days=3)
"""Older gaps are left alone: a news sitemap holds two days, and of a plain one we read three."""

_SITEMAPS = re.compile(r"^[ \t]*sitemap[ \t]*:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
_NEWS = re.compile(r"news|latest|recent", re.IGNORECASE)
_BLOG_FEED = re.compile(r"/feed/?$")
_MOST_PLACES = 3
_FEWEST_ARRIVALS = 20
_FEWEST_DAYS = 3
_DAYS_FOR_VOLUME = 7
_SIGMAS = 1.5
_NIGHTS = 3


@dataclass(frozen=True, slots=True)
class Window:
    """A source's last good listing: its entries' keys in order, and how often it was seen to change in part."""

    keys: tuple[int, ...]
    partly: int = 0


@dataclass(frozen=True, slots=True)
class Overlap:
    """How a listing hangs together with the one before it: `joined` says that nothing can have slipped through.

    `partly`: some entries stayed and some are new, which shows that this list moves on bit by bit.
    """

    joined: bool
    why: str
    partly: bool = False


def overlap(
    before: Window, keys: Sequence[int], dates: Sequence[datetime], since: datetime, until: datetime, weekly: float
) -> Overlap:
    """Do two listings of one source overlap, or may entries have come and gone between them?

    `keys` are the new listing's in its order, `dates` those that its entries carry; `since` and `until` are the last
    good check and this one; `weekly` is how many entries a week brings.
    """
    if not before.keys or not keys:
        return Overlap(True, "one of the two listings is empty")
    old, new = _without_pinned(before.keys, keys)
    if not old or not new or set(old) & set(new):
        return Overlap(True, "the two listings share entries", partly=bool(set(new) - set(old)))
    if reaches_back(dates, since):
        return Overlap(True, "the listing reaches back before the last good check")
    if len(keys) <= SMALL and not before.partly and 2 * weekly * ((until - since) / WEEK) < len(keys):
        return Overlap(True, "a short list that is replaced as a whole")
    return Overlap(False, "no entry of the last good listing is left")


def _without_pinned(old: Sequence[int], new: Sequence[int]) -> tuple[Sequence[int], Sequence[int]]:
    """Both without the entries that keep their place at the head: a pinned one stays while all below it changes."""
    place = 0
    while place < min(len(old), len(new)) and old[place] == new[place]:
        place += 1
    return old[place:], new[place:]


def reaches_back(dates: Sequence[datetime], since: datetime) -> bool:
    """Whether a listing goes back to a moment. Of three dates and more the oldest is left out: it may be a guest."""
    oldest = sorted(dates)[1 if len(dates) >= 3 else 0 :][:1]
    return bool(oldest) and oldest[0] <= since


def bridges(dates: Sequence[datetime], since: datetime, until: datetime) -> bool:
    """Whether a listing goes back beyond a gap and on to its end, so that whatever it does not show never was."""
    return reaches_back(dates, since) and max(dates) >= until


def to_ask(until: datetime, asked: datetime | None, now: datetime) -> bool:
    """Whether it is time to ask for what is missing in a gap that ended at `until` and was last `asked` about then."""
    return now - until <= ASKABLE and (asked is None or now - asked >= ASK_AGAIN)


def places(configured: str, rules: str, feed: str, site: str) -> tuple[str, ...]:
    """Where more is listed than a source's own listing holds, the best first; none when nothing is known.

    `configured` is the user's word and rules out all guesses; `rules` is the robots.txt of `site` ("https://host"),
    `feed` the source's own address. Of sitemaps those called news come first, before the second page of a blog's feed.
    """
    if configured:
        return (configured,)
    named = dict.fromkeys(canonical(found, site) for found in _SITEMAPS.findall(rules))
    maps = [address for address in named if address]
    news = [address for address in maps if _NEWS.search(urlsplit(address).path)]
    more = [urljoin(feed, "?paged=2")] if _BLOG_FEED.search(urlsplit(feed).path) and not urlsplit(feed).query else []
    rest = [address for address in maps if address not in news]
    return tuple([*news, *more, *rest][:_MOST_PLACES])


def closes(keys: Sequence[int], dates: Sequence[datetime], seen: Window | None, since: datetime) -> bool:
    """Whether a listing that was asked for a gap hangs together with both sides, so that nothing more is to be found.

    With the older side by its dates, with the newer by an entry that the source's own last listing has, too: a sitemap
    that stands still proves nothing.
    """
    return seen is not None and reaches_back(dates, since) and bool(set(keys) & set(seen.keys))


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A source's own pattern over the last 28 days.

    `newest`: when it last brought something. `usual`: the median wait between two arrivals, `patience`: the wait after
    which it counts as silent; both None until enough was seen. `days`: how many earlier days `mean` and `sigma` (of the
    entries a day) are taken from; `last_day`: entries of the last 24 hours.
    """

    newest: datetime | None = None
    usual: timedelta | None = None
    patience: timedelta | None = None
    days: int = 0
    mean: float = 0.0
    sigma: float = 0.0
    last_day: int = 0


def rhythm(arrivals: Sequence[tuple[datetime, int]], since: datetime, until: datetime) -> Rhythm:
    """Measure a source: `arrivals` are (check, how many new entries it brought) after `since`, its first check.

    The backlog of that first check is no arrival. `until` is the last good check: our own sleep is nobody's silence.
    """
    begin = max(since, until - MEMORY)
    kept = [(moment, count) for moment, count in arrivals if count > 0 and since < moment <= until]
    recent = sorted(pair for pair in kept if pair[0] > begin)
    usual, patience = _waits([moment for moment, _ in recent], until - begin)
    whole = int((until - begin) / DAY)
    counts = [0] * whole
    for moment, count in recent:
        age = int((until - moment) / DAY)
        if age < whole:
            counts[age] += count
    earlier = counts[1:]
    return Rhythm(
        newest=max((moment for moment, _ in kept), default=None),
        usual=usual,
        patience=patience,
        days=len(earlier),
        mean=fmean(earlier) if earlier else 0.0,
        sigma=pstdev(earlier) if earlier else 0.0,
        last_day=counts[0] if counts else 0,
    )


def _waits(moments: Sequence[datetime], seen: timedelta) -> tuple[timedelta | None, timedelta | None]:
    """The usual wait and the one that is too long: five times the usual, but no less than an ordinary night.

    A night shows as the third longest wait, so that one or two breakdowns do not pass for nights.
    """
    if len(moments) < _FEWEST_ARRIVALS or seen < _FEWEST_DAYS * DAY:
        return None, None
    waits = sorted(later - earlier for earlier, later in pairwise(moments))
    usual = timedelta(seconds=median(wait.total_seconds() for wait in waits))
    return usual, max(TIMES_USUAL * usual, waits[-_NIGHTS] * 1.25)


def silence(own: Rhythm, newest: datetime | None, last_ok: datetime | None) -> timedelta | None:
    """How long an answering source has brought nothing, when that is too long for it; None when all is as usual.

    `newest` is the latest date that its listing carried, for a source that brought nothing since it is watched.
    """
    last = own.newest or newest
    if last is None or last_ok is None:
        return None
    length = last_ok - last
    return length if length > (own.patience or STALE) else None


def falls_short(own: Rhythm) -> bool:
    """Whether the last 24 hours brought less than the mean of the days before minus 1.5 standard deviations."""
    return own.days >= _DAYS_FOR_VOLUME and own.last_day < own.mean - _SIGMAS * own.sigma
