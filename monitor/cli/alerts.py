"""`alerts list`, `alerts retry` and `alerts test`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from monitor.cli.completing import channel_ids, states
from monitor.cli.drawing import Column, clock
from monitor.cli.naming import nearly
from monitor.cli.opening import archive, load_config, utc_now
from monitor.cli.output import AFTER, JSON, JSONL, LIMIT, Form, Json, cell, put, put_json, say
from monitor.cli.root import FAILED, PARTLY, settings_of
from monitor.errors import DeliveryError, UsageError

if TYPE_CHECKING:
    from alerts.channels import Channel
    from monitor.config import ChannelConfig, Config
    from monitor.model import Destination

app = typer.Typer(rich_markup_mode=None)
_STATE = typer.Option("--state", metavar="STATE", autocompletion=states, help="Only these: pending, sent, dead ...")
_CHANNEL = typer.Option("--channel", metavar="ID", autocompletion=channel_ids, help="Only those of this channel.")
ALL = 10**9
_COLUMNS = [
    "id",
    "state",
    "created",
    "sent_at",
    "channel",
    "destination",
    "rules",
    "article",
    "attempts",
    "last_error",
    "held_until",
    "reason",
]


@app.command("list")
def list_alerts(
    ctx: typer.Context,
    state: Annotated[str, _STATE] = "",
    as_json: Annotated[bool, JSON] = False,
    as_jsonl: Annotated[bool, JSONL] = False,
    limit: Annotated[int | None, LIMIT] = None,
    after: Annotated[str, AFTER] = "",
) -> None:
    """List deliveries and their state, newest first.

    \b
    storywatch alerts list
    storywatch alerts list --state dead --json
    """
    from monitor.inquiry import shapes
    from monitor.model import DeliveryState
    from monitor.store import deliveries, threads

    form = Form.of(as_json, as_jsonl, limit)
    states = [one.value for one in DeliveryState]
    if state and state not in states:
        raise UsageError(f"a delivery is never {state!r}{nearly(state, states)}; it is one of {', '.join(states)}")
    wanted = DeliveryState(state) if state else None
    cursor = shapes.number("x", after) if after else None
    config = load_config(settings_of(ctx))
    with archive(config) as store, store.read() as tx:
        found, more = deliveries.page(tx, state=wanted, limit=form.limit or ALL, after=cursor)
        miscounts = threads.miscounts(tx)
    rows = [shapes.delivery(one) for one in found]
    form.put(rows, shapes.name("x", more), _COLUMNS, _COLUMNS, _drawn(clock(config.watch.zone, utc_now())))
    for one in miscounts:
        root = f"{shapes.name('s', one.story_id)} at {one.destination.channel}"
        say(f"the first message of {root} does not say how many outlets carry it by now: {one.error}")
    for name in _best_effort(config, {one.destination.channel for one in found}):
        say(f"{name} is best effort: may repeat (Apprise)")


def _drawn(at: Callable[[str | None], str]) -> tuple[Column, ...]:
    def moment(row: Json) -> str:
        return at(row["sent_at"] or row["held_until"] or row["created"])

    def place(row: Json) -> str:
        return f"{row['channel']} {row['destination']}".strip()

    def why(row: Json) -> str:
        return "; ".join(filter(None, (cell(row, "rules"), row["reason"], row["last_error"])))

    return (
        Column("id", "id", style="bold"),
        Column("state", "state", worded=True),
        Column("when", moment, rank=1),
        Column("to", place, rank=2),
        Column("article", "article", rank=3),
        Column("tries", "attempts", rank=4, right=True),
        Column(
            "why",
            lambda row: "; ".join(filter(None, (cell(row, "rules"), row["reason"], row["last_error"]))),
            wide=True,
        ),
    )


def _best_effort(config: Config, named: Collection[str]) -> list[str]:
    """The channels among these whose failures nobody can tell from successes."""
    return [one.id for one in config.channels if one.kind == "apprise" and one.id in named]


@app.command("retry")
def retry(
    ctx: typer.Context,
    delivery: Annotated[str, typer.Argument(metavar="ID", help="Such as x9; without it all dead ones.")] = "",
    channel: Annotated[str, _CHANNEL] = "",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Give dead deliveries another chance: the running daemon (or the next run) sends them again.

    A channel that was switched off after a lasting refusal is switched on again.

    \b
    storywatch alerts retry
    storywatch alerts retry x9
    storywatch alerts retry --channel desk-slack
    """
    from monitor.inquiry import shapes
    from monitor.pipeline import calming

    number = shapes.number("x", delivery) if delivery else None
    config = load_config(settings_of(ctx))
    if channel:
        _known(config, channel)
    if delivery and channel:
        raise UsageError("one delivery, or those of one channel: take one of them")
    with archive(config) as store:
        done = calming.retry(store, number, utc_now(), channel=channel)
    count, opened = done.count, done.opened
    if as_json:
        put_json({"retried": count, "switched_on": list(opened)})
        return
    if opened:
        put(f"switched on again: {', '.join(opened)}")
    if count or not opened:
        put(f"{count} to be sent again" if count else "nothing is dead")


@app.command("test")
def test_channel(
    ctx: typer.Context,
    channel_id: Annotated[str, typer.Argument(metavar="CHANNEL", autocompletion=channel_ids, help="As in the config.")],
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Send a test message through one channel, to each of its destinations. Nothing is stored.

    Taken everywhere, it also switches a channel on again that was switched off, and ends a recipient's "unsubscribe".

    \b
    storywatch alerts test desk-email
    """
    config = load_config(settings_of(ctx))
    one, places = _channel(config, channel_id, sys.stderr if as_json else sys.stdout)
    rows = [_sent(one, place) for place in places]
    if as_json:
        put_json(rows)
    for row in rows if not as_json else ():
        place = f"{row['channel']} {row['destination']}".strip()
        if row["sent"]:
            put(f"{place}: sent {row['detail']}".rstrip())
        else:
            say(f"error: {place}: {row['error']}")
    failed = sum(not row["sent"] for row in rows)
    if failed:
        raise typer.Exit(FAILED if failed == len(rows) else PARTLY)
    _switch_on(config, channel_id)


def _switch_on(config: Config, channel_id: str) -> None:
    from monitor.pipeline import open_lanes
    from monitor.store import schema_problem

    # Channels are tested before the first run, too: then there is no archive.
    if schema_problem(config.archive.url):
        return
    with archive(config) as store:
        if open_lanes(store, [channel_id], unsubscribed=True):
            say(f"{channel_id} is switched on again")


def _known(config: Config, channel_id: str) -> ChannelConfig:
    for one in config.channels:
        if one.id == channel_id:
            return one
    known = [one.id for one in config.channels]
    raise UsageError(f"no channel is called {channel_id!r}{nearly(channel_id, known)}; there is {', '.join(known)}")


def _channel(config: Config, channel_id: str, stream: TextIO) -> tuple[Channel, tuple[Destination, ...]]:
    from alerts.channels import open_channels
    from alerts.owing import places

    chosen = _known(config, channel_id)
    return open_channels(config, stream)[channel_id], places(chosen)


def _sent(one: Channel, place: Destination) -> Json:
    from alerts.channels import trial_delivery

    row: Json = {"channel": place.channel, "destination": place.address, "sent": False, "detail": "", "error": ""}
    try:
        receipt = one.send(trial_delivery(one, place, utc_now()))
    except DeliveryError as error:
        return row | {"error": str(error)}
    return row | {"sent": True, "detail": receipt.detail}
