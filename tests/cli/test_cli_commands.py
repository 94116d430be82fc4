"""Each command on a small real archive, and its JSON field by field as in the contract."""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
DELIVERY = {
    "id", "development", "story", "article", "rules", "channel", "destination", "state", "attempts", "created",
    "sent_at", "last_error",
}  # fmt: skip
COMPARED = {
    "file", "title", "language", "level", "nearest", "containment", "agreement", "newword", "sentences", "facts",
}  # fmt: skip
EXTRACTED = {
    "file", "url", "title", "text", "author", "published", "modified", "language", "site", "canonical", "paywalled",
    "method",
}  # fmt: skip
PAGE = """<!doctype html><html lang="en"><head><title>Truce for the harbour</title>
<meta property="article:published_time" content="2026-03-20T09:00:00Z"></head><body><article>
<h1>Truce for the harbour</h1>
<p>The two coastal states signed a truce for the harbour of Varn on Monday after nine hours of talks in Osterby.</p>
<p>Grain ships may leave the quay for 40 days, envoy Marta Lindqvist told reporters in the town hall.</p>
<p>Insurers expect premiums to fall by a third once the first 12 vessels are out on the open sea.</p>
</article></body></html>"""
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>The Wire</title>
<item><title>Truce for the harbour</title><link>http://wire.example/1</link><guid>1</guid></item>
<item><title>Mines found</title><link>http://wire.example/2</link><guid>2</guid></item></channel></rss>"""


def test_check_prints_what_was_understood(run: Run, folder: Path) -> None:
    said = run("check", "-v")
    assert said.code == 0
    for word in (str(folder / "storywatch.toml"), "harbour-truce, mines", "terminal (console)", "2 enabled", "mine*"):
        assert word in said.out
    document = run("check", "--json").json
    assert document["ok"] is True
    assert document["rules"] == ["harbour-truce", "mines"]
    assert document["built_in"] is False


def test_check_prints_the_thresholds_in_force(run: Run, folder: Path) -> None:
    file = folder / "storywatch.toml"
    text = file.read_text(encoding="utf-8")
    assert "novelty   normal: copy 0.8, " in run("check").out
    assert "languages reports in two languages are joined by figures, places and names" in run("check").out
    file.write_text(f"{text}\n[novelty]\nsentence = 0.35\nfacts = 5\n", encoding="utf-8")
    said = run("check").out
    assert "sentence 0.35*, " in said and "facts 5*, " in said and "(* set under [novelty])" in said
    document = run("check", "--json").json
    assert (document["sensitivity"], document["novelty"]["facts"], document["novelty"]["event_days"]) == (
        "normal",
        5,
        1.5,
    )


def test_check_names_what_is_not_in_force(run: Run, folder: Path) -> None:
    with (folder / "storywatch.toml").open("a") as config:
        config.write("[fetch]\nper_host = 2\n")
    assert "not in force" in run("check").err
    (warning,) = run("check", "--json").json["warnings"]
    assert warning["key"] == "fetch.per_host"


def test_rules_list(run: Run) -> None:
    rows = run("rules", "list", "--json").json["rows"]
    assert [(row["id"], row["severity"], row["channels"]) for row in rows] == [
        ("harbour-truce", "normal", []),
        ("mines", "critical", ["terminal"]),
    ]
    assert "ceasefire" in rows[0]["expanded"]
    assert [row["id"] for row in run("rules", "list", "--jsonl").lines] == ["harbour-truce", "mines"]
    first = run("rules", "list", "--json", "--limit", "1").json
    assert (len(first["rows"]), first["next"]) == (1, "harbour-truce")
    rest = run("rules", "list", "--json", "--after", first["next"]).json
    assert ([row["id"] for row in rest["rows"]], rest["next"]) == (["mines"], None)


def test_rules_test_gives_offsets_into_the_file_as_given(run: Run, folder: Path) -> None:
    text = "\ufeffHarbour news\r\n\r\nA  truce\u200b at the harbour — “signed”.\nNo more."
    (folder / "one.txt").write_bytes(text.encode())
    (folder / "two.txt").write_text("nothing of it")
    said = run("rules", "test", "harbour OR @truce", "--text", "one.txt", "two.txt", "--json")
    assert said.code == 0
    one, two = said.json
    assert (one["file"], one["match"]) == ("one.txt", True)
    assert (two["file"], two["match"], two["hits"]) == ("two.txt", False, [])
    assert all(set(hit) >= {"field", "start", "end", "text", "term"} for hit in one["hits"])
    assert {text[hit["start"] : hit["end"]].casefold() for hit in one["hits"]} >= {"harbour"}
    assert all(text[hit["start"] : hit["end"]] == hit["text"] for hit in one["hits"])
    assert {hit["field"] for hit in one["hits"]} == {"body"}


