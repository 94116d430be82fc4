"""A backtest as people and scripts read it: articles, days, floods, and the difference between two revisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from monitor.config import ChannelConfig
from monitor.errors import UsageError
from monitor.inquiry import shapes
from monitor.inquiry.backtest import Backtest, Matched, Span, Tried
from monitor.inquiry.flood import Flood, flood, limit_of, rate
from monitor.inquiry.shapes import Json, stamp
from monitor.query.expr import Term
from monitor.store import Store, articles

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Told:
    """An article under a rule: when a version of it first matched, and whether one would have alerted or why not."""

    article_id: int
    first_seen: datetime
    alert: bool
    reason: str


def by_article(tried: Tried) -> dict[int, Told]:
    """The articles that a rule matches, newest match first."""
    found: dict[int, list[Matched]] = {}
    for one in tried.matches:
        found.setdefault(one.article_id, []).append(one)
    return {
        article_id: Told(article_id, ones[-1].first_seen, any(one.alert for one in ones), ones[-1].reason)
        for article_id, ones in found.items()
    }


def summary(tried: Tried, span: Span, channels: Sequence[ChannelConfig], begin: datetime, now: datetime) -> Json:
    """One rule in numbers: a row of the table of all rules. `begin`: since when the archive could have matched."""
    alerts = [one.first_seen for one in tried.alerts]
    limit = limit_of(tried.rule, channels)
    length = max(((span.until or now) - (span.since or begin)) / _DAY, 1.0)
    return {
        "id": tried.rule.id,
        "query": tried.rule.query,
        "revision": tried.compiled.revision,
        "matches": len({one.article_id for one in tried.matches}),
        "matched_versions": len(tried.matches),
        "alerts": len(alerts),
        "alerts_per_day": round(len(alerts) / length, 2),
        "last": stamp(max((one.first_seen for one in tried.matches), default=None)),
        "limit": rate(limit),
        "flood": flooded(flood(alerts, limit)),
        "never": [_term(one) for one in tried.never],
    }


def flooded(found: Flood | None) -> Json | None:
    """A flood as JSON."""
    if found is None:
        return None
    return {"alerts": found.total, "worst": found.worst, "since": stamp(found.since), "limit": rate(found.limit)}


def _term(term: Term) -> Json:
    return {"term": term.written, "list": term.lists[-1] if term.lists else None}


def days(tried: Tried, zone: tzinfo) -> list[Json]:
    """What would have come each day that something did, newest first."""
    matches = Counter(told.first_seen.astimezone(zone).date() for told in by_article(tried).values())
    alerts = Counter(one.first_seen.astimezone(zone).date() for one in tried.alerts)
    return [
        {"day": day.isoformat(), "matches": matches[day], "alerts": alerts[day]}
        for day in sorted(matches.keys() | alerts.keys(), reverse=True)
    ]


def rows(
    store: Store, now: dict[int, Told], before: dict[int, Told] | None, limit: int | None, after: str = ""
) -> tuple[list[Json], str | None]:
    """The articles, newest match first, and the `after` that goes on, None at the end.

    With `before` those of either revision, and what changed for each. Raises UsageError as `page` does.
    """
    every = {**(before or {}), **now}
    ordered = sorted(every.values(), key=lambda one: (one.first_seen, one.article_id), reverse=True)
    behind = f"a{shapes.number('a', after)}" if after else ""
    part, following = page([f"a{one.article_id}" for one in ordered], limit, behind)
    chosen = ordered[part]
    found = {}
    for start in range(0, len(chosen), 500):
        with store.read() as tx:
            found.update(articles.by_ids(tx, [one.article_id for one in chosen[start : start + 500]]))
    return [_row(shapes.article(found[one.article_id]), one, now, before) for one in chosen], following


def page(names: Sequence[str], limit: int | None, after: str) -> tuple[slice, str | None]:
    """Which of the named rows stand behind `after` ("": from the first on), and the name that goes on behind these.

    Raises UsageError when none has that name.
    """
    if after and after not in names:
        raise UsageError(f"there is no {after} among what this backtest found: leave out --after to begin anew")
    start = names.index(after) + 1 if after else 0
    end = len(names) if limit is None else start + limit
    return slice(start, end), names[end - 1] if end < len(names) else None


def _row(row: Json, one: Told, now: dict[int, Told], before: dict[int, Told] | None) -> Json:
    own = now.get(one.article_id)
    row |= {
        "matched": stamp(one.first_seen),
        "would_match": own is not None,
        "would_alert": own is not None and own.alert,
        "reason": own.reason if own is not None and not own.alert else "",
    }
    if before is not None:
        earlier = before.get(one.article_id)
        row["change"] = change(own is not None, earlier is not None)
        row["alert_change"] = change(row["would_alert"], earlier is not None and earlier.alert)
    return row


def change(now: bool, before: bool) -> str:
    """What became of something: gained, lost, same, or "" where it is in neither."""
    return ("same" if before else "gained") if now else ("lost" if before else "")


def difference(now: dict[int, Told], before: dict[int, Told]) -> Json:
    """How many articles the two revisions have apart and in common, matched and alerted."""
    alerts = [{key for key, one in found.items() if one.alert} for found in (now, before)]
    return {"matches": _apart(set(now), set(before)), "alerts": _apart(*alerts)}


def _apart(now: set[int], before: set[int]) -> Json:
    return {"gained": _names(now - before), "lost": _names(before - now), "same": _names(now & before)}


def _names(ids: set[int]) -> list[str | None]:
    return [shapes.name("a", one) for one in sorted(ids, reverse=True)]


def looked(found: Backtest, span: Span) -> Json:
    """What a backtest went through. `complete` is False when it stopped early."""
    return {
        "since": stamp(span.since),
        "until": stamp(span.until),
        "versions": found.versions,
        "candidates": found.proposed,
        "complete": found.looked == found.proposed,
    }
