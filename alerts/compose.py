"""What an alert tells, before any channel gives it a form. Pure; hostile text never makes it fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from alerts.wording import counted, cut, link, listed, when
from monitor.model import (
    Alert,
    Alteration,
    Digest,
    Fact,
    Firing,
    Notice,
    OwnerNotice,
    Report,
    Severity,
    Subject,
    Topic,
)
from monitor.novelty import origins
from monitor.query import Context, contexts
from monitor.text import clean

MOST_SENTENCES = 5
MOST_FACTS = 12
MOST_RULES = 10
MOST_CONTEXTS = 3
MOST_OTHERS = 10
MOST_DEVELOPMENTS = 50
MOST_ALTERATIONS = 8
_HEADLINE, _SENTENCE, _NAME, _SIDE, _WORDS = 300, 300, 80, 80, 120
_FACT_WORDS = {"number": "New figures", "date": "New dates", "place": "New places", "name": "New names"}
SUMMARY = "First import"
DIGEST = "Digest"
STORM = "Storm"
_FIRST_IMPORT = (
    "These were published before Storywatch began to watch, so each is told here once and not alerted again."
)
EDITED = "Edited after its alert"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Telling:
    """What a channel knows besides the alert: `watch` is its title, `names` gives a source's name by its id."""

    watch: str
    public_url: str
    timezone: str
    names: Mapping[str, str] = field(default_factory=dict)
    watch_id: str = ""

    def page(self, path: str) -> str:
        """The address of one of our own screens, "" when nobody said where people reach them."""
        return link(f"{self.public_url.rstrip('/')}/{path}") if self.public_url else ""

    def name(self, source_id: str) -> str:
        return cut(self.names.get(source_id) or source_id, _NAME) or "unnamed source"


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that fired, with its words in context."""

    rule: str
    severity: Severity
    contexts: tuple[Context, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """Another article or development, in one or two lines."""

    title: str
    note: str
    url: str


@dataclass(frozen=True, slots=True)
class Altered:
    """A sentence before and after an edit; one of the two is empty where it was removed or added."""

    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Outline:
    """An alert in clean, bounded pieces of text; every address in it is safe to link.

    `answers`: what its one reader may say to it, as (words, address); where others read along there are none.
    """

    headline: str
    story: str = ""
    byline: str = ""
    url: str = ""
    lead: str = ""
    carried: str = ""
    severity: Severity = Severity.NORMAL
    sentences: tuple[str, ...] = ()
    unsaid: int = 0
    altered: tuple[Altered, ...] = ()
    unaltered: int = 0
    facts: tuple[tuple[str, str], ...] = ()
    against: str = ""
    fired: tuple[Fired, ...] = ()
    items_title: str = ""
    items: tuple[Item, ...] = ()
    unlisted: int = 0
    page: str = ""
    answers: tuple[tuple[str, str], ...] = ()
    footer: str = ""


def outline(alert: Alert, telling: Telling) -> Outline:
    """A development that rules matched."""
    head = alert.reports[0]
    names = tuple(dict.fromkeys(telling.name(report.source_id) for report in alert.reports))
    others = alert.reports[1:]
    sentences = tuple(kept for sentence in alert.sentences if (kept := cut(sentence, _SENTENCE)))
    return Outline(
        headline=cut(alert.title or head.title, _HEADLINE) or "Untitled",
        story=_story(alert),
        byline=_byline(head, telling),
        url=link(head.url),
        lead="" if sentences else cut(head.lead, _SENTENCE),
        carried=_carried(alert.reports, names),
        severity=alert.severity,
        sentences=sentences[:MOST_SENTENCES],
        unsaid=max(0, len(sentences) - MOST_SENTENCES),
        facts=_facts(alert.facts),
        against=cut(alert.against, _HEADLINE),
        fired=tuple(_fired(firing) for firing in alert.firings[:MOST_RULES]),
        items_title="Also carried by" if others else "",
        items=tuple(_item(report, telling) for report in others[:MOST_OTHERS]),
        unlisted=max(0, len(others) - MOST_OTHERS),
        # A sample has no page of its own.
        page=telling.page(f"articles/a{head.article_id}" if head.article_id else "alerts"),
        footer=_footer(telling),
    )


def digest(found: Digest, telling: Telling) -> Outline:
    """What was held back, or was out already at a first import: every development and edit in one line each."""
    told, edits = found.alerts, found.edits
    items = (*(_line(_turn, alert, telling) for alert in told), *(_line(_edit, one, telling) for one in edits))
    newest = items[::-1] if not found.first_import else items
    return Outline(
        headline=_gathered(found),
        byline=_gathered_from(found, telling),
        lead=_FIRST_IMPORT
        if found.first_import
        else f"Held back: {listed(found.reasons, 4)}."
        if found.reasons
        else "",
        severity=max((alert.severity for alert in told), key=lambda one: one.rank, default=Severity.NORMAL),
        items_title="Developments" if told else "Edits",
        items=newest[:MOST_DEVELOPMENTS],
        unlisted=max(0, len(items) - MOST_DEVELOPMENTS) + found.more,
        page=telling.page("articles" if found.first_import else "alerts"),
        footer=_footer(telling),
    )


def _gathered(found: Digest) -> str:
    if found.storm:
        return f"{STORM}: {len(found.alerts) + len(found.edits) + found.more} held"
    if found.more:
        return f"{DIGEST}: {len(found.alerts) + len(found.edits) + found.more} developments and edits"
    matched = counted(len(found.alerts), "development")
    if found.first_import:
        return f"{SUMMARY}: {matched} already out, matched by rules"
    edits = f"{counted(len(found.edits), 'edit')}" if found.edits else ""
    return f"{DIGEST}: {' and '.join(part for part in (matched if found.alerts else '', edits) if part)}"


def _gathered_from(found: Digest, telling: Telling) -> str:
    sources = {telling.name(report.source_id): None for alert in found.alerts for report in alert.reports}
    if found.first_import:
        return f"Found at the first check of {listed(tuple(sources), 8) or 'the sources'}"
    return f"Told by {listed(tuple(sources), 8)}" if sources else ""


def owner_notice(notice: OwnerNotice, telling: Telling) -> Outline:
    """A word about Storywatch itself."""
    page = "sources" if notice.topic in (Topic.SOURCE_DEAD, Topic.SOURCE_BACK) else "alerts"
    return Outline(
        headline=cut(notice.title, _HEADLINE) or "A word from Storywatch",
        lead=" ".join(kept for line in notice.lines if (kept := cut(line, _SENTENCE))),
        page=telling.page(page),
        footer=_footer(telling),
    )


def correction(notice: Notice, telling: Telling) -> Outline:
    """An announced article that says something else now: the gravest changes first, old and new."""
    alert, found = notice.alert, _gravest(notice.edit.alterations)
    source = next((one.source_id for one in alert.reports if one.article_id == notice.article_id), "")
    name = f"{telling.name(source)}, " if source else ""
    rules = tuple(cut(rule, _NAME) for rule in notice.rules)
    return Outline(
        headline=f"{EDITED}: {cut(notice.title, _HEADLINE) or 'Untitled'}",
        story=cut(alert.story_title, _HEADLINE),
        byline=f"{name}version {notice.version}, first seen {when(notice.seen, telling.timezone)}",
        url=link(notice.url),
        lead=f"Changed where it was matched by: {listed(rules, MOST_RULES)}." if rules else "",
        severity=alert.severity,
        altered=tuple(_altered(one) for one in found[:MOST_ALTERATIONS]),
        unaltered=max(0, len(found) - MOST_ALTERATIONS),
        page=telling.page(f"articles/a{notice.article_id}/diff"),
        footer=_footer(telling),
    )


def _gravest(found: Sequence[Alteration]) -> list[Alteration]:
    """Without what was only added: that is told as news, where it is news. Mere wording comes last."""
    return sorted((one for one in found if one.old), key=lambda one: one.kinds == ("wording",))


def _altered(one: Alteration) -> Altered:
    label = "Removed" if not one.new else f"{listed(one.kinds, 4).capitalize()} changed"
    return Altered(label, cut(one.old, _SENTENCE), cut(one.new, _SENTENCE))


def bare(title: str, telling: Telling, error: Exception) -> Outline:
    """What is told when the full outline cannot be made: an alert is never lost to its own text. ASCII only."""
    plain = " ".join(title.encode("ascii", "replace").decode("ascii").split())
    return Outline(
        headline=cut(plain, _HEADLINE) or "Untitled",
        lead=f"This alert could not be told in full ({type(error).__name__}); the archive has all of it.",
        page=telling.page("alerts"),
        footer="Storywatch",
    )


def outlined(subject: Subject, telling: Telling) -> Outline:
    """The outline of whatever a delivery tells."""
    match subject:
        case Alert():
            return outline(subject, telling)
        case Notice():
            return correction(subject, telling)
        case Digest():
            return digest(subject, telling)
        case OwnerNotice():
            return owner_notice(subject, telling)


def tell(subject: Subject, telling: Telling, render: Callable[[Outline], T]) -> T:
    """A subject in a channel's own form; whatever breaks on the way, at least the bare outline."""
    try:
        return render(outlined(subject, telling))
    except Exception as error:
        # Deliberately everything: one poisonous headline must not stop its alert, let alone those behind it.
        return render(bare(_title(subject), telling, error))


