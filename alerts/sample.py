"""The sample that `alerts test` sends: an alert in full form about something that never happened. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from alerts.compose import Telling
from monitor.model import Alert, Fact, Firing, Hit, Level, Report, Severity

_TITLE = "Ferry to Skerrow sails again after 11 days"
_SENTENCES = (
    "The ferry to Skerrow sailed again on Monday after 11 days in the dock, its captain Ida Thorsen said.",
    "A second boat will join in May and carry 140 passengers.",
)
_KNOWN = "Ferry to Skerrow stays in the dock"
_WORDS = "ferry to Skerrow"
# No real development has it: whoever gets this can tell it from news.
SAMPLE_ID = 0


def sample(telling: Telling, now: datetime) -> Alert:
    """An alert of a made-up story that says in its headline and in its story's title that it is a test."""
    text = "\n\n".join(_SENTENCES)
    reports = tuple(
        _report(number, source, now - timedelta(minutes=20 - 5 * number))
        for number, source in enumerate(("sample-gazette", "sample-radio"), 1)
    )
    hit = Hit("body", text.index(_WORDS), text.index(_WORDS) + len(_WORDS), _WORDS, f'"{_WORDS}"')
    return Alert(
        development_id=SAMPLE_ID,
        story_id=SAMPLE_ID,
        story_title="This channel works: alerts of this watch will arrive here. What follows is made up",
        title=f"Test message from Storywatch: {_TITLE}",
        severity=Severity.NORMAL,
        first_seen=now,
        reports=reports,
        firings=(Firing("sample-rule", Severity.NORMAL, (hit,), _TITLE, text),),
        sentences=_SENTENCES,
        facts=(_fact("number", "140 passengers", text), _fact("name", "Ida Thorsen", text)),
        against=_KNOWN,
    )


def _report(number: int, source: str, published: datetime) -> Report:
    return Report(
        article_id=SAMPLE_ID + 1 - number,
        version_id=-number,
        title=_TITLE,
        url=f"https://example.org/sample/{number}",
        source_id=source,
        language="en",
        level=Level.NEW,
        published=published,
        first_seen=published + timedelta(minutes=3),
    )


def _fact(kind: str, words: str, text: str) -> Fact:
    start = text.index(words)
    return Fact(kind, words, start, start + len(words))
