"""`doctor`, `alerts retry --channel` and the sample of `alerts test`, through the real command line."""

from __future__ import annotations

import http.server
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.model import Destination
from monitor.newsroom.mailbox import Mailbox
from monitor.store import lanes, open_store

MAIL = """
[[channels]]
id = "{id}"
kind = "email"
host = "127.0.0.1"
port = {port}
tls = "none"
from = "Desk <desk@harbour.example>"
to = ["one@harbour.example", "two@harbour.example"]
"""


def add(folder: Path, *channels: tuple[str, int]) -> None:
    with (folder / "storywatch.toml").open("a") as config:
        config.writelines(MAIL.format(id=name, port=port) for name, port in channels)


def switch_off(folder: Path, channel: str) -> None:
    with closing(open_store(f"sqlite:///{folder / 'archive.db'}")) as store, store.write() as tx:
        lanes.off(tx, Destination(channel), "the server does not know us", datetime.now(UTC))


@pytest.fixture(autouse=True)
def near(folder: Path) -> Iterator[None]:
    """Sources without names to look up, and screens that say that they are well."""

    class Well(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"well\n")

        def log_message(self, *_args: Any) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Well)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    file = folder / "storywatch.toml"
    text = file.read_text().replace("//wire.example", "//127.0.0.1").replace("//daily.example", "//127.0.0.1")
    file.write_text(f'{text}\n[web]\nlisten = "127.0.0.1:{server.server_port}"\n')
    yield
    server.shutdown()
    server.server_close()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    yield box
    box.stop()


@pytest.fixture
def deaf() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def lines(said: Any) -> dict[str, tuple[str, str, str]]:
    return {one["check"]: (one["grade"], one["said"], one["mend"]) for one in said.json["findings"]}


def test_a_healthy_desk_is_ok_line_by_line(run: Any, filled: Path) -> None:
    with sqlite3.connect(filled / "archive.db") as archive:
        archive.execute("UPDATE delivery SET state = 'sent' WHERE state = 'dead'")
    said = run("doctor")
    assert said.code == 0, said.out
    grades = [line.split()[0] for line in said.out.splitlines()]
    assert set(grades) == {"ok"}
    for check in (
        "config", "folder", "disk", "database", "integrity", "clock", "alerts", "DNS", "TLS", "time zones", "screens",
        "clock skew",
    ):  # fmt: skip
        assert f" {check}: " in said.out, check
    assert lines(run("doctor", "--json"))["alerts"] == ("ok", "nothing is stuck", "")


def test_what_is_dead_or_off_ends_with_the_command_that_mends_it(run: Any, filled: Path) -> None:
    assert run("doctor").code == 0
    assert "warn alerts: 1 alert given up; to mend it: `storywatch alerts retry`" in run("doctor").out
    switch_off(filled, "terminal")
    said = run("doctor")
    assert said.code == 1
    assert "fail alerts: channel terminal is switched off since" in said.out
    assert said.out.count("storywatch alerts test terminal") == 1


def test_before_the_first_run_there_is_no_archive_and_that_is_no_failure(run: Any, folder: Path) -> None:
    said = run("doctor", "--json")
    grade, told, mend = lines(said)["database"]
    assert (said.code, grade, mend) == (0, "warn", "`storywatch run`") and "no archive" in told
    assert not (folder / "archive.db").exists()


def test_another_schema_a_foreign_file_and_a_clock_that_was_set_back(run: Any, filled: Path) -> None:
    with sqlite3.connect(filled / "archive.db") as archive:
        archive.execute("UPDATE source SET last_checked = '2199-01-01 00:00:00.000000' WHERE id = 'wire'")
    grade, told, mend = lines(run("doctor", "--json"))["clock"]
    assert grade == "fail" and "2199-01-01" in told and "timedatectl" in mend
    with sqlite3.connect(filled / "archive.db") as archive:
        archive.execute("UPDATE alembic_version SET version_num = '0001'")
    assert lines(run("doctor", "--json"))["database"][::2] == ("fail", "`storywatch migrate`")
    (filled / "archive.db").write_bytes(b"no database at all, and long enough to be looked at" * 50)
    said = run("doctor", "--json")
    assert said.code == 1 and lines(said)["database"][0] == "fail" and said.json["ok"] is False


