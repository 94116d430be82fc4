"""Where a version comes from, to be checked by anybody: the exchanges it was read from, and its seals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from monitor.store import evidence
from monitor.store.chain import Kind, Seal, in_force
from monitor.store.evidence import RawRow


@dataclass(frozen=True, slots=True)
class Provenance:
    """`raw`: the exchanges of a version, newest first. `seal` is of the version's row, `raw_seals` are by raw id."""

    seal: Seal | None
    raw: tuple[RawRow, ...]
    raw_seals: Mapping[int, Seal]


def of_versions(tx: Connection, version_ids: Sequence[int]) -> dict[int, Provenance]:
    """The provenance of each of these versions, by its id."""
    sealed = in_force(tx, Kind.VERSION, version_ids)
    rows = evidence.of_versions(tx, version_ids)
    raw_seals = in_force(tx, Kind.RAW, [row.id for row in rows])
    found = {}
    for version_id in version_ids:
        own = tuple(row for row in rows if row.version_id == version_id)
        seals = {row.id: raw_seals[row.id] for row in own if row.id in raw_seals}
        found[version_id] = Provenance(sealed.get(version_id), own, seals)
    return found
