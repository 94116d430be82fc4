"""An outline as plain text: for the console, the text part of a mail and Slack's fallback. Pure."""

from __future__ import annotations

from alerts.compose import Fired, Item, Outline
from monitor.model import Severity
from monitor.query import Context


def plain(told: Outline) -> str:
    """Lines separated by line feeds, with a blank line between sections."""
    sections = (_head(told), _altered(told), _new(told), _why(told), _items(told), _foot(told))
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def _head(told: Outline) -> list[str]:
    mark = "CRITICAL: " if told.severity is Severity.CRITICAL else ""
    lines = [mark + told.headline, told.byline, told.url, told.carried]
    if told.story and told.story != told.headline:
        lines.append(f"Story: {told.story}")
    return [line for line in [*lines, told.lead] if line]


def _altered(told: Outline) -> list[str]:
    lines = ["CHANGED"] if told.altered else []
    for one in told.altered:
        lines.append(f"{one.label}:")
        lines += [f"  {name} {text}" for name, text in (("was:", one.old), ("now:", one.new)) if text]
    if told.unaltered:
        lines.append(f"and {told.unaltered} more")
    return lines


def _new(told: Outline) -> list[str]:
    lines = ["NEW"] if told.sentences or told.facts else []
    lines += [f"- {sentence}" for sentence in told.sentences]
    if told.unsaid:
        lines.append(f"- and {told.unsaid} more")
    lines += [f"{label}: {texts}" for label, texts in told.facts]
    if told.against:
        lines.append(f"New against: {told.against}")
    return lines


def _why(told: Outline) -> list[str]:
    lines = ["WHY"] if told.fired else []
    for fired in told.fired:
        lines.append(why(fired))
        lines += [f"  {one.before}[{one.words}]{one.after}{noted(one)}" for one in fired.contexts]
    return lines


def noted(context: Context) -> str:
    """What else is known of the words, to stand behind the line."""
    return f"  ({context.note})" if context.note else ""


def why(fired: Fired) -> str:
    """The rule and, where it is not normal, its severity."""
    return fired.rule if fired.severity is Severity.NORMAL else f"{fired.rule} ({fired.severity.value})"


def _items(told: Outline) -> list[str]:
    lines = [told.items_title.upper()] if told.items else []
    for item in told.items:
        lines += item_lines(item)
    if told.unlisted:
        lines.append(f"- and {told.unlisted} more")
    return lines


def item_lines(item: Item) -> list[str]:
    return [f"- {item.title}", *(f"  {line}" for line in (item.note, item.url) if line)]


def _foot(told: Outline) -> list[str]:
    answers = (f"{words}: {url}" for words, url in told.answers)
    return [line for line in (f"In the archive: {told.page}" if told.page else "", *answers, told.footer) if line]
