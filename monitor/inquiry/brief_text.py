"""The brief of a day as Markdown, for mail, wikis and paper. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.inquiry.brief import Brief, Story
from monitor.inquiry.giving import Giver
from monitor.inquiry.markdown import joined, line
from monitor.inquiry.tellings import Telling
from monitor.store.days import News


def markdown(found: Brief, give: Giver) -> str:
    """The whole brief. What a source's licence does not let out is counted and named, no more."""
    parts = (_head(found, give), _stories(found, give), _notes(found, give), _watched(found, give))
    return "\n".join(text for part in parts for text in part) + "\n"


def _head(found: Brief, give: Giver) -> Iterator[str]:
    day = found.day
    yield f"# {line(give.config.watch.title)}: {day.words()}"
    yield ""
    asof = "the whole day" if day.over else "so far"
    yield joined(f"As of {give.when(day.now)}", f"{asof}, times in {day.zone.key}", give.page(f"/?date={day.date}"))
    yield ""
    count = f"{'more than ' if found.more else ''}{counted(found.articles, 'article')}"
    stories = counted(len(found.stories) + found.more_stories, "story", "stories")
    sides = ", ".join(f"{line(side, 80)} {number}" for side, number in found.sides)
    yield f"{count} from {counted(found.outlets, 'outlet')} in {stories}." + (f" By side: {sides}." if sides else "")
    if found.articles:
        top = max(found.hours, key=lambda one: one.articles)
        yield f"Most in an hour: {top.articles} from {day.clock(day.ends[top.place])}."
    yield ""


def _stories(found: Brief, give: Giver) -> Iterator[str]:
    yield "## Top stories"
    yield ""
    if not found.stories:
        yield "Nothing was told on this day." if found.day.over else "Nothing was told yet."
        yield ""
    for number, one in enumerate(found.stories, 1):
        yield from _story(number, one, give)
    if found.more_stories:
        yield f"And {counted(found.more_stories, 'story', 'stories')} more."
        yield ""


def _story(number: int, one: Story, give: Giver) -> Iterator[str]:
    yield f"### {number}\\. {give.story(f's{one.id}', one.title, one.headed)}"
    yield ""
    outlets = counted(len(one.outlets), "outlet")
    more = f" ({one.all_outlets} in all)" if one.all_outlets > len(one.outlets) else ""
    sides = ", ".join(f"{line(side, 80)} {count}" for side, count in one.sides)
    yield joined("NEW" if one.begun else "goes on", f"{counted(one.articles, 'article')} from {outlets}{more}", sides)
    first = one.first
    at = give.when(first.published or first.first_seen)
    yield ""
    yield joined(f"First: {give.name(first.source_id)}, {at}", give.link(first.url, first.source_id))
    yield ""
    for each in one.news:
        yield from news(each, give)
    if one.unsaid:
        yield f"- {counted(one.unsaid, 'earlier development')} of the day"
    for figure in one.figures:
        said, other = give.name(figure.told.source_id), give.name(figure.other_source)
        yield f"- Figures differ: {line(figure.new, 80)} ({said}), {line(figure.old, 80)} ({other})"
    yield joined(f"- Story s{one.id}", f"all day: {give.names_of(one.outlets)}", give.page(f"/stories/s{one.id}"))
    yield ""


def news(one: News, give: Giver) -> Iterator[str]:
    """What a development told for the first time, as points of a list."""
    source = one.told.source_id
    head = give.headline(one.title, source)
    known = "known from the start" if one.known else ""
    yield "- " + joined(
        f"{give.clock(one.created)} {give.name(source)}: {head}", known, give.link(one.told.url, source)
    )
    yield from (f"  {point}" for point in points(one, give))


def points(one: News, give: Giver) -> Iterator[str]:
    """Its new sentences and facts, as far as they are given out."""
    source = one.told.source_id
    for sentence in give.excerpt(one.sentences, source):
        yield f"- New: {sentence}"
    facts = give.facts([fact.text for fact in one.facts], source)
    if facts:
        yield f"- New figures, places and names: {facts}"


def _notes(found: Brief, give: Giver) -> Iterator[str]:
    if found.blind:
        yield from ("## Only one side reports", "")
        for one in found.blind:
            head = give.story(f"s{one.id}", one.title, one.headed)
            yield f"- {head} · only {line(one.side, 80)}: {give.names_of(one.outlets)}"
        yield ""
    if found.official:
        yield from ("## Official texts", "")
        for text in found.official:
            head, url = give.headline(text.title, text.source_id), give.link(text.url, text.source_id)
            yield "- " + joined(f"{give.clock(text.first_seen)} {give.name(text.source_id)}: {head}", url)
        yield ""
    if found.expected:
        yield from ("## Dates to come", "")
        for day in found.expected:
            source = day.told.source_id
            said = " ".join(give.excerpt([day.sentence], source))
            yield f"- {day.date:%Y-%m-%d}: " + joined(said, give.name(source), give.link(day.told.url, source))
        yield ""


def _watched(found: Brief, give: Giver) -> Iterator[str]:
    yield from ("## Alerts", "")
    for one in found.alerts:
        yield _alert(one, found, give)
    if found.more_alerts:
        yield f"- and {found.more_alerts} more"
    if not found.alerts:
        yield "None fired."
    yield from ("", "## What was not seen", "")
    for trouble in found.troubles:
        # Words of a server may stand in a reason.
        yield f"- {give.names_of(trouble.sources) or 'All sources'}: {line(trouble.said)}"
    if not found.troubles:
        yield "No source failed, and no gap is known."


def _alert(one: Telling, found: Brief, give: Giver) -> str:
    source = found.announced.get(one.first.article_id or 0, "")
    head = give.headline(one.title, source) if source else line(one.title)
    states: dict[str, list[str]] = {}
    for row in one.deliveries:
        states.setdefault(row.state.value, []).append(line(row.destination.channel, 80))
    told = "; ".join(f"{state}: {', '.join(dict.fromkeys(channels))}" for state, channels in states.items())
    rules = ", ".join(line(rule, 80) for rule in one.first.rules)
    return "- " + joined(f"{give.clock(one.first.created)} {head}", rules, told)


def counted(number: int, noun: str, several: str = "") -> str:
    """ "1 story", "2 stories"."""
    return f"{number} {noun if number == 1 else several or noun + 's'}"
