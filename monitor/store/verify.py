"""Holding the archive against its seals, offline and read-only: every row, every raw record, the chain itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from monitor.errors import StoreError
from monitor.store.chain import START, Content, Kind, contents, count, digest_of, link, seals, unsealed
from monitor.store.engine import Store
from monitor.store.raw import read_bytes
from monitor.store.records import sha256
from monitor.store.rows import AnyRow
from monitor.store.tables import warc

_UNREADABLE = (SQLAlchemyError, StoreError, ValueError, TypeError, LookupError)


@dataclass(frozen=True, slots=True)
class Fault:
    """One difference: what it was found at, the position of the seal (0: none), and what is wrong in words."""

    what: str
    position: int
    message: str


@dataclass
class Verdict:
    """What verifying found. `checked` counts rows by kind, `read` the bytes of raw records, `expired` those given up.

    `head` is the newest seal's position and chain: noted elsewhere, it proves later that nothing before it was
    rewritten as a whole.
    """

    checked: Counter[str] = field(default_factory=Counter)
    read: int = 0
    expired: int = 0
    head: tuple[int, str] = (0, START)
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    expired: bool


@dataclass
class _Files:
    """The WARC files as one batch sees them."""

    store: Store
    folder: Path
    seen: dict[int, _File | None] = field(default_factory=dict)

    def known(self, warc_id: int) -> _File | None:
        if warc_id not in self.seen:
            self.seen[warc_id] = self.looked_up(warc_id)
        return self.seen[warc_id]

    def looked_up(self, warc_id: int) -> _File | None:
        with self.store.read() as tx:
            query = select(warc.c.file, warc.c.expired.is_not(None).label("expired")).where(warc.c.id == warc_id)
            row = tx.execute(query).first()
        return None if row is None else _File(row.file, bool(row.expired))


def verify(
    store: Store,
    folder: Path | None,
    tell: Callable[[int, int], None],
    *,
    noted: tuple[int, str] | None = None,
) -> Verdict:
    """Compare everything that is sealed with its seal; `folder` None leaves raw records out.

    `tell(done, total)` hears how many seals are done. `noted` is the head of an earlier verdict.
    """
    verdict = Verdict()
    with store.read() as tx:
        total = count(tx)
    while batch := _batch(store, verdict.head[0]):
        _check_batch(store, folder, batch, verdict)
        tell(verdict.head[0], max(total, verdict.head[0]))
        _check_noted(batch, noted, verdict)
    if noted is not None and verdict.head[0] < noted[0]:
        verdict.faults.append(Fault(f"seal {noted[0]}", noted[0], "is missing, and with it all that came after it"))
    _check_bare(store, verdict)
    return verdict


def _batch(store: Store, after: int) -> Sequence[AnyRow]:
    with store.read() as tx:
        return seals(tx, after)


def _check_batch(store: Store, folder: Path | None, batch: Sequence[AnyRow], verdict: Verdict) -> None:
    found = {kind: _contents(store, kind, [one.row_id for one in batch if _is(one, kind)]) for kind in Kind}
    files = _Files(store, folder) if folder is not None else None
    for seal in batch:
        position, before = verdict.head
        verdict.faults += _chain_faults(seal, position, before)
        verdict.head = (seal.position, seal.chain)
        if seal.position != seal.newest or seal.kind not in found:
            continue
        kind = Kind(seal.kind)
        verdict.checked[seal.kind] += 1
        content = found[kind].get(seal.row_id)
        what = _named(kind, seal.row_id, content)
        message = _row_fault(content, seal.digest)
        if message:
            verdict.faults.append(Fault(what, seal.position, message))
        elif files is not None and isinstance(content, dict) and kind in (Kind.RAW, Kind.WARC):
            _check_bytes(files, kind, content, Fault(what, seal.position, ""), verdict)


def _is(seal: AnyRow, kind: Kind) -> bool:
    return bool(seal.kind == kind.value and seal.position == seal.newest)


def _chain_faults(seal: AnyRow, position: int, before: str) -> Iterator[Fault]:
    what = f"seal {seal.position}"
    if seal.kind not in set(Kind):
        yield Fault(what, seal.position, f"is of an unknown kind {seal.kind!r}")
    if seal.position != position + 1:
        yield Fault(what, seal.position, f"does not follow seal {position}: those between are missing")
    elif link(before, seal.position, seal.kind, seal.row_id, seal.digest) != seal.chain:
        yield Fault(what, seal.position, "does not fit the chain: this seal or the one before it was changed")


def _contents(store: Store, kind: Kind, row_ids: Sequence[int]) -> Mapping[int, Content | str]:
    """The rows by id; for one that cannot be read, the reason."""
    if not row_ids:
        return {}
    try:
        with store.read() as tx:
            return contents(tx, kind, row_ids)
    except _UNREADABLE as error:
        if len(row_ids) == 1:
            return {row_ids[0]: f"cannot be read: {' '.join(str(error).split())[:200]}"}
    half = len(row_ids) // 2
    return {**_contents(store, kind, row_ids[:half]), **_contents(store, kind, row_ids[half:])}


def _row_fault(content: Content | str | None, digest: str) -> str:
    if content is None:
        return "is missing"
    if isinstance(content, str):
        return content
    try:
        return "" if digest_of(content) == digest else "was changed after it was sealed"
    except (ValueError, TypeError) as error:
        return f"cannot be read: {error}"


def _named(kind: Kind, row_id: int, content: Content | str | None) -> str:
    found = content if isinstance(content, dict) else {}
    if kind is Kind.VERSION and found:
        return f"version {row_id} (number {found['number']} of a{found['article_id']})"
    if kind is Kind.WARC and found:
        return f"file {found['file']}"
    return {Kind.MATCHES: f"matches of version {row_id}", Kind.RAW: f"raw record {row_id}"}.get(
        kind, f"{kind} {row_id}"
    )


def _check_bytes(files: _Files, kind: Kind, content: Content, at: Fault, verdict: Verdict) -> None:
    warc_id = content["warc_id"] if kind is Kind.RAW else content["id"]
    file = files.known(warc_id)
    if file is None:
        verdict.faults.append(replace(at, message=f"names the file {warc_id}, which the archive does not know"))
        return
    if file.expired:
        verdict.expired += kind is Kind.RAW
        return
    offset, length = (content["offset"], content["length"]) if kind is Kind.RAW else (0, content["head"])
    digest = content["digest"] if kind is Kind.RAW else content["head_digest"]
    try:
        data = read_bytes(files.folder, file.name, offset, length)
    except (OSError, ValueError) as error:
        again = files.looked_up(warc_id)
        if again is None or not again.expired:
            verdict.faults.append(replace(at, message=f"its file cannot be read: {file.name}: {error}"))
        return
    verdict.read += len(data)
    if sha256(data) != digest:
        where = f"{file.name}, bytes {offset} to {offset + length}"
        verdict.faults.append(replace(at, message=f"its bytes differ from what was recorded: {where}"))


def _check_noted(batch: Sequence[AnyRow], noted: tuple[int, str] | None, verdict: Verdict) -> None:
    if noted is None:
        return
    for seal in batch:
        if seal.position == noted[0] and seal.chain != noted[1]:
            message = "is not the one that was noted: the chain was written anew"
            verdict.faults.append(Fault(f"seal {seal.position}", seal.position, message))


def _check_bare(store: Store, verdict: Verdict) -> None:
    for kind in Kind:
        with store.read() as tx:
            bare = unsealed(tx, kind)
        for row_id in bare:
            verdict.faults.append(Fault(_named(kind, row_id, None), 0, "is not sealed: it was added by other hands"))
