"""Why an article did or did not alert, in one sentence that a person understands. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from alerts.wording import counted, listed, when
from monitor.model import Delivery, DeliveryKind, DeliveryState, Judgement, Known, Level, Origin, Version
from monitor.store.detail import ArticleDetail, Fired

_REPEATS = {
    Level.SAME: "it is the same text as",
    Level.COPY: "it is a copy of",
    Level.TRUNCATED: "it is a shortened copy of",
    Level.EXTENDED: "it only extends",
    Level.TEMPLATE: "it has the form of",
    Level.REWRITE: "it tells in other words what is in",
    Level.COMMENTARY: "it is opinion or analysis beside",
}
_MOST_MARKS = 6
_ALERT = DeliveryKind.DEVELOPMENT
_UNDER_WAY = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.AMBIGUOUS)


def judged(detail: ArticleDetail) -> Version:
    """The version whose level is the article's: the newest that is no edit."""
    return next((one for one in reversed(detail.versions) if one.judgement.level is not Level.EDIT), detail.versions[0])


def verdict(detail: ArticleDetail, names: Mapping[str, str], timezone: str, now: datetime) -> str:
    """The one sentence, and one more where an announced article was edited; `names` of sources by id."""
    return _verdict(detail, names, timezone, now) + _edits(detail, timezone, now)


def _edits(detail: ArticleDetail, timezone: str, now: datetime) -> str:
    """What was done to an article after it was announced."""
    own = [one.created for one in detail.fired if one.article_id == detail.article.id]
    later = [one for one in detail.versions if one.judgement.level is Level.EDIT and own and one.first_seen > min(own)]
    if not later:
        return ""
    ids = {one.id for one in later}
    told = [one for one in detail.deliveries if one.kind is DeliveryKind.EDIT and one.version_id in ids]
    fate = f"its notice: {_fate(told, timezone, now)}" if told else "nothing material, so nobody was told"
    times = "once" if len(later) == 1 else counted(len(later), "time")
    edited = f"It was edited {times} after that, last on {when(later[-1].first_seen, timezone)}"
    return f" {edited}; {fate}; `storywatch diff a{detail.article.id}`."


def _verdict(detail: ArticleDetail, names: Mapping[str, str], timezone: str, now: datetime) -> str:
    article = detail.article
    if article.origin is Origin.CORPUS:
        return "No alert: it is part of the corpus, so it was known before the watch began."
    if not article.on_topic:
        return "No alert: it is off topic, its text does not match what the watch is about."
    own = tuple(one for one in detail.fired if one.article_id == article.id)
    if own:
        return _announced(own, detail, timezone, now)
    rules = _matched(detail)
    if not rules:
        return f"No alert: no rule matches it{_repeat(detail, names, ', and ')}."
    return f"No alert: {_rules(rules)} matched, but {_told_before(detail, rules, names, timezone, now)}."


def _matched(detail: ArticleDetail) -> tuple[str, ...]:
    return tuple(dict.fromkeys(match.rule_id for found in detail.matches.values() for match in found))


def _rules(names: Sequence[str]) -> str:
    return f"rule {names[0]}" if len(names) == 1 else f"rules {listed(names, 4)}"


def _repeat(detail: ArticleDetail, names: Mapping[str, str], join: str) -> str:
    """What it repeats, of whom, and what joins the two."""
    judgement = judged(detail).judgement
    said, nearest = _REPEATS.get(judgement.level), judgement.nearest
    if said is None or nearest is None or nearest.article_id == detail.article.id:
        return ""
    if judgement.level is Level.REWRITE and judgement.joined_by:
        said = "it tells the same event as"
    outlet = names.get(nearest.source_id, nearest.source_id)
    whom = f"a{nearest.article_id}" + (f" ({outlet})" if outlet else "")
    whom = whom if nearest.archived else f"what was {nearest.title}"
    return f"{join}{said} {whom}{_foreign(detail, nearest)}{_marks(judgement)}"


def _foreign(detail: ArticleDetail, nearest: Known) -> str:
    ours, theirs = judged(detail).document.language[:2], nearest.language[:2]
    return " in another language" if ours and theirs and ours != theirs else ""


def _marks(judgement: Judgement) -> str:
    """What an event was recognised by, or what stands in a form otherwise than before."""
    if judgement.level is Level.TEMPLATE and judgement.changes:
        return f"; {listed([f'{one.old} is now {one.text}' for one in judgement.changes], _MOST_MARKS)}"
    if judgement.level is Level.REWRITE and judgement.joined_by:
        return f"; joined by {listed(judgement.joined_by, _MOST_MARKS)}"
    return ""


