"""What may be given out of a source's articles in feeds and exports: the note that its config keeps in `legal`. Pure.

Screens show everything: this is about what leaves them. A note that is not among those below lets nothing out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum

from monitor.model import Source

EXCERPT = 300
"""Characters of others' text that are given out at most."""


class Licence(Enum):
    """What is given out: headline, link and a short excerpt; headline and link; nothing but that there is a report."""

    EXCERPT = "excerpt"
    LINK = "link"
    NOTHING = "nothing"


_EXCERPTS = (
    "public domain",
    "government text",
    "public posts",
    "text reuse allowed",
    "reuse with attribution",
    "reuse with hyperlink",
    "quote with attribution",
    "free with citation and link",
    "non-commercial",
    "non-commercial, attribution",
    "personal, non-commercial",
)
_LINKS = (
    "headline and link only",
    "headline + link only",
    "licence only; link out",
    "mirror",
    "paywall",
    "permission for reuse",
    "permission required",
)
_NOTES = {"": Licence.EXCERPT, **dict.fromkeys(_EXCERPTS, Licence.EXCERPT), **dict.fromkeys(_LINKS, Licence.LINK)}
Licences = Callable[[str], Licence]


def licence(legal: str) -> Licence:
    """What a note such as "eu-annex-xv" or "headline + link only" lets out."""
    return _NOTES.get(" ".join(legal.lower().split()), Licence.NOTHING)


def licences(sources: Iterable[Source]) -> Licences:
    """What may be given out, by the id of a source; what the config does not name is free."""
    known: Mapping[str, Licence] = {one.id: licence(one.legal) for one in sources}
    return lambda source_id: known.get(source_id, Licence.EXCERPT)


def withheld(name: str) -> str:
    """What stands in the place of a headline that is not given out; `name` is the source's."""
    return f"A report by {name} (not republished)"
