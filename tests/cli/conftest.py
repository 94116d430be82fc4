"""A desk's folder with a config and a small archive that the real pipeline filled, and the real command line."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from alerts.channels import open_channels
from monitor import pipeline
from monitor.cli import app
from monitor.config import load
from monitor.errors import DeliveryError
from monitor.model import Document, Entry, EntryState, Receipt
from monitor.store import Store, entries, open_store, sources
from monitor.store.entries import Listed
from monitor.urls import host_of, url_key
from monitor.watch import Watch, compile_watch

START = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
OWNER = "test-owner"
CONFIG = """
[watch]
id = "harbour"
title = "Harbour truce"
about = 'harbour OR truce'

[archive]
url = "sqlite:///archive.db"

[[sources]]
id = "wire"
name = "The Wire"
kind = "feed"
url = "http://wire.example/feed"
every = "20m"
language = ["en"]

[[sources]]
id = "daily"
kind = "feed"
url = "http://daily.example/feed"

[lists]
truce = 'truce OR ceasefire'

[[rules]]
id = "harbour-truce"
query = 'harbour NEAR/12 @truce'

[[rules]]
id = "mines"
query = 'mine*'
severity = "critical"
channels = ["terminal"]

[[channels]]
id = "terminal"
kind = "console"
"""
FIRST = (
    "The two coastal states signed a truce for the harbour of Varn on Monday.",
    "Grain ships may leave the quay for 40 days, envoy Marta Lindqvist said in Osterby.",
    "Insurers expect premiums to fall by a third once the first 12 vessels are out.",
)
SECOND = (
    "Divers have found 31 mines off the breakwater of Skerry, the coast guard said.",
    "Captain Olav Brandt asked for two more weeks before any trawler sails.",
    "The truce holds, he added, but nobody in Skerry will fish before the last mine is gone.",
)
OFF_TOPIC = ("A brass band won the regional cup.", "The trophy goes on show in the library next week.")


@dataclass(frozen=True)
class Said:
    """What one command said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Said]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a config in it; the environment names no other."""
    for name in ("STORYWATCH_CONFIG", "STORYWATCH_DATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "storywatch.toml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="session")
def command_line() -> Any:
    """The tree of commands: `CliRunner.invoke` would build it anew each time, for 0.1 s."""
    return get_command(app)


@pytest.fixture
def run(folder: Path, command_line: Any) -> Run:
    """Run the command line as a shell would."""

    def call(*words: str, stdin: bytes | None = None) -> Said:
        code = 0
        with CliRunner().isolation(input=stdin) as (out, err, _both):
            try:
                command_line.main(list(words), prog_name="storywatch")
            except SystemExit as ended:
                code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
            sys.stdout.flush()
            sys.stderr.flush()
            said = [one.getvalue().decode(errors="replace").replace("\r\n", "\n") for one in (out, err)]
        return Said(code, *said)

    return call


@pytest.fixture
def filled(folder: Path, archive: Path) -> Path:
    """The folder with an archive: three fetched articles, deliveries sent and dead."""
    shutil.copy(archive, folder / "archive.db")
    return folder


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive that `filled` copies; closed, so that the file is all of it."""
    folder = tmp_path_factory.mktemp("archive")
    (folder / "storywatch.toml").write_text(CONFIG, encoding="utf-8")
    watch = compile_watch(load(None, {}, folder))
    store = open_store(watch.config.archive.url)
    try:
        _fill(store, watch)
    finally:
        store.close()
    return folder / "archive.db"


def _fill(store: Store, watch: Watch) -> None:
    with store.write() as tx:
        sources.sync(tx, watch.config.sources, START)
    _file(store, watch, "wire", "http://wire.example/1", "Truce for the harbour", FIRST, START)
    _file(store, watch, "daily", "http://daily.example/2", "Mines found off Skerry", SECOND, START + timedelta(hours=1))
    _file(store, watch, "daily", "http://daily.example/3", "Band wins cup", OFF_TOPIC, START + timedelta(hours=2))
    later = START + timedelta(hours=3)
    pipeline.flush(store, watch, open_channels(watch.config), later)
    taken = pipeline.claim_delivery(store, OWNER, later)
    assert taken is not None
    pipeline.record_sent(store, taken, Receipt(detail="written"), later)
    lost = pipeline.claim_delivery(store, OWNER, later)
    assert lost is not None
    refused = DeliveryError("the terminal is closed", permanent=True)
    assert pipeline.record_failure(store, lost, refused, timedelta(seconds=5), later, jitter=0.0) is None


def _file(
    store: Store, watch: Watch, source: str, url: str, title: str, sentences: tuple[str, ...], now: datetime
) -> None:
    listed = Listed(Entry(url, url, title), url_key(url), host_of(url), EntryState.WAITING, False, now)
    with store.write() as tx:
        entries.add(tx, source, [listed], now)
        (waiting,) = entries.claim_waiting(tx, OWNER, timedelta(minutes=5), 10, set(), now)
    document = Document(url, title, "\n\n".join(sentences), published=now, language="en", method="test")
    pipeline.ingest(store, watch, waiting, pipeline.read_document(document), OWNER, now)