def _told_before(
    detail: ArticleDetail, rules: Sequence[str], names: Mapping[str, str], timezone: str, now: datetime
) -> str:
    """Why a rule that matched did not fire for this article."""
    first = next((one for one in detail.fired if one.rule_id in rules), None)
    repeat = _repeat(detail, names, "") or "it tells nothing new"
    if first is None:
        return f"{repeat}: the rule does not ask for that"
    deliveries = [one for one in detail.deliveries if one.development_id == first.development_id and one.kind is _ALERT]
    turn = f"development d{first.development_id} was first told by a{first.article_id}"
    return f"{repeat}: {turn} ({_fate(deliveries, timezone, now)})"


def _announced(own: Sequence[Fired], detail: ArticleDetail, timezone: str, now: datetime) -> str:
    """What became of the alerts that this article set off."""
    turns = {one.development_id for one in own}
    deliveries = [one for one in detail.deliveries if one.development_id in turns and one.kind is _ALERT]
    rules = tuple(dict.fromkeys(one.rule_id for one in own))
    states = {one.state for one in deliveries}
    fate = _fate(deliveries, timezone, now)
    if DeliveryState.SENT in states:
        return f"Alerted: {_rules(rules)} matched, and the alert was {fate}."
    if DeliveryState.DEAD in states:
        return f"Alert not delivered: {_rules(rules)} matched, but the alert {fate}."
    if states & set(_UNDER_WAY):
        return f"Alert under way: {_rules(rules)} matched, and the alert {fate}."
    if any(one.held_until is not None and one.state is DeliveryState.HELD for one in deliveries):
        return f"Alert held: {_rules(rules)} matched, and the alert {fate}."
    if DeliveryState.MERGED in states and detail.article.alerted:
        return f"Alerted in a summary: {_rules(rules)} matched, and it was {fate}."
    return f"No alert of its own: {_rules(rules)} matched, but it was {fate}."


def _fate(deliveries: Sequence[Delivery], timezone: str, now: datetime) -> str:
    """What became of deliveries, the most telling states first, one clause for each."""
    parts = []
    for state in _ORDER:
        rows = [one for one in deliveries if one.state is state]
        if rows:
            parts.append(_clause(state, rows, timezone, now))
    return "; ".join(parts) or "not owed to any channel"


_ORDER = (
    DeliveryState.SENT,
    DeliveryState.DEAD,
    *_UNDER_WAY,
    DeliveryState.HELD,
    DeliveryState.MERGED,
    DeliveryState.SUPPRESSED,
)


def _clause(state: DeliveryState, rows: Sequence[Delivery], timezone: str, now: datetime) -> str:
    places = listed([place(one) for one in rows], 3)
    match state:
        case DeliveryState.SENT:
            moments = [one.sent_at for one in rows if one.sent_at is not None]
            return f"sent to {places}" + (f" on {when(min(moments), timezone)}" if moments else "")
        case DeliveryState.DEAD:
            names = listed([f"x{one.id}" for one in rows], 3)
            return (
                f"is dead for {places} after {counted(rows[0].attempts, 'attempt')}"
                f" ({rows[0].last_error or 'no reason recorded'}): `storywatch alerts retry {names}`"
            )
        case DeliveryState.PENDING:
            return _pending(rows, places, timezone, now)
        case DeliveryState.SENDING:
            return f"is being sent to {places}"
        case DeliveryState.AMBIGUOUS:
            return f"may have reached {places} and goes out again"
        case DeliveryState.HELD if rows[0].held_until is not None:
            return f"is held for {places} until {_soonest(rows, timezone)} ({_reasons(rows)})"
        case _:
            return _reasons(rows) or f"{state.value} for {places}"


def _soonest(rows: Sequence[Delivery], timezone: str) -> str:
    return when(min(one.held_until for one in rows if one.held_until is not None), timezone)


def _reasons(rows: Sequence[Delivery]) -> str:
    return "; ".join(dict.fromkeys(one.reason for one in rows if one.reason))


def _pending(rows: Sequence[Delivery], places: str, timezone: str, now: datetime) -> str:
    first = min(rows, key=lambda one: one.due_at)
    if first.attempts:
        return (
            f"waits for another attempt to {places} at {when(first.due_at, timezone)},"
            f" {counted(first.attempts, 'attempt')} failed ({first.last_error})"
        )
    if first.due_at > now and first.message is None:
        return f"waits for other outlets of the same minute and goes to {places} at {when(first.due_at, timezone)}"
    return f"goes to {places} next"


def place(delivery: Delivery) -> str:
    """A destination in words: the channel, and whom where it has several."""
    address = delivery.destination.address
    return f"{delivery.destination.channel} ({address})" if address else delivery.destination.channel
