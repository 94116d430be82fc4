"""What the doctor finds: config, archive, disk, folders, clock, and whether alerts arrive. Nothing is changed."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from alerts.wording import counted, when
from monitor.config import Config
from monitor.errors import Problem, StoreError
from monitor.pipeline.notices import shut, stuck
from monitor.runtime.finding import Finding, Grade
from monitor.runtime.surroundings import surroundings
from monitor.store import Store, deliveries, lanes, open_store, schema_problem, soundness, sources

_FULL, _TIGHT = 200 * 10**6, 2 * 10**9
_AHEAD = timedelta(minutes=1)
_CHECK_SECONDS = 20.0


def unreadable(problems: tuple[Problem, ...]) -> list[Finding]:
    """A config that cannot be used: every problem with its place."""
    return [Finding("config", Grade.FAIL, str(one), f"edit {place(one)}") for one in problems]


def place(problem: Problem) -> str:
    """Where to edit: file and line."""
    return f"{problem.file}:{problem.line}" if problem.line else problem.file


def general(config: Config, now: datetime) -> Iterator[Finding]:
    """What is looked at whatever was asked for, in the order in which one thing stands on the other."""
    yield Finding("config", Grade.OK, f"{config.file}{' (built in)' if config.built_in else ''} is understood")
    for one in config.warnings:
        yield Finding("config", Grade.WARN, str(one), f"edit {place(one)}")
    yield from _folders(config)
    yield from _database(config, now)
    yield from surroundings(config, now)


def _database(config: Config, now: datetime) -> Iterator[Finding]:
    problem = schema_problem(config.archive.url)
    if problem:
        yield _no_archive(config, problem)
        return
    try:
        store = open_store(config.archive.url, synchronous=config.archive.synchronous, create=False)
        with contextlib.closing(store):
            yield Finding("database", Grade.OK, f"{config.archive.shown_url} has this version's schema")
            yield _whole(store)
            yield _clock(store, now)
            yield from _alerts(store, config, now)
    except StoreError as error:
        yield Finding("database", Grade.FAIL, str(error), "mend what it says, then `storywatch verify`")


def _whole(store: Store) -> Finding:
    broken = soundness.damage(store, _CHECK_SECONDS)
    if broken is None:
        said = f"not checked to its end within {_CHECK_SECONDS:g} s: it is large"
        return Finding("integrity", Grade.WARN, said, "`storywatch verify`")
    if broken:
        return Finding("integrity", Grade.FAIL, broken, "stop the daemon, then `storywatch restore` the last backup")
    return Finding("integrity", Grade.OK, "the database finds nothing broken in itself")


def _no_archive(config: Config, problem: str) -> Finding:
    file = config.archive.file
    if file is not None and not file.exists():
        return Finding("database", Grade.WARN, problem, "`storywatch run`")
    mend = "`storywatch migrate`" if "migrate" in problem else "`storywatch run`" if "is empty" in problem else ""
    return Finding("database", Grade.FAIL, problem, mend or "mend [archive] url or the server behind it")


def _folders(config: Config) -> Iterator[Finding]:
    """Room and rights, where the archive and the raw responses lie."""
    file = config.archive.file
    wanted = {"archive": file.parent if file is not None else None, "raw responses": config.archive.raw_folder}
    seen: set[Path] = set()
    for name, folder in wanted.items():
        if folder is None:
            continue
        there = _existing(folder)
        if not os.access(there, os.W_OK | os.X_OK):
            mend = f"`chown -R $(id -u) '{there}'`, or another folder in [archive]"
            yield Finding("folder", Grade.FAIL, f"{folder} ({name}) cannot be written by this user", mend)
        else:
            yield Finding("folder", Grade.OK, f"{folder} ({name}) can be written")
        if there not in seen:
            seen.add(there)
            yield _room(there)


def _existing(folder: Path) -> Path:
    return next(one for one in (folder, *folder.parents) if one.exists())


def _room(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    said = f"{free / 10**9:.1f} GB free at {folder}"
    if free >= _TIGHT:
        return Finding("disk", Grade.OK, said)
    return Finding("disk", Grade.FAIL if free < _FULL else Grade.WARN, said, "free some, or lower [archive] max_raw")


def _clock(store: Store, now: datetime) -> Finding:
    """The archive remembers how late it was: time does not go back."""
    with store.read() as tx:
        checked = [one.last_checked for one in sources.states(tx) if one.last_checked is not None]
    latest = max(checked, default=None)
    shown = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    if latest is not None and latest > now + _AHEAD:
        said = f"it is {shown}, but the archive was written at {latest:%Y-%m-%d %H:%M:%S} UTC"
        return Finding("clock", Grade.FAIL, said, "`timedatectl set-ntp true`")
    return Finding("clock", Grade.OK, shown)


def _alerts(store: Store, config: Config, now: datetime) -> Iterator[Finding]:
    """What stands in the archive about alerts that do not arrive."""
    zone, known = config.watch.timezone, {one.id for one in config.channels}
    with store.read() as tx:
        off = [one for one in shut(lanes.lanes(tx, now)) if one.channel in known]
        late = stuck(tx, config, now)
        dead = deliveries.dead(tx)
    for lane in off:
        said = f"channel {lane.channel} is switched off since {when(lane.since, zone)}: {lane.reason}"
        yield Finding("alerts", Grade.FAIL, said, f"mend that, then `storywatch alerts test {lane.channel}`")
    for one in late:
        said = f"{counted(one.count, 'alert')} to {one.channel} not delivered since {when(one.since, zone)}"
        yield Finding("alerts", Grade.FAIL, f"{said}: {one.reason}", f"`storywatch alerts test {one.channel}`")
    if dead:
        yield Finding("alerts", Grade.WARN, f"{counted(dead, 'alert')} given up", "`storywatch alerts retry`")
    if not (off or late or dead):
        yield Finding("alerts", Grade.OK, "nothing is stuck")