def test_a_config_that_cannot_be_read_is_told_problem_by_problem(run: Any, folder: Path) -> None:
    with (folder / "storywatch.toml").open("a") as config:
        config.write("\n[[rules]]\nid = 'broken'\nquery = 'harbour AND ('\nseverity = 'loud'\n")
    said = run("doctor")
    assert said.code == 2 and said.out.count("fail config: ") == 2
    assert f"edit {folder / 'storywatch.toml'}:" in said.out
    assert len(run("doctor", "--json").json["findings"]) == 2


def test_channels_are_tried_side_by_side_and_within_a_time(run: Any, folder: Path, mailbox: Mailbox, deaf: int) -> None:
    from alerts.channels import open_channels
    from monitor.config import load
    from monitor.runtime.probing import probed

    add(folder, ("good", mailbox.port), ("deaf-1", deaf), ("deaf-2", deaf), ("closed", 9))
    config = load(None, {}, folder)
    found = list(probed(config, open_channels(config), seconds=1.5))
    assert [one.check for one in found] == [f"channel {one.id}" for one in config.channels]
    assert [one.grade.value for one in found] == ["ok", "ok", "fail", "fail", "fail"]
    assert [one.said for one in found[2:4]] == ["no answer within 1.5 s"] * 2
    assert found[4].mend.endswith("then `storywatch alerts test closed`") and "storywatch.toml:" in found[4].mend
    assert mailbox.mails == ()


def test_the_command_shows_each_channel(run: Any, folder: Path, mailbox: Mailbox) -> None:
    add(folder, ("good", mailbox.port), ("closed", 9))
    said = run("doctor", "--channels")
    assert said.code == 1
    assert "ok   channel terminal: writes to the terminal" in said.out and "ok   channel good: 127.0.0.1" in said.out
    assert "fail channel closed: " in said.out and "`storywatch alerts test closed`" in said.out
    assert mailbox.mails == () and "1 of " in said.err


def test_the_dead_of_one_channel_are_sent_again_and_it_is_switched_on(run: Any, filled: Path) -> None:
    add(filled, ("mail", 9))
    switch_off(filled, "terminal")
    switch_off(filled, "mail")
    assert run("alerts", "retry", "--channel", "nobody").code == 2
    assert run("alerts", "retry", "x1", "--channel", "mail").code == 2
    assert run("alerts", "retry", "--channel", "mail", "--json").json == {"retried": 0, "switched_on": ["mail"]}
    assert run("alerts", "retry", "--channel", "terminal", "--json").json == {
        "retried": 1,
        "switched_on": ["terminal"],
    }


def test_the_sample_is_an_alert_in_full_form_and_says_that_it_is_none(run: Any, filled: Path, mailbox: Mailbox) -> None:
    add(filled, ("mail", mailbox.port))
    switch_off(filled, "mail")
    said = run("alerts", "test", "mail")
    assert said.code == 0 and "mail one@harbour.example: sent" in said.out and "mail is switched on again" in said.err
    first, second = mailbox.mails
    text = first.message.get_body(("plain",)).get_content()
    assert "Test message from Storywatch" in first.message["Subject"]
    for part in (
        "This channel works",
        "140 passengers",
        "sample-rule",
        "sample-gazette",
        "https://example.org/sample/1",
    ):
        assert part in text, part
    assert first.message["Message-ID"] != second.message["Message-ID"]
    assert run("alerts", "list", "--state", "pending", "--json").json["rows"] == []


def test_a_page_of_the_database_that_was_overwritten_is_found(run: Any, filled: Path) -> None:
    file = filled / "archive.db"
    data = bytearray(file.read_bytes())
    # Not the first pages: with the schema gone it is no database at all, which another line tells.
    data[-3 * 4096 : -2 * 4096] = b"\xff" * 4096
    file.write_bytes(data)
    said = run("doctor", "--json")
    grade, _told, mend = lines(said)["integrity"]
    assert (said.code, grade) == (1, "fail") and "storywatch restore" in mend


def test_screens_that_are_not_well_not_ours_or_not_there(run: Any, folder: Path) -> None:
    from monitor.runtime.surroundings import ask_screens

    file = folder / "storywatch.toml"
    file.write_text(file.read_text().replace('listen = "127.0.0.1:', 'listen = "127.0.0.1:9" # '))
    grade, told, mend = lines(run("doctor", "--json"))["screens"]
    assert (grade, mend) == ("warn", "`storywatch run`") and "no daemon answers" in told
    assert ask_screens("127.0.0.1", 9)[0] is None
