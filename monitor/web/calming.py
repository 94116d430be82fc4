"""What is posted about alerts: mutes and their end, votes, another chance for what was given up."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from alerts.wording import counted
from monitor.errors import UsageError
from monitor.inquiry import shapes
from monitor.inquiry.moments import ahead
from monitor.model import MuteKind
from monitor.pipeline import calming
from monitor.store import deliveries
from monitor.web.posted import back, posted, who_wrote
from monitor.web.screens import screens_of

_ANSWERS = ("relevant", "irrelevant")


def mute(request: Request) -> Response:
    """POST /mute: nobody hears of `target` (of `kind` story, source or rule) `until` then, with a `note`."""
    form, screens = posted(request), screens_of(request)
    kind, target, now = _kind(form.text("kind")), form.text("target"), screens.clock()
    config, until = screens.config(), form.text("until")
    if not until:
        raise UsageError("until when? Write 4h, 24h, 7d, tomorrow, or 2025-03-18T16:00")
    end = ahead(until, config.watch.timezone, now)
    named = str(shapes.number("s", target)) if kind is MuteKind.STORY else target
    note = form.text("note", calming.LONGEST_NOTE)
    made = calming.mute(screens.store, config, (kind, named), end, who_wrote(request), now, note)
    return back(request, f"{_called(kind, made.target)} is muted until {screens.view(request).when(made.until)}.")


def _kind(written: str) -> MuteKind:
    try:
        return MuteKind(written)
    except ValueError:
        raise UsageError(f"kind is one of {', '.join(MuteKind)}, not {written[:80]!r}") from None


def _called(kind: MuteKind, target: str) -> str:
    return f"Story s{target}" if kind is MuteKind.STORY else f"{kind.value.capitalize()} {target}"


def end_mute(request: Request) -> Response:
    """POST /mute/end: the mute `id` (m2) is over now."""
    screens = screens_of(request)
    number = shapes.number("m", posted(request).text("id"))
    ended = calming.end_mute(screens.store, number, screens.clock())
    return back(request, f"Mute m{number} has ended." if ended else f"Mute m{number} was over already.")


def vote(request: Request) -> Response:
    """POST /vote: the alert `id` (d7, x9) was `answer` (relevant, irrelevant), for one `rule` or all that fired."""
    form, screens = posted(request), screens_of(request)
    answer, ident = form.text("answer"), form.text("id")
    if answer not in _ANSWERS:
        raise UsageError(f"answer is one of {', '.join(_ANSWERS)}, not {answer[:80]!r}")
    number, who, now = _development(request, ident), who_wrote(request), screens.clock()
    chosen = calming.vote(screens.store, number, answer == "relevant", who, now, rule=form.text("rule"))
    said = "relevant" if answer == "relevant" else "not relevant"
    return back(request, f"d{number} is noted as {said} for {', '.join(chosen)}.")


def _development(request: Request, ident: str) -> int:
    if not ident.startswith("x"):
        return shapes.number("d", ident)
    with screens_of(request).store.read() as tx:
        found = deliveries.by_id(tx, shapes.number("x", ident))
    if found is None or found.development_id is None:
        raise UsageError(f"no rule announced {ident}")
    return found.development_id


def retry(request: Request) -> Response:
    """POST /alerts/retry: the dead delivery `id` (x9) goes out again; without one all of them, or a `channel`'s."""
    form, screens = posted(request), screens_of(request)
    ident, channel = form.text("id"), form.text("channel")
    if ident and channel:
        raise UsageError("one delivery, or those of one channel: take one of them")
    if channel and channel not in {one.id for one in screens.config().channels}:
        raise UsageError(f"no channel is called {channel[:80]!r}")
    number = shapes.number("x", ident) if ident else None
    done = calming.retry(screens.store, number, screens.clock(), channel=channel)
    said = f"{counted(done.count, 'alert')} to be sent again." if done.count else "Nothing is dead."
    opened = f" Switched on again: {', '.join(done.opened)}." if done.opened else ""
    return back(request, said + opened)
