"""How a list of articles is narrowed by its address: the parameters, the pills that take them away, what is offered.

`source=a,b` asks for any of these, `not-source=a` for none of them; so with side, lang, level, rule and status.
`edited`, `partial` and `alerted` are yes or no; left out, both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from monitor.config import Config
from monitor.errors import UsageError
from monitor.inquiry import shapes
from monitor.inquiry.browsing import Browsed, Wanted
from monitor.model import Level
from monitor.model.reviews import Status
from monitor.store.census import NO, TRIPLE, YES, Facet
from monitor.web.asked import Asked
from monitor.web.lists import Question
from monitor.web.view import View

WITHOUT = "not-"
NEGATED = tuple(f"{WITHOUT}{facet.value}" for facet in Facet if facet not in TRIPLE)
PARAMETERS = ("q", "story", "since", "until", "all", *(facet.value for facet in Facet), *NEGATED)
"""What a choice of articles is made of; all that a saved search keeps."""
LABELS = {
    "q": "words",
    "all": "off-topic and corpus too",
    "lang": "language",
    "partial": "listed text only",
}
_WORDS = {
    Facet.LEVEL: tuple(level.value for level in Level),
    Facet.STATUS: tuple(status.value for status in Status),
    **dict.fromkeys(TRIPLE, (YES, NO)),
}
# How many values of a facet are offered: more are no list to choose from.
_MOST = 30


@dataclass(frozen=True, slots=True)
class Pill:
    """A filter in force, and the address without it. `negated`: what it names is left out."""

    name: str
    value: str
    link: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """A value that narrows the list: how many articles have it, the addresses with only them and without them.

    `without` is "" where the other value of two says the same.
    """

    value: str
    count: int
    only: str
    without: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Offers:
    """What is offered of one facet; `open`: it is in force. `more`: how many values are not shown."""

    label: str
    rows: tuple[Offer, ...]
    open: bool
    more: int = 0


def wanted(question: Question, config: Config) -> Wanted:
    """The choice that a question makes. Raises UsageError."""
    asked, zone, story = question.asked, config.watch.timezone, question.asked.text("story")
    among = {facet: _values(asked, facet.value, facet) for facet in Facet}
    but = {facet: _values(asked, f"{WITHOUT}{facet.value}", facet) for facet in Facet}
    return Wanted(
        {facet: frozenset(values) for facet, values in among.items() if values},
        {facet: frozenset(values) for facet, values in but.items() if values},
        question.moment("since", zone),
        question.until(question.moment("until", zone, end=True)),
        shapes.number("s", story) if story else None,
        asked.flag("all"),
    )


def _values(asked: Asked, name: str, facet: Facet) -> list[str]:
    values = _parts(asked.text(name))
    allowed = _WORDS.get(facet)
    for one in values:
        if allowed is not None and one not in allowed:
            raise UsageError(f"{name} is one of {', '.join(allowed)}, not {one!r}")
    return values


def _parts(written: str | None) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in (written or "").split(",") if part.strip()))


def pills(asked: Asked, view: View) -> Iterator[Pill]:
    """The filters in force, in the order in which they were asked for."""
    for name, written in asked.values.items():
        bare = name.removeprefix(WITHOUT)
        label = LABELS.get(bare, bare)
        if name == "all":
            yield Pill(label, "", asked.link("", **{name: None}))
        elif bare in set(Facet):
            values = _parts(written)
            for one in values:
                rest = ",".join(value for value in values if value != one)
                yield Pill(label, named(Facet(bare), one, view), asked.link(**{name: rest}), name != bare)
        elif name in PARAMETERS:
            yield Pill(label, written, asked.link("", **{name: None}))


def offers(asked: Asked, browsed: Browsed, view: View) -> list[Offers]:
    """What narrows the list further, with counts."""
    counted = browsed.counts()
    return [_offers(asked, facet, counted[facet.value], view) for facet in Facet]


def _offers(asked: Asked, facet: Facet, counted: dict[str, int], view: View) -> Offers:
    name, off = facet.value, f"{WITHOUT}{facet.value}"
    chosen, left = _parts(asked.text(name)), _parts(asked.text(off))
    rows = []
    for value, count in list(counted.items())[:_MOST]:
        only = asked.link(**{name: value})
        without = ""
        if facet not in TRIPLE:
            kept = ",".join(one for one in chosen if one != value)
            without = asked.link(**{name: kept, off: ",".join([*left, value])})
        rows.append(Offer(named(facet, value, view), count, only, without, chosen == [value]))
    return Offers(LABELS.get(name, name), tuple(rows), bool(chosen or left), max(0, len(counted) - _MOST))


_NAMED: dict[Facet, Callable[[View, str], str]] = {
    Facet.SOURCE: lambda view, value: view.source(value),
    Facet.LANGUAGE: lambda view, value: view.language(value) or "unknown",
}


def named(facet: Facet, value: str, view: View) -> str:
    """A value as people call it."""
    return _NAMED[facet](view, value) if facet in _NAMED else value
