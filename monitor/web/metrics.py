"""GET /metrics: how Storywatch does, for Prometheus. No secrets, and no label that the config does not bound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from monitor import __version__
from monitor.config import Config
from monitor.inquiry.standing import troubled
from monitor.model import SourceState
from monitor.store import sources
from monitor.store.census import Census
from monitor.store.figures import Figures, figures, size
from monitor.web.asked import Asked
from monitor.web.exposition import COUNTER, GAUGE, MEDIA, Family, exposition, one
from monitor.web.screens import screens_of

OTHER = "other"
"""Stands for the channels and rules that the config does not name any more."""


def metrics(request: Request) -> Response:
    """GET /metrics"""
    Asked(request, ())
    screens = screens_of(request)
    config, now = screens.config(), screens.clock()
    census: Census = request.app.state.census
    with screens.store.read() as tx:
        found, held, states = figures(tx, now), census.of(tx), sources.states(tx)
        weight = size(tx, screens.store.place)
    waits = 0.0 if found.owed_since is None else max((now - found.owed_since).total_seconds(), 0.0)
    own, every = held.own.bit_count(), held.all.bit_count()
    families = [
        Family(
            "storywatch_info",
            GAUGE,
            "Its release and watch.",
            (({"version": __version__, "watch": config.watch.id}, 1),),
        ),
        *_pulse(request.app.state.pulse(), well=not screens.problem()),
        one("storywatch_archive_bytes", "Size of the database, without raw responses.", weight),
        Family(
            "storywatch_articles",
            GAUGE,
            "Articles in the archive, by whether they were fetched for the watch and belong to it.",
            (({"belongs": "yes"}, own), ({"belongs": "no"}, every - own)),
        ),
        one("storywatch_stories", "Stories.", found.stories),
        one("storywatch_developments", "Developments, those known from the start among them.", found.developments),
        *_alerts(config, found),
        one("storywatch_deliveries_due", "Deliveries that should have gone out by now.", found.due),
        one("storywatch_oldest_owed_seconds", "How long the one that waits longest has been due.", waits),
        *_fetches(found),
        one("storywatch_entries_waiting", "Listed entries whose page is still to be read.", found.waiting),
        one("storywatch_gaps_open", "Spans in which entries of a source may have been missed.", found.open_gaps),
        *_sources(config, {state.source_id: state for state in states}, request),
    ]
    return Response(exposition(families), headers={"Content-Type": MEDIA})


def _pulse(said: Mapping[str, float], *, well: bool) -> Iterable[Family]:
    """What only a daemon knows; the screens alone say nothing of it."""
    if not said:
        return []
    known = (
        ("tick_age_seconds", "Since the daemon's last tick, of which there is one a second."),
        ("tick_late_seconds", "By how much the latest of the last minute's ticks was late: what held up the loop."),
    )
    return [
        one("storywatch_well", "1 while the daemon is well, as /healthz says.", well),
        *(one(f"storywatch_{name}", words, said[name]) for name, words in known if name in said),
    ]


def _alerts(config: Config, found: Figures) -> Iterable[Family]:
    channels, rules = {each.id for each in config.channels}, {each.id for each in config.rules}
    sent: Counter[tuple[str, str]] = Counter()
    for (channel, state), many in found.deliveries.items():
        sent[channel if channel in channels else OTHER, state.value] += many
    fired: Counter[str] = Counter()
    for rule, many in found.firings.items():
        fired[rule if rule in rules else OTHER] += many
    deliveries = tuple(({"channel": channel, "state": state}, many) for (channel, state), many in sorted(sent.items()))
    firings = tuple(({"rule": rule}, many) for rule, many in sorted(fired.items()))
    return (
        Family("storywatch_firings_total", COUNTER, "Developments that each rule announced.", firings),
        Family("storywatch_deliveries", GAUGE, "Deliveries by channel and the state they are in.", deliveries),
    )


def _fetches(found: Figures) -> Iterable[Family]:
    samples = tuple(
        ({"kind": kind, "outcome": outcome.value}, many) for (kind, outcome), many in sorted(found.fetches.items())
    )
    yield Family("storywatch_fetches_last_hour", GAUGE, "Exchanges with servers in the last hour.", samples)


def _sources(config: Config, states: Mapping[str, SourceState], request: Request) -> Iterable[Family]:
    now = screens_of(request).clock()
    enabled = [states[each.id] for each in config.enabled_sources if each.id in states]
    ill = {state.source_id: troubled(state, now) for state in enabled}
    counted = (({"state": "working"}, len(ill) - sum(ill.values())), ({"state": "failing"}, sum(ill.values())))
    ages = tuple(
        ({"source": state.source_id}, max((now - state.last_ok).total_seconds(), 0.0))
        for state in enabled
        if state.last_ok is not None
    )
    working = tuple(({"source": name}, float(not bad)) for name, bad in ill.items())
    return (
        Family("storywatch_sources", GAUGE, "Enabled sources by whether they work.", counted),
        Family("storywatch_source_working", GAUGE, "1 while a source works.", working),
        Family("storywatch_source_last_ok_seconds", GAUGE, "Since a source's last good check.", ages),
    )
