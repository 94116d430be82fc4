"""Channels on trial without a message: name, connection, TLS and sign-in of each, side by side, within a time."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator, Mapping

from alerts.channels import Channel
from alerts.owing import places
from monitor.config import ChannelConfig, Config
from monitor.errors import DeliveryError
from monitor.runtime.doctor import place
from monitor.runtime.finding import Finding, Grade

LONGEST_SECONDS = 30.0


def probed(config: Config, channels: Mapping[str, Channel], seconds: float = LONGEST_SECONDS) -> Iterator[Finding]:
    """A line for each channel, in the order of the config. One that has not answered in time has failed."""
    answers: queue.SimpleQueue[Finding] = queue.SimpleQueue()
    for number, one in enumerate(config.channels):
        # Nobody waits for these threads: what hangs may hang.
        work = (answers, config, number, one, channels[one.id])
        threading.Thread(target=_answer, args=work, name=f"probe {one.id}", daemon=True).start()
    found: dict[str, Finding] = {}
    end = time.monotonic() + seconds
    while len(found) < len(config.channels):
        try:
            answer = answers.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            break
        found[answer.check] = answer
    for number, one in enumerate(config.channels):
        late = Finding(_name(one), Grade.FAIL, f"no answer within {seconds:g} s", _mend(config, number, one))
        yield found.get(_name(one), late)


def _answer(
    answers: queue.SimpleQueue[Finding], config: Config, number: int, one: ChannelConfig, channel: Channel
) -> None:
    try:
        # A channel's readers differ in their address only: the server is the same for all of them.
        said = channel.probe(places(one)[0])
    except DeliveryError as error:
        answers.put(Finding(_name(one), Grade.FAIL, str(error), _mend(config, number, one)))
    except Exception as error:
        # Deliberately everything, and without its text: nobody has looked whether that may be shown.
        fault = f"a fault in storywatch: {type(error).__name__}"
        answers.put(Finding(_name(one), Grade.FAIL, fault, f"`storywatch alerts test {one.id} --debug` shows where"))
    else:
        answers.put(Finding(_name(one), Grade.OK, said))


def _name(one: ChannelConfig) -> str:
    return f"channel {one.id}"


def _mend(config: Config, number: int, one: ChannelConfig) -> str:
    where = place(config.problem(("channels", number), ""))
    return f"edit {where} or what it names, then `storywatch alerts test {one.id}`"
