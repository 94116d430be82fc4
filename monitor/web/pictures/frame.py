"""What every picture has: its title, its description, its classes, its legend."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

# The groups that sides have classes of their own for; the marks are short names that fit into a bar.
_SIDES = {
    "official": ("side-official", "Of"),
    "ukrainian": ("side-ua", "UA"),
    "in ukrainian": ("side-ua", "uk"),
    "russian state": ("side-ru", "RS"),
    "in russian": ("side-ru", "ru"),
    "russian independent": ("side-free", "RI"),
    "western": ("side-west", "W"),
    "in english": ("side-west", "en"),
    "other": ("side-other", "+"),
}
# A line without length: its round or square ends are a dot.
DOT = "M5 5h0"


def side_class(side: str) -> str:
    """The class of a side; one that has none of its own never looks like one that has."""
    known = _SIDES.get(side.lower())
    return known[0] if known else "side-other"


def mark(side: str) -> str:
    """A side in one or two letters."""
    known = _SIDES.get(side.lower())
    return known[1] if known else side[:2]


def filled(shape: str, *values: object) -> Markup:
    """Markup with a value, escaped, for each %s: a page has hundreds, and `Markup.format` takes thrice as long."""
    return Markup(shape % tuple(map(escape, values)))


def drawn(
    name: str, kind: str, box: str, inside: Iterable[Markup], says: str, detail: str = "", *, links: bool = False
) -> Markup:
    """One picture. `kind`: its class. With `links` it is a group, since the inside of an image cannot be reached."""
    told = filled('<title id="%s-t">%s</title>', name, says)
    labels = f"{name}-t"
    if detail:
        told += filled('<desc id="%s-d">%s</desc>', name, detail)
        labels += f" {name}-d"
    stretch = "" if kind in _KEEP else Markup(' preserveAspectRatio="none"')
    head = '<svg class="%s" viewBox="%s"%s role="%s" aria-labelledby="%s">%s%s</svg>'
    role = "group" if links else "img"
    return filled(head, kind, box, stretch, role, labels, told, Markup("").join(inside))


# Those that hold words, which must not be stretched.
_KEEP = ("coverage", "carried")


def path(kind: str, steps: Sequence[str]) -> Markup:
    """A path of these steps, nothing without any."""
    return filled('<path class="%s" d="%s"/>', kind, "".join(steps)) if steps else Markup("")


def linked(href: str, label: str, inside: Markup) -> Markup:
    """A part that leads somewhere; without an address it only says what it is."""
    if not href:
        return filled("<g><title>%s</title>%s</g>", label, inside)
    return filled('<a href="%s"><title>%s</title>%s</a>', href, label, inside)


def legend(keys: Iterable[tuple[str, str]], shape: str = "M0 5h10") -> Markup:
    """What the classes stand for: (class, words); `shape` is the path that shows them."""
    swatch = f'<svg class="key" viewBox="0 0 10 10" aria-hidden="true"><path class="{{0}}" d="{shape}"/></svg>'
    items = [Markup("<span>" + swatch + " {1}</span>").format(kind, words) for kind, words in keys]
    return Markup('<p class="keys">{0}</p>').format(Markup(" ").join(items)) if items else Markup("")


def ends(labels: Sequence[str]) -> Markup:
    """The labels of an axis, spread over its width."""
    spread = Markup("").join(Markup("<span>{0}</span>").format(one) for one in labels)
    return Markup('<p class="ends axis" aria-hidden="true">{0}</p>').format(spread) if any(labels) else Markup("")


def numbers(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Markup:
    """The rows of a table of what is drawn, under these columns; the first cell of each says what it is of."""
    labels = [escape(one) for one in columns[1:]]
    made = [
        f'<tr><th scope="row" dir="auto">{escape(row[0])}</th>'
        + "".join(
            f'<td class="number" data-label="{label}">{escape(cell)}</td>'
            for label, cell in zip(labels, row[1:], strict=False)
        )
        + "</tr>"
        for row in rows
    ]
    return Markup("\n".join(made))


def short(value: float) -> str:
    """A number of a path in as few letters as show it."""
    written = f"{value:.1f}".rstrip("0").rstrip(".")
    return "0" if written in ("-0", "") else written
