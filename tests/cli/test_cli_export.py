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

import feedparser
import pytest
from warcio.archiveiterator import ArchiveIterator

from monitor.cli.forms import harmless
from monitor.inquiry.markdown import address, line, plain
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
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Talks = progress", "a-b", "", "1=1", "'=1"])
def test_other_cells_stay(text: str) -> None:
    assert harmless(text) == text


def test_markdown_is_words_only(run: Run, filled: Path) -> None:
    assert run("export", "-o", "all.md").code == 0
    text = (filled / "all.md").read_text(encoding="utf-8")
    assert text.startswith("# Harbour truce: articles\n\nAs of ")
    assert "\n## Friday 20 March 2026\n\n### Mines found off Skerry\n\na2 · daily · " in text
    assert " · <http://daily.example/2>\n\n" in text
    assert "Divers have found 31 mines" in text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("[a](javascript:x)", r"\[a\](javascript:x)"),
        ("<script>", r"\<script\>"),
        ("# title", r"\# title"),
        ("- item\n1. one\n12) two", "\\- item\n1\\. one\n12\\) two"),
        ("a*b*_c_ `d`", r"a\*b\*\_c\_ \`d\`"),
        ("back\\slash", r"back\\slash"),
        ("see http://a.example or WWW.a.example", r"see http\://a.example or WWW\.a.example"),
        ("mail a@b.example", r"mail a\@b.example"),
    ],
)
def test_text_stays_text_in_markdown(text: str, written: str) -> None:
    assert plain(text) == written


def test_a_line_of_markdown_has_one_line_and_an_end() -> None:
    assert line("a\n\n# b\u2028<c>") == r"a \# b \<c\>"
    assert len(line("word " * 200)) <= 300


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://a.example/x_(y)?q=1", "<https://a.example/x_(y)?q=1>"),
        ("http://a.example/\\>", "`http://a.example/\\>`"),
        ("http://a.example/<b>", "<http://a.example/%3Cb%3E>"),
        ("javascript:alert(1)", "`javascript:alert(1)`"),
        ("data:text/html,`x`", "`data:text/html,%60x%60`"),
        ("", ""),
    ],
)
def test_only_web_addresses_can_be_clicked(url: str, written: str) -> None:
    assert address(url) == written


def _licensed(folder: Path, legal: str) -> None:
    config = folder / "storywatch.toml"
    text = config.read_text(encoding="utf-8").replace('id = "daily"', f'id = "daily"\nlegal = "{legal}"')
    config.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("legal", "headline", "excerpt"),
    [("eu-annex-xv", False, False), ("Headline  + link only", True, False), ("public domain", True, True)],
)
def test_a_licence_decides_what_is_given_out(run: Run, filled: Path, legal: str, headline: bool, excerpt: bool) -> None:
    _licensed(filled, legal)
    for name in ("all.md", "all.atom"):
        assert run("export", "-o", name).code == 0
        text = (filled / name).read_text(encoding="utf-8")
        assert ("Mines found off Skerry" in text) is headline, name
        assert ("daily.example/2" in text) is headline, name
        assert ("31 mines" in text) is excerpt, name
        # The other source's, always; and that there is one more, whose it is.
        assert "The two coastal states" in text and "daily" in text.lower()
    assert "1 more, by daily (1)." in (filled / "all.md").read_text(encoding="utf-8") or headline
    # What is kept for oneself is whole.
    assert run("export", "-o", "all.jsonl").code == 0
    assert "last mine is gone" in (filled / "all.jsonl").read_text(encoding="utf-8")


def test_a_feed_of_articles_is_atom_that_never_renames(run: Run, filled: Path) -> None:
    assert run("export", "--format", "atom", "-o", "one.xml").code == 0
    assert run("export", "-o", "two.atom").code == 0
    feeds = [feedparser.parse((filled / name).read_bytes()) for name in ("one.xml", "two.atom")]
    assert not feeds[0].bozo and feeds[0].feed.title == "Harbour truce: articles"
    ids = [[one.id for one in feed.entries] for feed in feeds]
    assert ids[0] == ids[1] and [one.rpartition("/")[2] for one in ids[0]] == ["a2", "a1"]
    assert feeds[0].entries[0].link == "http://daily.example/2"


def test_a_brief_and_a_story_are_the_screens_own(run: Run, filled: Path) -> None:
    said = run("export", "--date", "2026-03-20", "-o", "-")
    assert said.code == 0 and said.out.startswith("# Harbour truce: Friday 20 March 2026\n"), said.err
    assert "Mines found off Skerry" in said.out and "## What was not seen" in said.out
    assert run("export", "--story", "s1", "-o", "story.md").code == 0
    assert "## Developments" in (filled / "story.md").read_text(encoding="utf-8")
    for mistake in (("--date", "2999-01-01"), ("--date", "7d"), ("--story", "s99"), ("--date", "today", "--all")):
        assert run("export", *mistake, "-o", "no.md").code == 2, mistake
        assert not (filled / "no.md").exists()


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