def _title(subject: Subject) -> str:
    match subject:
        case Notice():
            return f"{EDITED}: {subject.title}"
        case Digest():
            return SUMMARY if subject.first_import else DIGEST
        case _:
            return subject.title


def _carried(reports: Sequence[Report], names: Sequence[str]) -> str:
    """Who carries it, and how many of them tell it by themselves where that is not all of them."""
    own = origins.independent(
        [origins.Telling(one.article_id, one.source_id, one.copy_of, one.credits) for one in reports]
    )
    agencies = tuple(dict.fromkeys(agency for one in reports for agency in one.credits))
    few = f", {own} independent" if own < len(names) else ""
    by = f"; credited to {listed(agencies, 4)}" if agencies else ""
    return f"Carried by {counted(len(names), 'source')}{few}: {listed(names, 8)}{by}"


def _story(alert: Alert) -> str:
    title = cut(alert.story_title, _HEADLINE)
    return f"{title} (development {alert.follows + 1} of this story)" if alert.follows else title


def _byline(report: Report, telling: Telling) -> str:
    published = f"published {when(report.published, telling.timezone)}, " if report.published else ""
    return f"{telling.name(report.source_id)}, {published}first seen {when(report.first_seen, telling.timezone)}"


def _facts(facts: Sequence[Fact]) -> tuple[tuple[str, str], ...]:
    told = []
    for kind, label in _FACT_WORDS.items():
        found = (cut(fact.text, _NAME) for fact in facts if fact.kind == kind)
        texts = tuple(dict.fromkeys(filter(None, found)))
        if texts:
            told.append((label, listed(texts, MOST_FACTS)))
    return tuple(told)


