"""The seals: nothing that was recorded can be changed, removed or added without `verify` naming it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text, update

from monitor.model import Fetch, Outcome, Wire
from monitor.store import Store, articles, evidence, rules
from monitor.store.chain import START, Seal, head, link, seal_unsealed
from monitor.store.provenance import Provenance, of_versions
from monitor.store.raw import Kept, RawWriter
from monitor.store.tables import article, match, raw, seal, version, warc
from monitor.store.verify import Verdict, verify

NOW = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)


@dataclass
class Proven:
    """An archive with two articles, three versions, matches and three raw records."""

    store: Store
    folder: Path
    kept: list[Kept]

    def verify(self, **more: Any) -> Verdict:
        return verify(self.store, self.folder, lambda _done, _total: None, **more)

    def faults(self, **more: Any) -> list[str]:
        return [f"{one.what}: {one.message}" for one in self.verify(**more).faults]

    def execute(self, statement: Any) -> None:
        with self.store.write() as tx:
            tx.execute(statement)


def _page(number: int) -> Fetch:
    url = f"https://courier.example/{number}"
    wire = Wire((("Host", "courier.example"),), (("Content-Type", "text/html"),))
    return Fetch(url, Outcome.OK, NOW, 0.1, 200, url, body=b"<p>Envoys</p>" * number, wire=wire)


@pytest.fixture
def proven(store: Store, tmp_path: Path, make: Any) -> Proven:
    return _filled(store, tmp_path, make)


@pytest.fixture
def small(sqlite_store: Store, tmp_path: Path, make: Any) -> Proven:
    return _filled(sqlite_store, tmp_path, make)


def _filled(store: Store, tmp_path: Path, make: Any) -> Proven:
    writer = RawWriter(tmp_path / "warc")
    kept = [one for number in (1, 2, 3) if (one := writer.keep(_page(number), f"k{number}", "test", NOW)) is not None]
    writer.close()
    with store.write() as tx:
        make.sync(tx)
        first, version_id = make.article(tx, "a")
        rules.add_matches(tx, version_id, [make.match("port"), make.match("Ärger"), make.match("Zoll")], NOW)
        evidence.add(tx, kept[0], first)
        second, _ = make.article(tx, "b", make.reading("Another text of the day.\n\nWith «quotes» \U0001f6a2."))
        evidence.add(tx, kept[1], second)
        later = articles.add_version(tx, first, make.reading("It changed."), make.judgement(), NOW, development_id=None)
        rules.add_matches(tx, later, [make.match()], NOW)
        evidence.add(tx, kept[2], first)
    return Proven(store, tmp_path / "warc", kept)


def test_nothing_is_wrong_with_what_nobody_touched(proven: Proven) -> None:
    told: list[tuple[int, int]] = []
    verdict = verify(proven.store, proven.folder, lambda done, total: told.append((done, total)))
    assert verdict.faults == []
    assert verdict.checked == {"version": 3, "matches": 2, "warc": 1, "raw": 3}
    assert verdict.read == sum(one.length for one in proven.kept) + proven.kept[0].warc.head
    assert told == [(9, 9)]
    with proven.store.read() as tx:
        assert verdict.head == head(tx)
        assert tx.scalar(select(raw.c.version_id).order_by(raw.c.id.desc()).limit(1)) == 3


OTHER = {str: "other", int: 7_777, float: 0.123, bool: True, datetime: NOW + timedelta(microseconds=1)}
SEALED = [
    *((version, one.name) for one in version.c if one.name not in ("id", "article_id", "nearest_id", "development_id")),
    *((article, name) for name in ("url_key", "source_id", "first_seen")),
    *((match, name) for name in ("rule_id", "revision", "created", "hits")),
    *((warc, name) for name in ("file", "head", "head_digest", "begun", "expired")),
    *((raw, one.name) for one in raw.c if one.name not in ("id", "warc_id", "version_id")),
]


@pytest.mark.parametrize(("table", "column"), SEALED, ids=lambda one: str(getattr(one, "name", one)))
def test_every_changed_column_is_found(small: Proven, table: Any, column: str) -> None:
    of = table.c[column]
    key = next(iter(table.primary_key))
    with small.store.write() as tx:
        row = tx.execute(select(key, of).limit(1)).one()
        before = row[1]
        if column == "level":
            after: Any = "copy"
        elif isinstance(before, bool):
            after = not before
        elif before is None:
            after = NOW
        elif isinstance(before, list | dict):
            after = [*before, 1] if isinstance(before, list) else {**before, "x": 1}
        else:
            after = OTHER[type(before)]
        where = key == row[0] if len(table.primary_key) == 1 else (key == row[0]) & (of == before)
        tx.execute(update(table).where(where).values({column: after}))
    assert small.faults(), f"{table.name}.{column}: {before!r} -> {after!r}"


def test_the_changed_row_is_named_and_only_it(proven: Proven) -> None:
    proven.execute(update(version).where(version.c.id == 2).values(text=version.c.text + "."))
    assert proven.faults() == ["version 2 (number 1 of a2): was changed after it was sealed"]
    proven.execute(update(match).where(match.c.version_id == 3).values(revision="abd"))
    assert proven.faults()[1:] == ["matches of version 3: was changed after it was sealed"]


def test_what_was_removed_is_missed(proven: Proven) -> None:
    proven.execute(delete(match).where(match.c.version_id == 3))
    proven.execute(delete(raw).where(raw.c.id == 2))
    assert proven.faults() == ["raw record 2: is missing", "matches of version 3: is missing"]


def test_a_removed_match_of_several_is_found(proven: Proven) -> None:
    proven.execute(delete(match).where(match.c.version_id == 1, match.c.rule_id == "Zoll"))
    assert proven.faults() == ["matches of version 1: was changed after it was sealed"]


def test_what_others_added_is_found(proven: Proven) -> None:
    with proven.store.write() as tx:
        row = dict(tx.execute(select(raw).where(raw.c.id == 1)).one()._mapping)
        tx.execute(insert(raw).values({**row, "id": 40}))
    assert proven.faults() == ["raw record 40: is not sealed: it was added by other hands"]


def test_a_changed_seal_is_found(proven: Proven) -> None:
    proven.execute(update(seal).where(seal.c.position == 3).values(chain="f" * 64))
    found = proven.faults()
    assert [one.partition(":")[0] for one in found] == ["seal 3", "seal 4"]
    assert all("does not fit the chain" in one for one in found)


def test_a_removed_seal_is_found(proven: Proven) -> None:
    proven.execute(delete(seal).where(seal.c.position == 3))
    assert [one.partition(": ")[2][:30] for one in proven.faults()] == [
        "does not follow seal 2: those ",
        "is not sealed: it was added by",
    ]


def test_a_seal_with_a_new_digest_still_breaks_the_chain(proven: Proven) -> None:
    proven.execute(update(seal).where(seal.c.position == 1).values(digest="0" * 64))
    found = proven.faults()
    assert found[0].startswith("seal 1: does not fit") and "version 1 " in found[1]


def test_a_chain_that_was_written_anew_is_only_found_by_its_noted_head(proven: Proven) -> None:
    noted = proven.verify().head
    with proven.store.write() as tx:
        tx.execute(update(version).where(version.c.id == 1).values(title="Forged"))
        tx.execute(delete(seal))
        seal_unsealed(tx)
        before = START
        for row in tx.execute(select(seal).order_by(seal.c.position)).all():
            before = link(before, row.position, row.kind, row.row_id, row.digest)
    found = proven.faults(noted=noted)
    assert any("is missing, and with it all that came after" in one for one in found)
    with proven.store.read() as tx:
        position, chain = head(tx)
    assert chain == before
    forged = proven.faults(noted=(position, noted[1]))
    assert any("was written anew" in one for one in forged)


def test_rows_cut_off_the_end_are_found_by_the_noted_head(proven: Proven) -> None:
    noted = proven.verify().head
    proven.execute(delete(seal).where(seal.c.position == noted[0]))
    proven.execute(delete(raw).where(raw.c.id == 3))
    assert proven.faults() == []
    assert proven.faults(noted=noted) == [f"seal {noted[0]}: is missing, and with it all that came after it"]


def test_every_flipped_byte_of_a_file_is_found(small: Proven) -> None:
    proven = small
    (path,) = proven.folder.iterdir()
    data = path.read_bytes()
    missed = []
    for at in range(0, len(data), 11):
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        found = proven.faults()
        if len(found) != 1 or "its bytes differ" not in found[0]:
            missed.append((at, found))
    path.write_bytes(data)
    assert missed == []
    assert proven.faults() == []


def test_a_missing_or_shortened_file_is_found_until_it_has_expired(proven: Proven) -> None:
    (path,) = proven.folder.iterdir()
    data = path.read_bytes()
    path.write_bytes(data[:-1])
    assert len(proven.faults()) == 1
    path.unlink()
    assert len(proven.faults()) == 4
    assert proven.verify().read == 0
    with proven.store.write() as tx:
        evidence.expire(tx, [1], NOW)
    verdict = proven.verify()
    assert (verdict.faults, verdict.expired, verdict.checked["raw"]) == ([], 3, 3)
    proven.execute(update(warc).values(expired=None))
    assert any("was changed after it was sealed" in one for one in proven.faults())


def test_rows_that_cannot_be_read_any_more_are_named(small: Proven) -> None:
    with small.store.write() as tx:
        tx.execute(text("UPDATE version SET evidence = '{broken' WHERE id = 2"))
        tx.execute(text("UPDATE raw SET fetched = 'yesterday' WHERE id = 1"))
    found = small.faults()
    assert [one.partition(":")[0] for one in found] == ["raw record 1", "version 2"]
    assert all("cannot be read" in one for one in found)


def test_raw_records_can_be_left_out(proven: Proven) -> None:
    for path in proven.folder.iterdir():
        path.unlink()
    verdict = verify(proven.store, None, lambda _done, _total: None)
    assert (verdict.faults, verdict.read) == ([], 0)


def test_two_transactions_at_once_seal_one_after_another(store: Store, make: Any) -> None:
    with store.write() as tx:
        make.sync(tx)

    def file(name: str) -> None:
        for number in range(8):
            with store.write() as tx:
                make.article(tx, f"{name}{number}", replace(make.reading(), sketch=make.reading(sampled=()).sketch))

    threads = [threading.Thread(target=file, args=(name,)) for name in "abc"]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    verdict = verify(store, None, lambda _done, _total: None)
    assert (verdict.faults, verdict.head[0]) == ([], 24)


def test_the_provenance_of_a_version_is_what_was_recorded_of_it(proven: Proven) -> None:
    with proven.store.read() as tx:
        ids = list(tx.scalars(select(version.c.id).order_by(version.c.id)))
        found = of_versions(tx, [*ids, 99])
        position, chain = head(tx)
        digests = {row.position: row.digest for row in tx.execute(select(seal))}
    assert [[row.payload for row in found[one].raw] for one in ids] == [[kept.payload] for kept in proven.kept]
    assert found[99] == Provenance(None, (), {})
    newest = found[ids[-1]]
    assert newest.raw_seals[newest.raw[0].id] == Seal(position, digests[position], chain)
    placed = [one.seal.position for number in ids if (one := found[number]).seal is not None]
    assert placed == sorted(placed) and len(placed) == 3
