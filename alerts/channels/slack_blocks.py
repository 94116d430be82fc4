"""An outline as Block Kit; text from the web only in plain_text and rich_text, which Slack never interprets. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from alerts.compose import Altered, Item, Outline
from alerts.plain import noted, plain, why
from alerts.wording import cut
from monitor.model import Severity
from monitor.query import Context

# Slack refuses more than about 13,200 characters in all blocks together, which it says nowhere.
MOST_IN_ALL = 10_000
MOST_IN_HEADER = 150
MOST_IN_TEXT = 3_000
MARK = "(may repeat)"
Json = dict[str, Any]


def payload(told: Outline) -> Json:
    """`blocks` and, for notifications and as the plain way out, `text`."""
    return {"text": fallback(told), "blocks": blocks(told), "unfurl_links": False, "unfurl_media": False}


def again(body: str) -> bytes:
    """A payload that Slack may have taken before, with a mark that says so at its foot."""
    told = json.loads(body)
    told["text"] = f"{told['text']}\n{MARK}"
    if "blocks" in told:
        told["blocks"].append({"type": "context", "elements": [_plain(MARK)]})
    return json.dumps(told, ensure_ascii=False).encode()


def blocks(told: Outline) -> list[Json]:
    """As much of the outline as Slack takes."""
    made: list[Json] = []
    for version in _shorter(told):
        made = _blocks(version)
        if len(escaped(json.dumps(made, ensure_ascii=False))) <= MOST_IN_ALL:
            break
    return made


def fallback(told: Outline) -> str:
    """The plain text, escaped (this field is mrkdwn), as many whole lines of it as fit."""
    kept, size = [], 0
    for line in escaped(plain(told)).splitlines():
        size += len(line) + 1
        if size > MOST_IN_TEXT:
            break
        kept.append(line)
    return "\n".join(kept).rstrip()


def escaped(text: str) -> str:
    """Slack's own three entities; nothing else is special once these are gone."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _shorter(told: Outline) -> Iterator[Outline]:
    """The outline, then ever less of it; the last one fits whatever the texts are."""
    yield told
    told = replace(told, items=told.items[:5], unlisted=told.unlisted + max(0, len(told.items) - 5))
    yield told
    told = replace(told, fired=tuple(replace(one, contexts=one.contexts[:1]) for one in told.fired))
    yield told
    fewer, left = told.altered[:2], told.unaltered + max(0, len(told.altered) - 2)
    told = replace(told, fired=told.fired[:5], sentences=told.sentences[:2], facts=told.facts[:2])
    told = replace(told, altered=fewer, unaltered=left)
    yield told
    yield Outline(told.headline, severity=told.severity, url=told.url, page=told.page, footer=told.footer)
    yield Outline(told.headline, severity=told.severity, footer=told.footer)


def _blocks(told: Outline) -> list[Json]:
    rich = [*_head(told), *_altered(told), *_new(told), *_why(told), *_items(told)]
    made: list[Json] = [{"type": "header", "text": _plain(_header(told))}]
    if rich:
        made.append({"type": "rich_text", "elements": rich})
    if told.footer:
        made.append({"type": "context", "elements": [_plain(told.footer)]})
    return made


def _header(told: Outline) -> str:
    mark = "CRITICAL: " if told.severity is Severity.CRITICAL else ""
    limit = MOST_IN_HEADER
    # Cut before escaping, measured after it: an entity must not be torn, and "&" counts five.
    while len(escaped(text := cut(mark + told.headline, limit))) > MOST_IN_HEADER:
        limit -= 5
    return text


def _head(told: Outline) -> Iterator[Json]:
    story = f"Story: {told.story}" if told.story and told.story != told.headline else ""
    lines = [line for line in (told.byline, told.carried, story, told.lead) if line]
    parts = [_text("\n".join(lines) + "\n")] if lines else []
    links = [_link(url, name) for url, name in ((told.url, "Open the article"), (told.page, "In the archive")) if url]
    if len(links) > 1:
        links.insert(1, _text("  ·  "))
    if parts or links:
        yield _section(*parts, *links)


def _altered(told: Outline) -> Iterator[Json]:
    if told.altered:
        yield _section(_text("\nChanged", bold=True))
        more = [_section(_text(f"and {told.unaltered} more"))] if told.unaltered else []
        yield _list([*(_section(*_before_and_after(one)) for one in told.altered), *more])


def _before_and_after(one: Altered) -> Iterator[Json]:
    yield _text(f"{one.label}: ", bold=True)
    yield _struck(one.old)
    if one.new:
        yield _text(f"\n{one.new}")


def _new(told: Outline) -> Iterator[Json]:
    if told.sentences or told.facts:
        yield _section(_text("\nNew", bold=True))
    more = (f"and {told.unsaid} more",) if told.unsaid else ()
    if told.sentences:
        yield _list([_section(_text(sentence)) for sentence in (*told.sentences, *more)])
    for label, texts in told.facts:
        yield _section(_text(f"{label}: ", bold=True), _text(texts))
    if told.against:
        yield _section(_text("New against: ", bold=True), _text(told.against))


def _why(told: Outline) -> Iterator[Json]:
    for fired in told.fired:
        yield _section(_text("\nWhy: ", bold=True), _text(why(fired)))
        if fired.contexts:
            yield _list([_section(*_context(one)) for one in fired.contexts])


def _context(one: Context) -> Iterator[Json]:
    yield _text(one.before)
    yield _text(one.words, bold=True)
    yield _text(one.after + noted(one))


def _items(told: Outline) -> Iterator[Json]:
    if not told.items:
        return
    yield _section(_text(f"\n{told.items_title}", bold=True))
    rows = [_section(*_item(item)) for item in told.items]
    if told.unlisted:
        rows.append(_section(_text(f"and {told.unlisted} more")))
    yield _list(rows)


def _item(item: Item) -> Iterator[Json]:
    yield _link(item.url, item.title) if item.url else _text(item.title)
    if item.note:
        yield _text(f"  {item.note}")


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": False}


def _text(text: str, *, bold: bool = False) -> Json:
    return {"type": "text", "text": text, "style": {"bold": True}} if bold else {"type": "text", "text": text}


def _struck(text: str) -> Json:
    return {"type": "text", "text": text, "style": {"strike": True}}


def _link(url: str, text: str) -> Json:
    return {"type": "link", "url": url, "text": text}


def _section(*elements: Json) -> Json:
    # Slack refuses empty pieces, and sections without any.
    filled = [element for element in elements if element["text"]]
    return {"type": "rich_text_section", "elements": filled or [_text("…")]}


def _list(rows: list[Json]) -> Json:
    return {"type": "rich_text_list", "style": "bullet", "elements": rows}
