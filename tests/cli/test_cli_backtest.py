"""`rules backtest`, `rules test` in a user's own CI, and the warning before a flood, by the real command line."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import pty
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
ROW = {
    "id", "query", "revision", "matches", "matched_versions", "alerts", "alerts_per_day", "last", "limit", "flood",
    "never",
}  # fmt: skip
PACK = """
[[cases]]
name = "the truce"
title = "Truce"
text = "A truce for the harbour was signed."
match = ["harbour-truce", "@truce"]

[[cases]]
name = "mines"
file = "mines.txt"
match = ["mines"]

[[cases]]
name = "only that"
text = "Mines near the harbour; a truce."
match = ["mines"]
none = ["@truce"]
"""


def configured(folder: Path, old: str, new: str) -> None:
    file = folder / "storywatch.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_every_rule_has_a_row(run: Run, filled: Path) -> None:
    said = run("rules", "backtest", "--json")
    assert said.code == 0, said.err
    assert (said.json["versions"], said.json["complete"]) == (3, True)
    first, second = said.json["rows"]
    assert set(first) == ROW
    assert (first["id"], first["matches"], first["alerts"], first["last"]) == (
        "harbour-truce", 1, 1, "2026-03-20T09:00:00Z",
    )  # fmt: skip
    assert [one["term"] for one in first["never"]] == ["ceasefire"]
    assert (second["id"], second["matches"], second["alerts"]) == ("mines", 1, 1)
    assert [row["id"] for row in run("rules", "backtest", "--jsonl").lines] == ["harbour-truce", "mines"]
    assert "@truce: ceasefire" in run("rules", "backtest").out


def test_one_rule_names_its_articles_and_days(run: Run, filled: Path) -> None:
    found = run("rules", "backtest", "mines", "--json").json
    assert found["days"] == [{"day": "2026-03-20", "matches": 1, "alerts": 1}]
    (row,) = found["rows"]
    assert (row["id"], row["would_match"], row["would_alert"], row["reason"]) == ("a2", True, True, "")
    assert run("rules", "backtest", "mines", "--since", "2026-03-21", "--json").json["matches"] == 0
    assert run("rules", "backtest", "mines", "--until", "2026-03-20", "--json").json["matches"] == 1
    assert "Mines found off Skerry" in run("rules", "backtest", "mines").out


def test_a_query_may_be_tried_and_off_topic_is_said(run: Run, filled: Path) -> None:
    (row,) = run("rules", "backtest", "band", "--jsonl").lines
    assert (row["would_alert"], row["reason"]) == (False, "off-topic")


def test_two_revisions_are_compared(run: Run, filled: Path) -> None:
    found = run("rules", "backtest", "mines", "--against", "truce AND quay", "--json").json
    assert found["against"]["matches"] == {"gained": ["a2"], "lost": ["a1"], "same": []}
    assert {(row["id"], row["change"], row["alert_change"]) for row in found["rows"]} == {
        ("a2", "gained", "gained"),
        ("a1", "lost", "lost"),
    }
    assert "1 gained, 1 lost, 0 the same" in run("rules", "backtest", "mines", "--against", "truce AND quay").out


def test_what_was_in_force_before_is_kept_and_compared_with(run: Run, filled: Path) -> None:
    from monitor.config import load
    from monitor.runtime.services import remember_watch
    from monitor.store import open_store
    from monitor.watch import compile_watch

    watch = compile_watch(load(None, {}, filled))
    store = open_store(watch.config.archive.url)
    try:
        remember_watch(store, watch, watch_time())
    finally:
        store.close()
    assert run("rules", "backtest", "mines", "--against", "last").code == 2
    assert run("rules", "list", "--json").json["rows"][0]["in_force"] is True
    configured(filled, "query = 'mine*'", "query = 'mine* OR quay'")
    found = run("rules", "backtest", "mines", "--against", "last", "--json").json
    assert found["against"]["query"] == "mine*"
    assert found["against"]["matches"] == {"gained": ["a1"], "lost": [], "same": ["a2"]}
    named = run("rules", "backtest", "mines", "--against", found["against"]["revision"][:6], "--json").json
    assert named["against"] == found["against"]
    rows = run("rules", "list", "--json").json["rows"]
    assert [row["in_force"] for row in rows] == [True, False]
    assert [row["last_hit"] for row in rows] == ["2026-03-20T09:00:00Z", "2026-03-20T10:00:00Z"]
    assert all(row["forms"] > 0 for row in rows)


def watch_time() -> Any:
    from datetime import UTC, datetime

    return datetime(2026, 3, 20, 8, 0, tzinfo=UTC)


def test_wrong_words_are_usage(run: Run, filled: Path) -> None:
    for words in (("(truce",), ("mines", "--since", "soon"), ("--against", "truce"), ("mines", "--against", "(truce")):
        assert run("rules", "backtest", *words).code == 2


def test_a_flood_is_warned_of_before_it_comes(run: Run, filled: Path, tmp_path: Path) -> None:
    from datetime import UTC, datetime

    now = datetime.now(UTC).isoformat(sep=" ", timespec="microseconds").replace("+00:00", "")
    import sqlite3

    with sqlite3.connect(filled / "archive.db") as archive:
        archive.execute("UPDATE version SET first_seen = ?", (now,))
    archive.close()
    configured(filled, "query = 'mine*'", "query = 'mine* OR truce'\nlimit = '1/h'")
    for words in (("check",), ("rules", "backtest"), ("rules", "backtest", "mines"), ("rules", "list")):
        said = run(*words)
        assert said.code == 0
        assert "rule mines would flood: 2 alerts" in said.err + said.out, words
    assert "harbour-truce would flood" not in run("check").err
    assert list(run("check", "--json").json["floods"]) == ["mines"]
    (_, mines) = run("rules", "backtest", "--json").json["rows"]
    assert (mines["flood"]["worst"], mines["flood"]["limit"]) == (2, "1/h")


def test_check_needs_no_archive_to_be_well(run: Run, folder: Path) -> None:
    said = run("check", "--json")
    assert (said.code, said.json["floods"]) == (0, {})
    assert not (folder / "archive.db").exists()
    assert run("rules", "list", "--json").json["rows"][0]["last_hit"] is None
    assert run("rules", "backtest").code == 1


@pytest.mark.parametrize(("expect", "text", "code"), [
    ("match", "truce", 0), ("match", "other", 1), ("none", "other", 0), ("none", "truce", 1), ("maybe", "truce", 2),
])  # fmt: skip
def test_expectations_have_exit_codes(run: Run, folder: Path, expect: str, text: str, code: int) -> None:
    (folder / "one.txt").write_text(text)
    assert run("rules", "test", "truce", "--text", "one.txt", "--expect", expect).code == code


def test_a_query_is_a_query_even_where_a_rule_is_called_so(run: Run, folder: Path) -> None:
    (folder / "one.txt").write_text("Minesweepers near")
    assert run("rules", "test", "mines", "--text", "one.txt", "--expect", "none").code == 0


def test_a_pack_of_cases(run: Run, folder: Path) -> None:
    (folder / "mines.txt").write_text("31 mines were found.")
    (folder / "pack.toml").write_text(PACK)
    said = run("rules", "test", "--pack", "pack.toml")
    assert said.code == 1
    assert said.out.splitlines() == ["only that: @truce matches, and should not", "2 of 3 cases as expected"]
    (folder / "pack.toml").write_text(PACK.replace("; a truce", "") + 'language = "en"\n')
    assert run("rules", "test", "--pack", "pack.toml").code == 0
    (folder / "pack.toml").write_text(PACK.replace('match = ["mines"]\nnone = ["@truce"]', 'match = ["harbour-truce"]'))
    found = run("rules", "test", "--pack", "pack.toml", "--json")
    assert found.code == 1
    assert json.loads(found.out)[2] == {
        "case": "only that", "ok": False, "missing": [], "unexpected": ["mines"],
    }  # fmt: skip


@pytest.mark.parametrize(
    "pack",
    [
        "cases = 3", "[[case]]\nname = 'x'", "[[cases]]\nname = 'x'", "[[cases]]\ntext = 'x'\nfile = 'y'",
        "[[cases]]\ntext = 3", "[[cases]]\ntext = 'x'\nmatch = 'mines'", "[[cases]]\ntext = 'x'\nmatch = ['nobody']",
        "[[cases]]\ntext = 'x'\nmatch = ['@nobody']", "[[cases]]\ntext = 'x'\nwhy = 'y'",
        "[[cases]]\nfile = 'none.txt'",
        "not toml", "",
    ],
)  # fmt: skip
def test_what_is_no_pack_is_usage(run: Run, folder: Path, pack: str) -> None:
    (folder / "pack.toml").write_text(pack)
    said = run("rules", "test", "--pack", "pack.toml")
    assert said.code == 2, said
    assert said.out == ""


def test_a_pack_stands_alone(run: Run, folder: Path) -> None:
    (folder / "pack.toml").write_text(PACK)
    assert run("rules", "test", "truce", "--pack", "pack.toml").code == 2
    assert run("rules", "test", "truce").code == 2


def test_explain_takes_a_rule_or_a_query(run: Run, folder: Path) -> None:
    assert run("rules", "explain", "mines").out == run("rules", "explain", "mine*").out
    found = run("rules", "explain", "harbour OR ships", "--json").json
    assert set(found) == {"query", "revision", "expanded", "forms"}
    assert run("rules", "explain", "(harbour").code == 2


def test_its_lists_go_on_behind_a_cursor(run: Run, filled: Path) -> None:
    asked = ("rules", "backtest", "mine* OR truce", "--json")
    whole = run(*asked).json
    assert ([row["id"] for row in whole["rows"]], whole["next"]) == (["a2", "a1"], None)
    first = run(*asked, "--limit", "1").json
    second = run(*asked, "--limit", "1", "--after", first["next"]).json
    assert [first["rows"], second["rows"]] == [[row] for row in whole["rows"]]
    assert (first["matches"], second["matches"], second["next"]) == (2, 2, None)
    assert run(*asked[:-1], "--limit", "1").err.endswith("more: --after a2\n")
    every = run("rules", "backtest", "--json", "--limit", "1").json
    assert ([row["id"] for row in every["rows"]], every["next"]) == (["harbour-truce"], "harbour-truce")
    (row,) = run("rules", "backtest", "--jsonl", "--after", "harbour-truce").lines
    assert row["id"] == "mines"
    for cursor, wanted in (("a7", "there is no a7 among"), ("mines", "is no id")):
        said = run(*asked, "--after", cursor)
        assert said.code == 2 and wanted in said.err, cursor


def test_an_interrupt_ends_it_with_130_and_leaves_nothing_behind(filled: Path) -> None:
    file = filled / "archive.db"
    with closing(sqlite3.connect(file)) as archive, archive:
        # Long texts that no index knows: cutting them into words takes seconds.
        archive.execute("UPDATE version SET text = ?", ("The harbour truce was signed by the quay. " * 40_000,))
        archive.execute("UPDATE indexed SET analyser = 99")
    before = sorted(filled.iterdir()), hashlib.sha256(file.read_bytes()).digest()
    terminal, theirs = pty.openpty()
    # Where the tests themselves run in the background, interrupts are ignored, and children would inherit that.
    heed = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    command = [sys.executable, "-m", "monitor", "rules", "backtest"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, preexec_fn=heed) as process:
        os.close(theirs)
        told = b""
        while b"held against the rules" not in told:
            told += os.read(terminal, 4096)
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        assert process.stdout.read() == b""
    os.close(terminal)
    assert process.returncode == 130 and b"Traceback" not in told
    assert (sorted(filled.iterdir()), hashlib.sha256(file.read_bytes()).digest()) == before
