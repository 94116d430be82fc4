"""Articles as Markdown, day by day: headline, link and a short excerpt of each. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from monitor.inquiry.giving import Giver
from monitor.inquiry.markdown import joined, line
from monitor.inquiry.shapes import Json


def markdown(rows: Iterable[Json], give: Giver, now: datetime) -> Iterator[str]:
    """Rows of an export in parts. What a source's licence does not let out is counted and named at the end."""
    yield f"# {line(give.config.watch.title)}: articles\n\nAs of {give.when(now)}, newest first.\n\n"
    day: date | None = None
    kept: Counter[str] = Counter()
    for row in rows:
        if not give.gives(row["source"]):
            kept[row["source"]] += 1
            continue
        seen = datetime.fromisoformat(row["first_seen"]).astimezone(give.zone).date()
        if seen != day:
            day = seen
            yield f"## {day:%A} {day.day} {day:%B %Y}\n\n"
        yield _article(row, give)
    if kept:
        names = ", ".join(f"{give.name(source)} ({number})" for source, number in kept.most_common())
        yield f"## Not republished\n\n{sum(kept.values())} more, by {names}.\n"


def _article(row: Json, give: Giver) -> str:
    source = row["source"]
    told = datetime.fromisoformat(row["published"] or row["first_seen"])
    facts = (row["id"], give.name(source), give.when(told), row["level"], ", ".join(line(one) for one in row["rules"]))
    excerpt = give.excerpt([row["text"]], source)
    parts = [f"### {line(row['title']) or 'Untitled'}", joined(*facts, give.link(row["url"], source)), *excerpt]
    return "\n\n".join(parts) + "\n\n"
