"""What becomes of raw responses after they were kept: the oldest files are given up, by age and by size."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.store import Store, evidence, raw


@dataclass(frozen=True, slots=True)
class _File:
    begun: datetime
    path: Path
    size: int
    warc_id: int | None
    expired: bool


def forget_raw(store: Store, folder: Path, keep: timedelta, most_bytes: int, now: datetime) -> tuple[str, ...]:
    """Delete the WARC files that are older than `keep`, then the oldest until `most_bytes` hold the rest.

    The archive says first that they are given up, so that no row ever promises what is not there. Returns their names.
    """
    found = _files(store, folder)
    doomed = _doomed(found, keep, most_bytes - raw.open_bytes(folder), now)
    with store.write() as tx:
        evidence.expire(tx, [one.warc_id for one in doomed if one.warc_id is not None and not one.expired], now)
    for one in doomed:
        one.path.unlink(missing_ok=True)
    return tuple(one.path.name for one in doomed)


def _files(store: Store, folder: Path) -> list[_File]:
    with store.read() as tx:
        known = {one.file: one for one in evidence.warcs(tx)}
    found = []
    for path, size, changed in raw.files(folder):
        row = known.get(path.name)
        # A file that no row names (its process died before it could) ages by itself.
        begun = datetime.fromtimestamp(changed, UTC) if row is None else row.begun
        found.append(
            _File(begun, path, size, None if row is None else row.id, row is not None and row.expired is not None)
        )
    return sorted(found, key=lambda one: one.begun)


def _doomed(found: list[_File], keep: timedelta, room: int, now: datetime) -> list[_File]:
    left = sum(one.size for one in found)
    doomed = []
    for one in found:
        # Its newest exchange may be as much younger than the file.
        if one.expired or one.begun + raw.LONGEST < now - keep or left > room:
            doomed.append(one)
            left -= one.size
    return doomed