def test_rules_test_with_a_title_line(run: Run, folder: Path) -> None:
    text = "Harbour truce signed\n\nShips may leave the harbour."
    (folder / "one.txt").write_text(text)
    words = ("rules", "test", "title:truce AND harbour", "--text", "one.txt", "--json")
    assert run(*words).json[0]["match"] is False
    (row,) = run(*words, "--title-line").json
    assert row["match"] is True
    assert {hit["field"] for hit in row["hits"]} >= {"title"}
    assert all(text[hit["start"] : hit["end"]] == hit["text"] for hit in row["hits"])


def test_rules_test_reads_stdin_and_pages(run: Run, folder: Path) -> None:
    (folder / "page.html").write_text(PAGE)
    said = run("rules", "test", "title:truce", "--text", "page.html", "--text", "-", stdin=b"no title here")
    assert said.out.splitlines()[0] == "page.html: match"
    assert "-: no match" in said.out


def test_compare_against_files(run: Run, folder: Path) -> None:
    (folder / "known").mkdir()
    (folder / "known" / "page.html").write_text(PAGE)
    (folder / "copy.html").write_text(PAGE.replace("<article>", "<article class='x'>"))
    (folder / "other.txt").write_text("A band won the cup\n\nThe brass band of Holm won the cup by a point on Sunday.")
    rows = run("compare", "copy.html", "other.txt", "--against", "known", "--json").json
    assert [row["level"] for row in rows] == ["same", "new"]
    assert all(set(row) >= COMPARED for row in rows)
    assert set(rows[0]["nearest"]) >= {"id", "title", "url", "source", "outlet", "published", "language"}
    assert rows[0]["containment"] == 1.0
    assert set(rows[1]["sentences"][0]) == {"text", "start", "end", "coverage", "new", "against"}
    assert "other.txt: new" in run("compare", "other.txt", "--against", "known").out


def test_compare_tells_an_event_and_a_form(run: Run, folder: Path) -> None:
    """A report of the same event is a rewrite with its marks, a form filled in anew shows old and new figures."""
    known = folder / "known"
    known.mkdir()
    swap = "Ukraine and Russia exchanged 175 prisoners each near Mariupol on 18 March 2025, an official said."
    form = (
        "The harbour watch of Tamm counted {} boats adrift and {} buoys off the mole between midnight and {} in the "
        "morning, its chief said in the daily report. All of them were towed to the old basin, where their owners may "
        "claim them at the office of the harbour master on any working day, on showing the papers of the boat."
    )
    (known / "swap.txt").write_text(f"Prisoners exchanged\n\n{swap}", encoding="utf-8")
    (known / "boats.txt").write_text(f"Boats\n\n{form.format(41, 812, 5)}", encoding="utf-8")
    told = "Россия и Украина обменяли по 175 пленных возле Мариуполя 18 марта 2025 года."
    (folder / "event.txt").write_text(f"Обмен пленными\n\n{told}", encoding="utf-8")
    (folder / "form.txt").write_text(f"Boats\n\n{form.format(57, 903, 6)}", encoding="utf-8")
    event, filled = run("compare", "event.txt", "form.txt", "--against", "known", "--json").json
    assert (event["level"], filled["level"]) == ("rewrite", "template")
    assert "175" in event["joined_by"] and event["decided"].startswith("resemblance")
    assert {(one["old"], one["text"]) for one in filled["changes"]} >= {("41", "57"), ("812", "903")}
    said = run("compare", "event.txt", "form.txt", "--against", "known").out
    assert "joined by   " in said and "changed     41 -> 57, 812 -> 903" in said


def test_corpus_add_list_and_compare_with_it(run: Run, folder: Path) -> None:
    (folder / "seeds").mkdir()
    (folder / "seeds" / "a.html").write_text(PAGE)
    (folder / "seeds" / "empty.txt").write_text("")
    said = run("corpus", "add", "seeds", "--json")
    assert said.code == 3
    assert "empty.txt" in said.err
    assert [(row["id"], row["title"], row["new"]) for row in said.json] == [("a1", "Truce for the harbour", True)]
    assert run("corpus", "add", "seeds/a.html", "--json").json[0]["new"] is False
    listed = run("corpus", "list", "--json").json
    assert [(row["id"], row["title"]) for row in listed["rows"]] == [("a1", "Truce for the harbour")]
    assert run("compare", "seeds/a.html", "--json").json[0]["level"] == "same"


