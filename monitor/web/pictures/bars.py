"""Bars over time, stacked by side; each bar is a link to what it counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from monitor.web.pictures.frame import drawn, ends, filled, legend, linked, path, side_class

_HIGH = 100


@dataclass(frozen=True, slots=True)
class Bar:
    """A span of time: what it is called, how much of each side, where it leads. `gap`: nobody looked then."""

    label: str
    parts: tuple[tuple[str, int], ...]
    href: str = ""
    gap: bool = False

    @property
    def total(self) -> int:
        """All sides together."""
        return sum(count for _side, count in self.parts)

    @property
    def words(self) -> str:
        """The bar in words, for a pointer that rests on it and for those who hear it."""
        if not self.gap:
            return f"{self.label}: {self.total}"
        return f"{self.label}: {self.total}, not all was seen" if self.total else f"{self.label}: no data"


def stacked(name: str, bars: Sequence[Bar], *, says: str, detail: str = "", share: bool = False) -> Markup:
    """Bars from the left, each stacked in the order of its parts; `share`: every bar as high as the picture.

    With the first, the middle and the last label below, and the sides that occur as a legend.
    """
    order = list(dict.fromkeys(side for bar in bars for side, _count in bar.parts))
    top = max((bar.total for bar in bars), default=0) or 1
    steps: dict[str, list[str]] = {side: [] for side in order}
    for place, bar in enumerate(bars):
        high = bar.total if share and bar.total else top
        for side, step in _steps(bar, place, high):
            steps[side].append(step)
    gaps = [f"M{place} 0h1v{_HIGH}h-1z" for place, bar in enumerate(bars) if bar.gap]
    wide = max(len(bars), 1)
    inside = [path("gap", gaps)]
    columns = Markup("").join(path(side_class(side), steps[side]) for side in order)
    inside.append(filled('<g transform="translate(.5)">%s</g>', columns))
    inside.append(filled('<path class="ground" d="M0 %sh%s"/>', _HIGH, wide))
    inside += [linked(bar.href, bar.words, Markup(f'<rect x="{place}"/>')) for place, bar in enumerate(bars)]
    links = any(bar.href for bar in bars)
    picture = drawn(name, "bars", f"0 0 {wide} {_HIGH}", inside, says, detail, links=links)
    totals = {side: sum(count for bar in bars for one, count in bar.parts if one == side) for side in order}
    keys = [(side_class(side), f"{side} {totals[side]}") for side in order if totals[side]]
    return picture + ends(_axis(bars)) + (legend(keys) if len(keys) > 1 else Markup(""))


def _steps(bar: Bar, place: int, high: int) -> list[tuple[str, str]]:
    """Each part of a bar as a step of its side's path, from the ground up."""
    found: list[tuple[str, str]] = []
    below = 0
    for side, count in bar.parts:
        if count > 0:
            above = below + count
            # From rounded edges, so that parts neither overlap nor leave a line between them.
            low, top = round(_HIGH * below / high), round(_HIGH * above / high)
            found.append((side, f"M{place} {_HIGH - low}V{_HIGH - max(top, low + 1)}"))
            below = above
    return found


def _axis(bars: Sequence[Bar]) -> list[str]:
    """The labels that fit below on any screen."""
    if len(bars) < 3:
        return [bar.label for bar in bars]
    return [bars[0].label, bars[len(bars) // 2].label, bars[-1].label]
