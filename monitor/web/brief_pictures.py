"""The pictures of Today and the tables behind them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from markupsafe import Markup

from alerts.wording import counted
from monitor.inquiry import shapes
from monitor.inquiry.brief import Brief, Hour, Story
from monitor.web.pictures import Bar, coverage, sparkline, stacked
from monitor.web.view import View


@dataclass(frozen=True, slots=True)
class Pictures:
    """Articles per hour with its table, and by story its coverage and its hours."""

    hours: Markup
    columns: tuple[str, ...]
    rows: Sequence[Sequence[str | int]]
    sides: dict[int, Markup]
    lines: dict[int, Markup]


def pictures(found: Brief, view: View) -> Pictures:
    """All pictures of a brief, with times as its reader has them."""
    names = tuple(side for side, _count in found.sides)
    begun = [one for one in found.hours if not one.ahead]
    return Pictures(
        hours=_hours(found, view),
        columns=("Hour", "Articles", *names),
        rows=[_row(one, found, names) for one in begun],
        sides={one.id: _sides(one) for one in found.stories},
        lines={one.id: _line(one, found) for one in found.stories},
    )


def _hours(found: Brief, view: View) -> Markup:
    day = found.day
    bars = [_bar(one, found) for one in found.hours]
    top = max(found.hours, key=lambda one: one.articles)
    peak = f", most from {day.clock(day.ends[top.place])}: {top.articles}" if found.articles else ""
    gaps = sum(one.gap for one in found.hours)
    unseen = f"; {counted(gaps, 'hour')} without any answer from a source" if gaps else ""
    detail = ", ".join(f"{side} {count}" for side, count in found.sides)
    says = f"{counted(found.articles, 'article')} from {counted(found.outlets, 'outlet')}{peak}{unseen}"
    return stacked("hours", bars, says=says, detail=f"{detail}. Times in {view.zone.key}." if detail else "")


def _bar(one: Hour, found: Brief) -> Bar:
    day = found.day
    begin, end = day.ends[one.place], day.ends[one.place + 1]
    label = day.clock(begin)
    if one.ahead:
        return Bar(label, ())
    asked = {"since": shapes.stamp(begin), "until": shapes.stamp(end)}
    return Bar(label, one.sides, f"/articles?{urlencode(asked)}" if one.articles else "", one.gap)


def _row(one: Hour, found: Brief, names: Sequence[str]) -> Sequence[str | int]:
    sides = dict(one.sides)
    total = "no data" if one.gap and not one.articles else f"{one.articles}{' (not all was seen)' if one.gap else ''}"
    return (found.day.clock(found.day.ends[one.place]), total, *(sides.get(name, 0) for name in names))


def _sides(one: Story) -> Markup:
    says = f"{counted(len(one.outlets), 'outlet')} by side"
    return coverage(f"sides-s{one.id}", one.sides, says=says)


def _line(one: Story, found: Brief) -> Markup:
    day = found.day
    counts = [count or 0 for count in one.line]
    top = max(range(len(counts)), key=counts.__getitem__, default=0)
    peak = f", most from {day.clock(day.ends[top])}" if counts else ""
    return sparkline(f"line-s{one.id}", one.line, says=f"{counted(one.articles, 'article')} by the hour{peak}")
