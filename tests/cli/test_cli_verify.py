"""`verify` and `show --raw` on a small real archive with raw responses beside it."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.model import Fetch, Outcome, Wire
from monitor.store import evidence, open_store
from monitor.store.raw import RawWriter

Run = Callable[..., Any]
NOW = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
BODY = "<html><p>Truce in the harbour: Ärger, \x1b[31m мир.</p>".encode()


def _keep(folder: Path, article: int, outcome: Outcome, status: int, body: bytes) -> None:
    writer = RawWriter(folder / "warc")
    wire = Wire((("Host", "wire.example"),), (("Content-Type", "text/html"),))
    fetch = Fetch("http://wire.example/1", outcome, NOW, 0.1, status, "http://wire.example/1", body=body, wire=wire)
    kept = writer.keep(fetch, "wire.example/1", "test", NOW)
    writer.close()
    assert kept is not None
    with closing(open_store(f"sqlite:///{folder / 'archive.db'}")) as store, store.write() as tx:
        evidence.add(tx, kept, article)


@pytest.fixture
def kept(filled: Path) -> Path:
    """The folder with an archive whose first article has a page and a later refusal on the disk."""
    _keep(filled, 1, Outcome.OK, 200, BODY)
    _keep(filled, 1, Outcome.FORBIDDEN, 403, b"<p>No.</p>")
    return filled


def test_an_untouched_archive_is_verified_and_shows_its_head(run: Run, kept: Path) -> None:
    said = run("verify")
    assert said.code == 0, said.out
    assert said.out.startswith("head ") and "nothing was changed" in said.err
    assert "2 matches, 2 raw, 3 version, 2 warc" in said.err
    document = run("verify", "--json").json
    assert document["ok"] is True and document["faults"] == []
    assert document["checked"] == {"matches": 2, "raw": 2, "version": 3, "warc": 2}
    assert said.out == f"head {document['head']}\n"
    assert run("verify", "--head", document["head"]).code == 0


def test_a_changed_row_and_a_changed_byte_are_named(run: Run, kept: Path) -> None:
    head = run("verify", "--json").json["head"]
    with closing(sqlite3.connect(kept / "archive.db")) as archive, archive:
        archive.execute("UPDATE version SET title = 'Forged' WHERE id = 2")
    first = sorted((kept / "warc").iterdir())[0]
    data = bytearray(first.read_bytes())
    data[-30] ^= 1
    first.write_bytes(data)
    said = run("verify")
    assert said.code == 1
    assert "version 2 (number 1 of a2): was changed after it was sealed" in said.out
    assert f"raw record 1: its bytes differ from what was recorded: {first.name}" in said.out
    assert "2 differences found" in said.err
    document = run("verify", "--json")
    assert (document.code, document.json["ok"], len(document.json["faults"])) == (1, False, 2)
    assert run("verify", "--rows-only", "--json").json["faults"][0]["what"].startswith("version 2")
    position = head.partition(":")[0]
    assert "was written anew" in run("verify", "--head", f"{position}:{'0' * 64}").out


def test_a_backup_is_verified_where_it_lies(run: Run, kept: Path, tmp_path: Path) -> None:
    away = kept / "elsewhere"
    away.mkdir()
    assert run("backup", str(away / "copy.db")).code == 0
    shutil.copytree(kept / "warc", away / "warc")
    (kept / "archive.db").rename(kept / "gone.db")
    (away / "copy.db").chmod(0o400)
    said = run("verify", str(away / "copy.db"), "--raw", str(away / "warc"))
    assert said.code == 0, said.out + said.err
    assert sorted(path.name for path in away.iterdir()) == ["copy.db", "warc"]
    missing = run("verify", str(away / "copy.db"), "--raw", str(kept / "nowhere"))
    assert missing.code == 1 and "its file cannot be read" in missing.out


def test_what_cannot_be_verified_is_a_word(run: Run, folder: Path) -> None:
    said = run("verify", "nothing.db")
    assert said.code == 1 and "there is no archive at" in said.err
    assert not (folder / "nothing.db").exists()
    assert run("verify", "--head", "12").code == 2


def test_show_raw_gives_the_bytes_and_says_where_they_lie(run: Run, kept: Path) -> None:
    said = run("show", "a1", "--raw")
    assert said.code == 0, said.err
    assert said.out.encode() == BODY
    assert "200 ok http://wire.example/1" in said.err and "sha256" in said.err
    document = json.loads(run("show", "a1", "--raw", "--json").out)
    assert (document["status"], document["size"], document["body"].encode()) == (200, len(BODY), BODY)
    assert document["headers"] == [["Content-Type", "text/html"], ["Content-Length", str(len(BODY))]]
    assert document["metadata"]["extraction"] == "test"


def test_show_raw_says_why_there_is_nothing(run: Run, kept: Path) -> None:
    said = run("show", "a2", "--raw")
    assert said.code == 1 and "no raw response of a2 is kept" in said.err
    for path in (kept / "warc").iterdir():
        data = bytearray(path.read_bytes())
        data[-30] ^= 1
        path.write_bytes(data)
    said = run("show", "a1", "--raw")
    assert said.code == 1 and "was changed" in said.err and said.out == ""
    with closing(open_store(f"sqlite:///{kept / 'archive.db'}")) as store, store.write() as tx:
        evidence.expire(tx, [1, 2], NOW)
    assert "it was given up at 2026-03-20T09:00:00Z" in run("show", "a1", "--raw").err


def test_show_names_what_proves_each_version(run: Run, kept: Path) -> None:
    (version,) = run("show", "a1", "--json").json["history"]
    refused, read = version["provenance"]["raw"]
    assert (refused["status"], refused["outcome"], read["status"], read["outcome"]) == (403, "forbidden", 200, "ok")
    assert (read["sha256"], read["size"]) == (hashlib.sha256(BODY).hexdigest(), len(BODY))
    assert (read["url"], read["fetched"]) == ("http://wire.example/1", "2026-03-20T09:00:00Z")
    with (kept / "warc" / read["file"]).open("rb") as file:
        file.seek(read["offset"])
        assert BODY in gzip.decompress(file.read(read["length"]))
    seals = {(row[0], row[1]): row[2:] for row in _rows(kept, "SELECT kind, row_id, position, digest, chain FROM seal")}
    for kind, row_id, told in (("version", 1, version["provenance"]), ("raw", read["record"], read)):
        assert tuple(told["seal"].values()) == seals[kind, row_id]
    said = run("show", "a1").out
    assert f"sha256 {read['sha256']}" in said and version["provenance"]["seal"]["chain"] in said
    assert read["command"] in said and f"record     {read['record']} in {read['file']}" in said


def test_show_raw_gives_the_record_that_is_asked_for(run: Run, kept: Path) -> None:
    refused, read = run("show", "a1", "--json").json["history"][0]["provenance"]["raw"]
    assert run(*refused["command"].split()[1:]).out == "<p>No.</p>"
    assert run(*read["command"].split()[1:]).out.encode() == BODY
    told = run("show", "a1", "--raw", "--record", str(refused["record"]), "--json").json
    assert told["record"] == refused["record"] and told["warc_record_id"].startswith("<urn:uuid:")
    other = run("show", "a2", "--raw", "--record", str(read["record"]))
    assert other.code == 2 and f"a2 has no raw record {read['record']}" in other.err
    assert run("show", "a1", "--record", "1").code == 2


def test_what_is_not_there_is_not_promised(run: Run, kept: Path) -> None:
    assert "raw        no record of a page is kept" in run("show", "a2").out
    with closing(open_store(f"sqlite:///{kept / 'archive.db'}")) as store, store.write() as tx:
        evidence.expire(tx, [1, 2], NOW)
    told = run("show", "a1", "--json").json["history"][0]["provenance"]["raw"]
    assert [(row["expired"], row["command"]) for row in told] == [("2026-03-20T09:00:00Z", None)] * 2
    said = run("show", "a1").out
    assert "given up at 2026-03-20T09:00:00Z" in said and "--record" not in said
    with closing(sqlite3.connect(kept / "archive.db")) as archive, archive:
        archive.execute("DELETE FROM seal WHERE kind = 'version'")
    assert "sealed     by nobody" in run("show", "a1").out


def _rows(folder: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(folder / "archive.db")) as archive:
        return archive.execute(query).fetchall()
