"""An export that is interrupted: the whole file or a part to go on with, by a real SIGINT and a real kill."""

from __future__ import annotations

import csv
import functools
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from monitor.model import Fetch, Outcome, Wire
from monitor.store import evidence, open_store
from monitor.store.raw import RawWriter

NOW = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
MANY = 2500
Run = Callable[..., Any]


@pytest.fixture(scope="module")
def crowd(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small archive with thousands of articles more; each has two lines in a CSV."""
    file = tmp_path_factory.mktemp("crowd") / "archive.db"
    file.write_bytes(archive.read_bytes())
    with sqlite3.connect(file) as db:
        for table, changed in (
            ("article", {"id": "1000 + n", "url": "'http://wire.example/c' || n", "url_key": "'wire.example/c' || n"}),
            ("version", {"id": "1000 + n", "article_id": "1000 + n"}),
        ):
            columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
            chosen = ", ".join(changed.get(name, f'"{name}"') for name in columns)
            key = "id" if table == "article" else "article_id"
            db.execute(
                f"WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < {MANY}) "
                f"INSERT INTO {table} SELECT {chosen} FROM {table}, many WHERE {key} = 1"
            )
    return file


@pytest.fixture
def many(folder: Path, crowd: Path) -> Path:
    (folder / "archive.db").write_bytes(crowd.read_bytes())
    return folder


def interrupted(folder: Path, target: str, how: signal.Signals) -> subprocess.CompletedProcess[str]:
    """Begin an export and end it as soon as it has something to go on with."""
    # Where the tests themselves run in the background, interrupts are ignored, and children would inherit that.
    heed = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    command = [sys.executable, "-m", "monitor", "export", "-o", target]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, cwd=folder, env=environment, preexec_fn=heed, stderr=subprocess.PIPE, text=True
    ) as process:
        note = folder / f"{target}.part.json"
        deadline = time.monotonic() + 60
        while not note.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        process.send_signal(how)
        _, told = process.communicate(timeout=60)
    return subprocess.CompletedProcess(command, process.returncode, "", told)


def ids(file: Path) -> list[str]:
    """The articles of an export, as its own readers see them."""
    if file.suffix == ".csv":
        with file.open(newline="", encoding="utf-8") as lines:
            return [row["id"] for row in csv.DictReader(lines)]
    if file.suffix == ".atom":
        space = "{http://www.w3.org/2005/Atom}"
        names = [one.findtext(f"{space}id") or "" for one in ElementTree.parse(file).iter(f"{space}entry")]
        return [name.rpartition("/")[2] for name in names]
    return [json.loads(line)["id"] for line in file.read_text(encoding="utf-8").splitlines()]


WANTED = [*(f"a{number}" for number in range(1000 + MANY, 1000, -1)), "a2", "a1"]


@pytest.mark.parametrize(
    ("target", "how"), [("all.jsonl", signal.SIGINT), ("all.csv", signal.SIGKILL), ("all.atom", signal.SIGINT)]
)
def test_what_was_cut_off_goes_on_and_ends_whole(run: Run, many: Path, target: str, how: signal.Signals) -> None:
    ended = interrupted(many, target, how)
    assert ended.returncode == (130 if how is signal.SIGINT else -signal.SIGKILL), ended.stderr
    assert "Traceback" not in ended.stderr
    if how is signal.SIGINT:
        assert f"`storywatch export --resume -o {target}` goes on" in ended.stderr
    assert not (many / target).exists() and (many / f"{target}.part").stat().st_mode & 0o777 == 0o600
    assert 0 < json.loads((many / f"{target}.part.json").read_text())["count"] < len(WANTED)
    # What a kill cut in the middle of a row is behind the last note.
    with (many / f"{target}.part").open("ab") as part:
        part.write(b'{"id": "a1", "title": "half a r')
    assert run("export", "-o", target).code == 2
    said = run("export", "--resume", "-o", target)
    assert said.code == 0, said.err
    assert f"{len(WANTED)} articles" in said.err
    assert ids(many / target) == WANTED
    assert [path.name for path in many.glob(f"{target}.part*")] == []


def test_an_article_that_came_meanwhile_is_not_mixed_in(run: Run, many: Path) -> None:
    interrupted(many, "all.jsonl", signal.SIGINT)
    with sqlite3.connect(many / "archive.db") as db:
        db.execute("UPDATE article SET id = 99000, url_key = 'x' WHERE id = 1001")
        db.execute("UPDATE version SET article_id = 99000 WHERE article_id = 1001")
    assert run("export", "--resume", "-o", "all.jsonl").code == 0
    assert "a99000" not in ids(many / "all.jsonl")


def test_raw_records_go_on_byte_for_byte(run: Run, filled: Path) -> None:
    writer = RawWriter(filled / "warc")
    with closing(open_store(f"sqlite:///{filled / 'archive.db'}")) as store:
        for body in (b"one", b"two", b"three"):
            wire = Wire((), ())
            fetch = Fetch("http://a.example/", Outcome.OK, NOW, 0, 200, "http://a.example/", body=body, wire=wire)
            kept = writer.keep(fetch, "a.example/", "test", NOW)
            assert kept is not None
            with store.write() as tx:
                evidence.add(tx, kept, 1)
    writer.close()
    assert run("export", "-o", "proof.warc.gz").code == 0
    target, part = filled / "proof.warc.gz", filled / "proof.warc.gz.part"
    whole = target.read_bytes()
    with sqlite3.connect(filled / "archive.db") as db:
        lengths = [length for (length,) in db.execute("SELECT length FROM raw ORDER BY id")]
    size = len(whole) - sum(lengths[1:])
    target.unlink()
    part.write_bytes(whole[:size] + b"half a record")
    asked = {"archive": f"sqlite:///{filled / 'archive.db'}", "format": "warc", "since": "", "all": False}
    Path(f"{part}.json").write_text(json.dumps({**asked, "after": 1, "count": 1, "size": size}))
    said = run("export", "--resume", "-o", "proof.warc.gz")
    assert said.code == 0 and "3 raw responses" in said.err, said.err
    assert target.read_bytes() == whole


WRONG = [
    (("--resume", "-o", "none.jsonl"), "nothing to go on with"),
    (("--resume", "-o", "all.jsonl", "--since", "7d"), "give only -o PATH"),
    (("--resume", "-o", "all.jsonl", "--format", "csv"), "give only -o PATH"),
    (("-o", "all.jsonl"), "`storywatch export --resume -o all.jsonl` goes on with it"),
]


def test_going_on_wrongly_is_told_in_words(run: Run, filled: Path) -> None:
    note = {"archive": "sqlite:////elsewhere.db", "format": "jsonl", "since": "", "all": False}
    (filled / "all.jsonl.part.json").write_text(json.dumps({**note, "after": 2, "count": 1, "size": 0}))
    (filled / "all.jsonl.part").write_bytes(b"")
    for words, told in WRONG:
        said = run("export", *words)
        assert said.code == 2 and told in said.err, said.err
    assert "another archive" in run("export", "--resume", "-o", "all.jsonl").err
