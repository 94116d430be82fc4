"""What a judgement was made from, as JSON: known reports by name and time, and old sentences beside the new ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from monitor.config import Config
from monitor.inquiry import shapes
from monitor.inquiry.verdict import judged
from monitor.model import Judgement, Known
from monitor.novelty.quoting import Quote, quotes
from monitor.store import storyline
from monitor.store.detail import ArticleDetail

_MOST_QUOTED = 60
"""Sentences of an article for which old ones are looked for: nobody reads on."""


@dataclass(frozen=True, slots=True)
class Background:
    """What an article was judged beside: reports whose text is at hand, and the names of sources by id."""

    reports: tuple[Known, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)


def background(tx: Connection, config: Config, detail: ArticleDetail) -> Background:
    """The nearest report and the earlier ones of the same story."""
    deciding = judged(detail)
    nearest = deciding.judgement.nearest
    first = () if nearest is None else (nearest,)
    earlier = storyline.earlier_reports(tx, detail.article, deciding.id)
    others = tuple(one for one in earlier if nearest is None or one.version_id != nearest.version_id)
    return Background((*first, *others), source_names(config))


def source_names(config: Config) -> dict[str, str]:
    """How people call the sources that have a name."""
    return {source.id: source.name for source in config.sources if source.name}


def told(value: Judgement, language: str, around: Background) -> shapes.Json:
    """A judgement with the outlet's name, and up to three old sentences against each of its own."""
    row = shapes.judgement(value)
    if row["nearest"] is not None:
        row["nearest"]["outlet"] = around.names.get(row["nearest"]["source"], row["nearest"]["source"])
    for number, sentence in enumerate(row["sentences"]):
        known = around.reports if number < _MOST_QUOTED else ()
        sentence["against"] = _against(quotes(sentence["text"], language, known))
    return row


def _against(found: Sequence[Quote]) -> list[shapes.Json]:
    return [
        {
            "id": shapes.name("a", one.known.article_id),
            "source": one.known.source_id,
            "text": one.text,
            "share": round(one.share, 3),
        }
        for one in found
    ]