def test_extract_files(run: Run, folder: Path) -> None:
    (folder / "page.html").write_text(PAGE)
    said = run("extract", "page.html", "--url", "https://news.example/1", "--json")
    (row,) = said.json
    assert set(row) == EXTRACTED
    assert (row["url"], row["title"], row["language"]) == ("https://news.example/1", "Truce for the harbour", "en")
    assert row["published"] == "2026-03-20T09:00:00Z"
    assert "Marta Lindqvist" in row["text"]
    (folder / "empty.html").write_text("")
    partly = run("extract", "empty.html", "page.html", "--jsonl")
    assert (partly.code, [one["file"] for one in partly.lines]) == (3, ["empty.html", "page.html"])
    assert ["error" in one for one in partly.lines] == [True, False]
    assert set(partly.lines[0]) == EXTRACTED | {"error"}
    assert "empty.html" in partly.err
    assert run("extract", "empty.html").code == 1


def test_sources_list_and_show(run: Run, filled: Path) -> None:
    rows = run("sources", "list", "--json").json["rows"]
    assert [(row["id"], row["every"], row["enabled"], row["failures"]) for row in rows] == [
        ("wire", "20m", True, 0),
        ("daily", "15m", True, 0),
    ]
    shown = run("sources", "show", "wire", "--json").json
    assert (shown["name"], shown["url"], shown["fetches"]) == ("The Wire", "http://wire.example/feed", [])
    assert "The Wire" in run("sources", "show", "wire").out


def test_sources_are_listed_without_an_archive(run: Run, folder: Path) -> None:
    assert [row["last_ok"] for row in run("sources", "list", "--jsonl").lines] == [None, None]
    assert not (folder / "archive.db").exists()


def test_alerts_list_pages_and_retry(run: Run, filled: Path) -> None:
    document = run("alerts", "list", "--json").json
    assert [row["state"] for row in document["rows"]] == ["dead", "sent"]
    assert all(set(row) >= DELIVERY for row in document["rows"])
    dead, sent = document["rows"]
    assert (dead["channel"], dead["attempts"], dead["last_error"]) == ("terminal", 1, "the terminal is closed")
    assert sent["sent_at"].endswith("Z")
    assert sent["development"].startswith("d")
    first = run("alerts", "list", "--json", "--limit", "1").json
    assert first["next"] == dead["id"]
    assert [row["id"] for row in run("alerts", "list", "--jsonl", "--after", first["next"]).lines] == [sent["id"]]
    assert [row["id"] for row in run("alerts", "list", "--state", "dead", "--jsonl").lines] == [dead["id"]]
    assert run("alerts", "retry", sent["id"]).code == 2
    assert run("alerts", "retry", "x999").code == 2
    assert run("alerts", "retry", dead["id"], "--json").json == {"retried": 1, "switched_on": []}
    assert run("alerts", "list", "--state", "dead", "--json").json["rows"] == []
    assert run("alerts", "retry").out == "nothing is dead\n"
    assert run("alerts", "list", "--state", "lost").code == 2


def test_alerts_test_sends_a_real_message(run: Run) -> None:
    said = run("alerts", "test", "terminal")
    assert said.code == 0
    assert "Harbour truce" in said.out
    apart = run("alerts", "test", "terminal", "--json")
    assert apart.json == [{"channel": "terminal", "destination": "", "sent": True, "detail": "written", "error": ""}]
    assert "Harbour truce" in apart.err


def test_alerts_test_says_why_a_channel_does_not_take_it(run: Run, folder: Path) -> None:
    with (folder / "storywatch.toml").open("a") as config:
        config.write("[[channels]]\nid = 'mail'\nkind = 'email'\nhost = '127.0.0.1'\nport = 9\ntls = 'none'\n")
        config.write("from = 'a@desk.example'\nto = ['b@desk.example', 'c@desk.example']\n")
    said = run("alerts", "test", "mail")
    assert (said.code, said.out) == (1, "")
    assert "mail b@desk.example" in said.err
    assert "mail c@desk.example" in said.err


def test_an_archive_that_is_not_there_is_no_empty_one(run: Run, folder: Path) -> None:
    for words in (("alerts", "list"), ("corpus", "list"), ("backup", "b.db"), ("migrate",)):
        said = run(*words)
        assert (said.code, said.out) == (1, "")
        assert "no archive" in said.err
    assert not (folder / "archive.db").exists()


