"""A story as dots in time: what officials said, what was reported, what was changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup

from monitor.web.pictures.frame import DOT, drawn, ends, legend, linked, path

# From the top: each kind has a lane of its own beside its own shape, for those who do not see its colour.
KINDS = {"official": "official", "report": "report", "changed": "changed"}
_LANES = {"official": 8, "report": 20, "changed": 32}
_WIDE = 1000
_PLACES = 120
_MOST_LINKS = 60


@dataclass(frozen=True, slots=True)
class Dot:
    """One moment. `kind`: official, report or changed. `label` as a function is made up only where it is shown."""

    at: datetime
    kind: str
    label: str | Callable[[], str]
    href: str = ""


def dots(
    name: str, dots: Sequence[Dot], *, says: str, detail: str = "", labels: Sequence[str] = (), keys: bool = True
) -> Markup:
    """Dots from the first to the last moment, in three lanes. Raises KeyError for a kind that there is not.

    What falls on one place is one dot, which says how many it stands for; very many have no links of their own.
    `labels`: what stands under the picture, from the first moment to the last.
    """
    placed = _placed(dots)
    links = len(placed) <= _MOST_LINKS
    lanes = [f"M0 {high}h{_WIDE}" for kind, high in _LANES.items() if any(one.kind == kind for one in dots)]
    inside = [path("lane", lanes)]
    if links:
        inside += [linked(one.href, _words(one, more), _dot(one.kind, [at])) for (at, one, more) in placed]
    else:
        inside += [_dot(kind, [at for at, one, _more in placed if one.kind == kind]) for kind in _LANES]
    active = links and any(one.href for _at, one, _more in placed)
    picture = drawn(name, "dots", f"-12 0 {_WIDE + 24} 40", inside, says, detail, links=active)
    there = {one.kind for one in dots}
    known = legend([(f"dot dot-{kind}", kind) for kind in _LANES if kind in there], DOT)
    return picture + ends(labels) + (known if keys else Markup(""))


def _placed(dots: Sequence[Dot]) -> list[tuple[int, Dot, int]]:
    """Where each dot stands, with how many more fell on the same place; in order of time."""
    if not dots:
        return []
    ordered = sorted(dots, key=lambda one: one.at)
    first, span = ordered[0].at, ordered[-1].at - ordered[0].at
    found: dict[tuple[int, str], list[Dot]] = {}
    for one in ordered:
        share = (one.at - first) / span if span > timedelta(0) else 0.5
        found.setdefault((round(share * _PLACES), one.kind), []).append(one)
    return [(place * _WIDE // _PLACES, group[0], len(group) - 1) for (place, _kind), group in found.items()]


def _dot(kind: str, places: Sequence[int]) -> Markup:
    """Lines without length: their round or square ends stay round or square however the picture is stretched."""
    return path(f"dot dot-{KINDS[kind]}", [f"M{at} {_LANES[kind]}h0" for at in places])


def _words(one: Dot, more: int) -> str:
    label = one.label if isinstance(one.label, str) else one.label()
    return f"{label} and {more} more" if more else label
