"""Whether a source works, in one word and one sentence. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.inquiry.volume import frozen, quiet
from monitor.model import Outcome, SourceState
from monitor.store.review import SourceRow

_DEAD_AFTER = timedelta(hours=24)
_SLACK = timedelta(minutes=5)

OUTCOMES = {
    Outcome.OK: "answered",
    Outcome.UNCHANGED: "answered: nothing new",
    Outcome.EMPTY: "lists nothing",
    Outcome.NOT_A_FEED: "answers with something that is no feed",
    Outcome.NOT_HTML: "answers with something that is no page",
    Outcome.UNREADABLE: "cannot be read",
    Outcome.UNAUTHORISED: "asks for a login",
    Outcome.FORBIDDEN: "refuses us",
    Outcome.BLOCKED: "keeps robots out",
    Outcome.CONSENT: "answers with a consent page",
    Outcome.PAYWALL: "is behind a paywall",
    Outcome.MOVED: "leads to a home page instead",
    Outcome.MAINTENANCE: "is closed for maintenance",
    Outcome.NOT_FOUND: "is not found",
    Outcome.GONE: "is gone for good",
    Outcome.LEGAL: "is withheld for legal reasons",
    Outcome.RATE_LIMITED: "asks us to slow down",
    Outcome.CLIENT_ERROR: "rejects the request",
    Outcome.SERVER_ERROR: "has a fault of its own",
    Outcome.ROBOTS: "does not want robots there (robots.txt)",
    Outcome.GUARD: "is refused by our network guard",
    Outcome.TOO_LARGE: "is larger than [fetch] max_body",
    Outcome.TIMEOUT: "did not answer in time",
    Outcome.DNS: "has no address (DNS)",
    Outcome.REFUSED: "refuses the connection",
    Outcome.BROKEN: "broke the connection off",
    Outcome.TLS: "has no valid certificate",
    Outcome.REDIRECTS: "redirects in circles",
    Outcome.FORGED: "pushed with a wrong signature: ignored",
    Outcome.CRASHED: "broke our spider: please report it",
    Outcome.STOPPED: "was stopped with the daemon",
}
_BLOCKED = frozenset(
    {
        Outcome.UNAUTHORISED,
        Outcome.FORBIDDEN,
        Outcome.BLOCKED,
        Outcome.CONSENT,
        Outcome.LEGAL,
        Outcome.RATE_LIMITED,
        Outcome.ROBOTS,
        Outcome.GUARD,
    }
)


@dataclass(frozen=True, slots=True)
class Standing:
    """`word`: ok, quiet, new, off, late, empty, frozen, failing, blocked, dead. `well`: nobody needs to look at it."""

    word: str
    why: str
    well: bool


def troubled(state: SourceState, now: datetime) -> bool:
    """Whether somebody should look at an enabled source, by what is remembered of it alone."""
    return bool(state.failures) or state.gone_at is not None or _late(state, now)


def standing(row: SourceRow, now: datetime) -> Standing:
    """How a source does."""
    state, last = row.state, row.last
    if not row.enabled:
        return Standing("off", "switched off, or not in the config any more", well=True)
    if state.gone_at is not None:
        return Standing("dead", "the server says that it is gone for good: it is not asked again", well=False)
    if state.last_checked is None:
        return Standing("new", "not checked yet", well=True)
    if state.failures:
        return _failing(state, last.outcome if last else None, now)
    if last is not None and last.outcome is Outcome.EMPTY:
        return Standing("empty", "the last check listed nothing", well=False)
    if _late(state, now):
        return Standing("late", "its check is overdue: the daemon is not running, or is busy", well=False)
    if why := frozen(row.coverage, state.last_ok):
        return Standing("frozen", why, well=False)
    if why := quiet(row.coverage):
        return Standing("quiet", why, well=True)
    return Standing("ok", OUTCOMES[last.outcome] if last else "checked", well=True)


def _late(state: SourceState, now: datetime) -> bool:
    return state.lease_owner is None and state.due_at + max(_SLACK, state.interval) < now


def _failing(state: SourceState, outcome: Outcome | None, now: datetime) -> Standing:
    times = "the last check failed" if state.failures == 1 else f"the last {state.failures} checks failed"
    what = f": it {OUTCOMES[outcome]}" if outcome is not None else ""
    if outcome in _BLOCKED:
        return Standing("blocked", times + what, well=False)
    since = state.last_ok or state.first_checked or state.last_checked
    word = "dead" if since is not None and now - since > _DEAD_AFTER else "failing"
    return Standing(word, times + what, well=False)