def _fired(firing: Firing) -> Fired:
    fields = (("title", firing.title), ("body", firing.text))
    found: list[Context] = []
    for name, text in fields:
        hits = [hit for hit in firing.hits if hit.field == name]
        if hits and len(found) < MOST_CONTEXTS:
            found += contexts(text, hits, limit=MOST_CONTEXTS - len(found))
    return Fired(cut(firing.rule_id, _NAME) or "unnamed rule", firing.severity, tuple(_bounded(one) for one in found))


def _bounded(context: Context) -> Context:
    words = cut(context.words, _WORDS)
    before, after = _side(context.before).lstrip(), _side(context.after).rstrip()
    return Context(context.field, before, words, after, cut(context.note, _WORDS))


def _side(text: str) -> str:
    """Clean, with the space that parts it from the words in the middle, if there is one."""
    before, after = (" " if text[at : at + 1].isspace() else "" for at in (0, len(text) - 1))
    kept = clean(text, _SIDE)
    return f"{before}{kept}{after}" if kept else ""


def _item(report: Report, telling: Telling) -> Item:
    return Item(cut(report.title, 200) or "Untitled", _byline(report, telling), link(report.url))


def _line(made: Callable[[T, Telling], Item], one: T, telling: Telling) -> Item:
    try:
        return made(one, telling)
    except Exception as error:
        # Deliberately everything: one poisonous item must not keep the others of its digest from being told.
        return Item("One that cannot be told", f"({type(error).__name__}); the archive has it", "")


def _turn(alert: Alert, telling: Telling) -> Item:
    rules = listed(tuple(cut(firing.rule_id, _NAME) for firing in alert.firings), 5)
    head = alert.reports[0] if alert.reports else None
    source = f"{telling.name(head.source_id)}, " if head else ""
    note = f"{source}first seen {when(alert.first_seen, telling.timezone)}; matched {rules}"
    return Item(cut(alert.title, 200) or "Untitled", note, link(head.url) if head else "")


def _edit(notice: Notice, telling: Telling) -> Item:
    note = f"edited after its alert, version {notice.version}, seen {when(notice.seen, telling.timezone)}"
    return Item(cut(notice.title, 200) or "Untitled", note, link(notice.url))


def _footer(telling: Telling) -> str:
    return f"Storywatch, watch: {cut(telling.watch, _NAME) or 'unnamed'}"
