"""One story: who reported it in which order, whose copies they are, where figures differ, what moved when. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.inquiry import shapes, sides
from monitor.model import Level, Source
from monitor.novelty.origins import Telling, independent
from monitor.store.days import Differing
from monitor.store.storybook import Book, Edited, Report


class Grouping(StrEnum):
    """How the articles of a story are put together."""

    OUTLET = "outlet"
    LANGUAGE = "language"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Outlet:
    """A source that carries a story: its first report, how many it has, whose that report is.

    `copies`: the source that it copies, "" for none; `credits`: the agencies that it names.
    """

    source_id: str
    side: str
    first: Report
    articles: int
    copies: str
    credits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """A value of a figure, with the first report of each source that says so: (source, article number)."""

    value: str
    by: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A story as it is told: outlets in order of their first reports, how many stand by themselves."""

    book: Book
    outlets: tuple[Outlet, ...]
    independent: int
    parts: tuple[tuple[str, int], ...]
    figures: tuple[tuple[Said, ...], ...]


def told(
    book: Book, tellings: Mapping[int, Telling], differing: Sequence[Differing], known: Mapping[str, Source]
) -> Told:
    """Put together what was read of a story; `known` are the sources of the config by id."""
    outlets = tuple(_outlets(book.reports, tellings, known))
    sided = Counter(sides.side_of(known.get(one.source_id)) for one in book.reports)
    alone = independent([tellings[one.id] for one in book.reports if one.id in tellings])
    return Told(book, outlets, alone, sides.parts(sided), figures(differing))


def _outlets(
    reports: Sequence[Report], tellings: Mapping[int, Telling], known: Mapping[str, Source]
) -> Iterable[Outlet]:
    firsts: dict[str, Report] = {}
    for one in reports:
        firsts.setdefault(one.source_id, one)
    many = Counter(one.source_id for one in reports)
    sources = {one.id: one.source_id for one in reports}
    for source_id, first in firsts.items():
        telling = tellings.get(first.id)
        copied = sources.get(telling.copy_of or 0, "") if telling is not None else ""
        credits = telling.credits if telling is not None else ()
        side = sides.side_of(known.get(source_id))
        yield Outlet(source_id, side, first, many[source_id], "" if copied == source_id else copied, credits)


def figures(differing: Sequence[Differing]) -> tuple[tuple[Said, ...], ...]:
    """Figures of which reports have different values: each with its values, as they were first said."""
    found: dict[tuple[int, str], dict[str, dict[str, int]]] = {}
    for one in differing:
        for change in one.changes:
            values = found.setdefault((one.other_id, change.old), {})
            values.setdefault(change.old, {}).setdefault(one.other_source, one.other_id)
            values.setdefault(change.text, {}).setdefault(one.told.source_id, one.told.id)
    return tuple(tuple(Said(value, tuple(by.items())) for value, by in values.items()) for values in found.values())


def ordered(found: Told, by: Grouping) -> tuple[Report, ...]:
    """The reports of a story in the order of a grouping: groups by their first report, each in order of time."""
    if by is Grouping.TIME:
        return found.book.reports
    places: dict[str, int] = {}
    for one in found.book.reports:
        places.setdefault(group_of(one, by), len(places))
    return tuple(sorted(found.book.reports, key=lambda one: (places[group_of(one, by)], one.place)))


def group_of(report: Report, by: Grouping) -> str:
    """The group of a report: a source, a language; by time there is only one."""
    return report.source_id if by is Grouping.OUTLET else report.language if by is Grouping.LANGUAGE else ""


def changes(book: Book) -> tuple[Edited, ...]:
    """The later versions that changed something."""
    return tuple(one for one in book.edits if one.level is not Level.SAME)


def as_json(found: Told) -> shapes.Json:
    """What the page tells beyond the story's developments."""
    muted = found.book.muted
    return {
        "sides": dict(found.parts),
        "languages": dict(Counter(one.language for one in found.book.reports if one.language).most_common()),
        "figures": [
            [{"value": one.value, "by": [_by(source, number) for source, number in one.by]} for one in values]
            for values in found.figures
        ],
        "changes": [
            {
                "article": shapes.name("a", one.article_id),
                "version": one.number,
                "first_seen": shapes.stamp(one.first_seen),
            }
            for one in changes(found.book)
        ],
        "muted_until": shapes.stamp(muted.until) if muted is not None else None,
    }


def _by(source: str, number: int) -> shapes.Json:
    return {"source": source, "article": shapes.name("a", number)}


def span(book: Book) -> tuple[datetime, datetime]:
    """From the first report to the last thing that moved."""
    moments = [one.at for one in book.reports] + [one.first_seen for one in changes(book)]
    return (min(moments), max(moments)) if moments else (book.created, book.created)
