"""What a source's rhythm and gaps say, in words and as JSON. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from alerts.wording import counted
from monitor.coverage import Rhythm, falls_short, silence
from monitor.inquiry import shapes
from monitor.store.coverage import Coverage, Gap


def frozen(coverage: Coverage, last_ok: datetime | None) -> str:
    """Why an answering source counts as frozen; "" when it does not."""
    silent = silence(coverage.rhythm, coverage.newest, last_ok)
    if silent is None:
        return ""
    usual = coverage.rhythm.usual
    habit = f", which it usually does every {length(usual)}" if usual is not None else ""
    return f"answers, but has listed nothing new for {length(silent)}{habit}"


def quiet(coverage: Coverage) -> str:
    """Why a source counts as quieter than usual; "" when it does not."""
    own = coverage.rhythm
    if not falls_short(own):
        return ""
    few = counted(own.last_day, "entry").replace("entrys", "entries")
    return f"brought {few} in its last 24 hours, usually {own.mean:.0f} a day (± {own.sigma:.0f})"


def length(span: timedelta) -> str:
    """A length of time in its largest unit: 40 seconds, 4 minutes, 3 hours, 2 days."""
    seconds = int(span.total_seconds())
    for size, unit, least in ((86400, "day", 172800), (3600, "hour", 7200), (60, "minute", 60)):
        if seconds >= least:
            return counted(seconds // size, unit)
    return counted(seconds, "second")


def gap(found: Gap) -> shapes.Json:
    """A gap as JSON."""
    return {
        "since": shapes.stamp(found.since),
        "until": shapes.stamp(found.until),
        "before": found.before,
        "listed": found.listed,
        "backfilled": found.backfilled,
        "closed": shapes.stamp(found.closed_at),
        "asked": shapes.stamp(found.asked_at),
        "answer": found.answer or "",
    }


def gap_words(found: Gap) -> str:
    """A gap in one sentence, without its times."""
    said = f"none of the {found.before} listed before was among the {found.listed} listed after"
    late = f"{found.backfilled} came later" if found.backfilled else "nothing came later yet"
    return "; ".join(part for part in (said, found.answer, f"{late}{', closed' if found.closed_at else ''}") if part)


def rhythm(own: Rhythm) -> shapes.Json:
    """A source's own pattern as JSON; lengths in seconds."""
    return {
        "newest": shapes.stamp(own.newest),
        "usual_wait": _seconds(own.usual),
        "silent_after": _seconds(own.patience),
        "days": own.days,
        "mean_a_day": round(own.mean, 2),
        "sigma": round(own.sigma, 2),
        "last_day": own.last_day,
    }


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else round(span.total_seconds(), 1)
