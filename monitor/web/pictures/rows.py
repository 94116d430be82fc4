"""The small pictures of a row: how many over time, and from which sides."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from monitor.web.pictures.frame import drawn, filled, mark, path, short, side_class

_HIGH = 20
_WIDE = 240
_LETTER = 8


def sparkline(name: str, values: Sequence[int | None], *, says: str, detail: str = "") -> Markup:
    """A column for each value from the left, the highest as high as the picture; None is a gap."""
    top = max((one for one in values if one is not None), default=0) or 1
    columns = [f"M{n} {_HIGH}V{_HIGH - max(1, round(_HIGH * one / top))}" for n, one in enumerate(values) if one]
    gaps = [f"M{n} 0h1v{_HIGH}h-1z" for n, one in enumerate(values) if one is None]
    wide = max(len(values), 1)
    ground = filled('<path class="ground" d="M0 %sh%s"/>', _HIGH, wide)
    inside = [path("gap", gaps), filled('<g transform="translate(.5)">%s</g>', path("column", columns)), ground]
    return drawn(name, "spark", f"0 0 {wide} {_HIGH}", inside, says, detail)


def coverage(name: str, parts: Sequence[tuple[str, int]], *, says: str, detail: str = "") -> Markup:
    """One bar, divided by side in the order given; each part is wide enough to be seen and named where that fits."""
    shown = [(side, count) for side, count in parts if count > 0]
    total = sum(count for _side, count in shown)
    inside: list[Markup] = []
    at, room = 0.0, _WIDE - 4.0 * len(shown)
    for side, count in shown:
        wide = 3 + room * count / total
        inside.append(_part(side, count, at, wide))
        at += wide + 1
    if not detail:
        detail = ", ".join(f"{side} {count}" for side, count in shown)
    return drawn(name, "coverage", f"0 0 {_WIDE} 16", inside, says, detail)


def _part(side: str, count: int, at: float, wide: float) -> Markup:
    """A part of the bar, with as many of its words as it has room for."""
    word = next((one for one in (f"{mark(side)} {count}", mark(side)) if len(one) * _LETTER + 4 <= wide), "")
    named = filled('<text x="%s" y="12">%s</text>', short(at + 4), word) if word else Markup("")
    part = '<g><title>%s: %s</title><path class="%s" d="M%s 8h%s"/>%s</g>'
    return filled(part, side, count, side_class(side), short(at), short(wide), named)
