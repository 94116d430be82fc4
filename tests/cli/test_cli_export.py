"""`export`: rows and raw records for other programs, harmless to spreadsheets and Markdown."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from monitor.cli.export import _harmless, _plain
from monitor.model import Fetch, Outcome, Wire
from monitor.store import evidence, open_store
from monitor.store.raw import RawWriter

Run = Callable[..., Any]
NOW = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)


def test_jsonl_holds_every_article_on_topic(run: Run, filled: Path) -> None:
    said = run("export", "-o", "all.jsonl")
    assert (said.code, said.out) == (0, ""), said.err
    rows = [json.loads(line) for line in (filled / "all.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == ["a2", "a1"]
    assert {"text", "author", "method", "rules", "alerted"} <= set(rows[0])
    assert rows[1]["text"].startswith("The two coastal states")
    assert (filled / "all.jsonl").stat().st_mode & 0o777 == 0o600


def test_since_all_and_stdout(run: Run, filled: Path) -> None:
    said = run("export", "-o", "-", "--since", "2026-03-20T09:30")
    assert [row["id"] for row in said.lines] == ["a2"]
    assert [row["id"] for row in run("export", "-o", "-", "--all").lines] == ["a3", "a2", "a1"]


def test_csv_can_be_read_back(run: Run, filled: Path) -> None:
    assert run("export", "-o", "all.csv").code == 0
    with (filled / "all.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == ["a2", "a1"]
    assert rows[1]["rules"] == "harbour-truce" and "\n\n" in rows[1]["text"]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-2+3", "@SUM(A1)", "\tx", "\r=1", "\n=1", "  =cmd|' /C calc'!A0", "\uff1d1+1", "\u00a0=1", "-"],
)
def test_no_cell_is_a_formula(text: str) -> None:
    assert _harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Talks = progress", "a-b", "", "1=1", "'=1"])
def test_other_cells_stay(text: str) -> None:
    assert _harmless(text) == text


def test_markdown_is_words_only(run: Run, filled: Path) -> None:
    assert run("export", "-o", "all.md").code == 0
    text = (filled / "all.md").read_text(encoding="utf-8")
    assert text.startswith("## Mines found off Skerry\n\na2 · daily · ")
    assert "`http://daily.example/2`" in text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("[a](javascript:x)", r"\[a\](javascript:x)"),
        ("<script>", r"\<script\>"),
        ("# title", r"\# title"),
        ("- item\n1. one\n12) two", "\\- item\n1\\. one\n12\\) two"),
        ("a*b*_c_ `d`", r"a\*b\*\_c\_ \`d\`"),
        ("back\\slash", r"back\\slash"),
    ],
)
def test_text_stays_text_in_markdown(text: str, written: str) -> None:
    assert _plain(text) == written


def test_nothing_is_overwritten_and_nothing_half_written_stays(run: Run, filled: Path) -> None:
    (filled / "there.csv").write_text("mine")
    said = run("export", "-o", "there.csv")
    assert said.code == 2 and "exists" in said.err and (filled / "there.csv").read_text() == "mine"
    said = run("export", "-o", "no/such/folder.csv")
    assert said.code == 1 and "cannot be written" in said.err


def _keep(folder: Path, bodies: list[bytes]) -> None:
    writer = RawWriter(folder / "warc")
    with closing(open_store(f"sqlite:///{folder / 'archive.db'}")) as store:
        for body in bodies:
            fetch = Fetch(
                "http://a.example/", Outcome.OK, NOW, 0, 200, "http://a.example/", body=body, wire=Wire((), ())
            )
            kept = writer.keep(fetch, "a.example/", "test", NOW)
            assert kept is not None
            with store.write() as tx:
                evidence.add(tx, kept, 1)
    writer.close()


def test_warc_holds_the_records_and_other_tools_take_it(run: Run, filled: Path) -> None:
    _keep(filled, [b"one", b"two", b"three"])
    said = run("export", "--format", "warc", "-o", "proof.warc.gz")
    assert said.code == 0 and "3 raw responses" in said.err
    target = filled / "proof.warc.gz"
    tool = Path(sys.executable).with_name("warcio")
    checked = subprocess.run([tool, "check", target], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, "")
    with target.open("rb") as file:
        found = [(one.rec_type, one.content_stream().read()) for one in ArchiveIterator(file)]
    assert [kind for kind, _ in found] == ["warcinfo", *["response", "request", "metadata"] * 3]
    assert [body for kind, body in found if kind == "response"] == [b"one", b"two", b"three"]
    assert "0 raw" in run("export", "--since", "2026-03-21", "-o", "none.warc.gz").err


def test_a_changed_record_is_left_out_and_told(run: Run, filled: Path) -> None:
    _keep(filled, [b"one", b"two"])
    (path,) = (filled / "warc").iterdir()
    data = bytearray(path.read_bytes())
    data[-30] ^= 1
    path.write_bytes(data)
    said = run("export", "-o", "proof.warc.gz")
    assert said.code == 3 and "1 raw responses" in said.err and "were changed" in said.err