def test_backup_and_migrate(run: Run, filled: Path) -> None:
    said = run("backup", "copy.db", "--json").json
    assert (said["path"], said["bytes"]) == (str(filled / "copy.db"), (filled / "copy.db").stat().st_size)
    again = run("backup", "copy.db")
    assert again.code == 1
    assert "exists" in again.err
    revisions = run("migrate", "--json").json
    assert revisions["from"] == revisions["to"]


@contextmanager
def _served(status: int, kind: str, body: str, port: int = 0) -> Iterator[int]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            gone = self.path == "/robots.txt"
            self.send_response(404 if gone else status)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(b"" if gone else body.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(("status", "code", "word"), [(200, 0, "well"), (503, 1, "not well: no tick")])
def test_health_asks_the_daemon(run: Run, folder: Path, status: int, code: int, word: str) -> None:
    with _served(status, "text/plain", "no tick" if code else "ok") as port:
        with (folder / "storywatch.toml").open("a") as config:
            config.write(f"[web]\nlisten = '127.0.0.1:{port}'\n")
        said = run("health")
    assert (said.code, said.out.startswith(word)) == (code, True)
    gone = run("health", "--json")
    assert (gone.code, gone.json["well"], gone.json["status"]) == (1, False, None)


def _process(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    """In a process of its own: the reactor can be neither replaced nor restarted."""
    command = [sys.executable, "-m", "monitor", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, timeout=60, env=dict(os.environ), check=False)


def _let_in(folder: Path, port: int) -> None:
    with (folder / "storywatch.toml").open("a") as config:
        config.write(f"[fetch]\nallow_private = ['127.0.0.1:{port}']\ndelay = '0s'\n")


def test_sources_test_shows_what_an_address_lists(folder: Path) -> None:
    with _served(200, "application/rss+xml", FEED) as port:
        _let_in(folder, port)
        said = _process(folder, "sources", "test", f"http://127.0.0.1:{port}/feed")
    assert (said.returncode, said.stderr) == (0, b"")
    assert b"The Wire: 2 entries" in said.stdout
    assert b"[[sources]]" in said.stdout


def test_extract_fetches_addresses_guarded_like_the_daemon(folder: Path) -> None:
    (folder / "page.txt").write_text("Harbour open\n\nThe harbour of Varn is open again for grain ships since Monday.")
    page, inside = "text/html; charset=utf-8", "http://127.0.0.1"
    with _served(200, page, PAGE) as port, _served(200, page, PAGE) as closed:
        _let_in(folder, port)
        said = _process(folder, "extract", "page.txt", f"{inside}:{port}/a", f"{inside}:{closed}/b", "--jsonl")
    assert said.returncode == 3
    assert f":{closed}/b: refused-by-guard".encode() in said.stderr
    first, second, third = map(json.loads, said.stdout.splitlines())
    assert (first["title"], second["title"]) == ("Harbour open", "Truce for the harbour")
    assert "refused-by-guard" in third["error"]


def test_nothing_hostile_reaches_the_terminal(run: Run, folder: Path) -> None:
    (folder / "evil.txt").write_text("Truce \x1b]0;owned\x07 for \x9b31m the [bold]harbour[/bold]\n\nA truce for all.")
    for words in (("rules", "test", "truce NEAR/9 harbour", "--text", "evil.txt"), ("extract", "evil.txt")):
        said = run(*words)
        assert said.code == 0
        assert not {"\x1b", "\x07", "\x9b"} & set(said.out + said.err)


def test_stories_are_listed_shown_merged_and_split(run: Run, filled: Path) -> None:
    listed = run("stories", "list", "--json").json
    assert {"id", "title", "first_seen", "newest", "articles", "outlets", "developments"} == set(listed["rows"][0])
    first = run("stories", "list", "--limit", "1", "--json").json
    assert first["rows"] == listed["rows"][:1]
    a, b = (row["id"] for row in listed["rows"][-1:-3:-1])
    inside = [
        one["id"] for turn in run("stories", "show", b, "--json").json["developments"] for one in turn["articles"]
    ]
    assert run("stories", "merge", a, b, "--by", "mara", "--json").json == {"story": a, "merged": b}
    told = run("stories", "show", b, "--json").json
    assert told["id"] == a
    assert [(one["who"], one["action"], one["articles"]) for one in told["actions"]] == [("mara", "merge", inside)]
    made = run("stories", "split", a, *inside, "--json").json
    assert made["from"] == a and made["story"] not in (a, b)
    said = run("stories", "show", a).out
    assert f"mara merged {b} into {a}" in said and f"split {made['story']} from {a}" in said
    assert run("stories", "split", a, "a999").code == 2
    assert run("stories", "show", "s999").code == 2
