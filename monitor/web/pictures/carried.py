"""Who carried a story first and who copied whom: a row for each outlet, a curve from each report to its copy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup

from monitor.web.pictures.frame import DOT, drawn, legend, linked, path, short

_WIDE, _ROW, _NAMES = 340, 24, 150
_LONGEST = 22
_KINDS = {"own": "own report", "copy": "carries another's", "agency": "agency that others credit"}


@dataclass(frozen=True, slots=True)
class Report:
    """An outlet's first report. `of`: whose it carries, as the `outlet` of another report; "" when it is its own.

    `agency`: not an outlet that was read, but one that others credit; `at` is then the first credit.
    """

    outlet: str
    at: datetime
    label: str
    href: str = ""
    of: str = ""
    agency: bool = False


def carried(name: str, reports: Sequence[Report], *, says: str, detail: str = "") -> Markup:
    """The reports from the top in the order given, from the left in time."""
    places: dict[str, tuple[float, int]] = {}
    for row, (one, share) in enumerate(zip(reports, _shares(reports), strict=True)):
        places.setdefault(one.outlet, (_NAMES + 8 + share * (_WIDE - _NAMES - 20), row * _ROW + _ROW // 2))
    curves = [
        _curve(places[one.of], places[one.outlet]) for one in reports if one.of in places and one.of != one.outlet
    ]
    inside = [path("curve", curves), *(_row(one, *places[one.outlet]) for one in reports)]
    high = max(len(reports), 1) * _ROW
    links = any(one.href for one in reports)
    picture = drawn(name, "carried", f"0 0 {_WIDE} {high}", inside, says, detail, links=links)
    there = {_kind(one) for one in reports}
    return picture + legend([(f"dot dot-{kind}", words) for kind, words in _KINDS.items() if kind in there], DOT)


def _shares(reports: Sequence[Report]) -> list[float]:
    """When each came, from 0 for the first to 1 for the last."""
    moments = [one.at for one in reports]
    span = max(moments) - min(moments) if moments else timedelta(0)
    return [(one - min(moments)) / span if span > timedelta(0) else 0.0 for one in moments]


def _curve(start: tuple[float, int], end: tuple[float, int]) -> str:
    """From a report to its copy, out to the left of both, so that curves do not run through dots."""
    (x1, y1), (x2, y2) = start, end
    bend = min(x1, x2) - min(60, 8 + abs(y2 - y1) / 4)
    return f"M{short(x1)} {y1}C{short(bend)} {y1} {short(bend)} {y2} {short(x2)} {y2}"


def _kind(one: Report) -> str:
    return "agency" if one.agency else "copy" if one.of else "own"


def _row(one: Report, x: float, y: int) -> Markup:
    shown = one.outlet if len(one.outlet) <= _LONGEST else one.outlet[: _LONGEST - 1] + "…"
    line = path("lane", [f"M{_NAMES} {y}H{_WIDE}"])
    word = Markup('<text x="0" y="{0}">{1}</text>').format(y + 4, shown)
    return line + linked(one.href, one.label, word + path(f"dot dot-{_kind(one)}", [f"M{short(x)} {y}h0"]))
