"""What a source supplies: new entries day by day against its median, how many with their full text, and its quirks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from monitor.inquiry import shapes
from monitor.inquiry.volume import length
from monitor.model import EntryState, Selectors, Source, SourceState, TextMode
from monitor.store.daily import Days

WEEKS = 28
"""Days that the record of arrivals goes back."""


@dataclass(frozen=True, slots=True)
class Supply:
    """`days`: new entries of each day, the running one last, None before the first check. `whole` of the `articles`
    that are archived have their full text.
    """

    days: tuple[int | None, ...]
    articles: int
    whole: int

    @property
    def median(self) -> float | None:
        """New entries of a usual whole day; None while there was none."""
        past = [one for one in self.days[:-1] if one is not None]
        return float(median(past)) if past else None

    @property
    def today(self) -> int:
        return self.days[-1] or 0

    @property
    def share(self) -> float | None:
        """Of 0 to 1; None without articles."""
        return self.whole / self.articles if self.articles else None

    @property
    def words(self) -> str:
        """What a day brings, in a sentence without an end."""
        if self.median is None:
            return f"{self.today} new today, the first day"
        return f"{self.median:g} new a day (median), {self.today} so far today"


def supply(counts: Sequence[int] | None, state: SourceState, days: Days, articles: int, whole: int) -> Supply:
    """`counts`: new entries of each day, None when there are none on record."""
    begin = days.number(state.first_checked) - days.first if state.first_checked is not None else days.count
    own = counts or [0] * days.count
    return Supply(tuple(count if count or place >= begin else None for place, count in enumerate(own)), articles, whole)


def as_json(found: Supply) -> shapes.Json:
    """What a source's row says of its supply; `days` oldest first, null before the first check."""
    share = found.share
    return {
        "days": list(found.days),
        "median_a_day": found.median,
        "today": found.today,
        "full_text": None if share is None else round(share, 3),
    }


_ENTRIES = {
    EntryState.DONE: "archived",
    EntryState.FILTERED: "left out by its filter",
    EntryState.WAITING: "waiting",
    EntryState.READING: "being read",
    EntryState.FAILED: "could not be read",
}


def fate(entries: dict[EntryState, int], partial: int) -> tuple[tuple[str, int], ...]:
    """What became of the entries of a source, for its coverage bar; `partial` of the archived lack their text."""
    found = []
    for state, words in _ENTRIES.items():
        count = entries.get(state, 0)
        if state is EntryState.DONE:
            found += [("full text", max(count - partial, 0)), ("listed text only", min(partial, count))]
        else:
            found.append((words, count))
    return tuple((words, count) for words, count in found if count)


def quirks(source: Source, state: SourceState) -> list[tuple[str, str]]:
    """What is special about how a source is read: a name and its value, as the config says them."""
    found: list[tuple[str, str | None]] = [
        ("text", {TextMode.FEED: "the feed's own text", TextMode.HEADLINE: "headlines only"}.get(source.text)),
        ("javascript", "pages are opened in a browser" if source.javascript else None),
        ("only", source.only or None),
        ("utc_offset", _offset(source.utc_offset)),
        ("guid_strip", source.guid_strip or None),
        ("backfill", source.backfill or None),
        *_selected(source.select),
        ("moved to", state.moved_to or None),
    ]
    return [(name, value) for name, value in found if value]


def _offset(shift: timedelta | None) -> str | None:
    if shift is None:
        return None
    return f"its dates are read as {'-' if shift < timedelta() else '+'}{length(abs(shift))} of UTC"


def _selected(select: Selectors) -> list[tuple[str, str | None]]:
    return [("select links", select.links), ("select title", select.title), ("select body", select.body)]
