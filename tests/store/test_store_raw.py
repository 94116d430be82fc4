"""WARC files: what is kept comes back byte for byte, other tools can read it, and a crash leaves whole files."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from monitor.errors import StoreError
from monitor.model import Fetch, Outcome, Wire
from monitor.store.raw import OPEN, RawWriter, files, open_bytes, read_bytes, recover
from monitor.store.records import exchange_of, exchange_records, sha256

NOW = datetime(2026, 3, 18, 12, 0, 0, 250_000, tzinfo=UTC)
URL = "http://courier.example/talks?page=2"
SENT = (("Host", "courier.example"), ("User-Agent", "storywatch"), ("Accept", "text/html"))
CAME = (("Server", "press"), ("Content-Type", "text/html"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"))


def page(body: bytes = b"<p>Envoys met.</p>", outcome: Outcome = Outcome.OK, status: int = 200) -> Fetch:
    wire = Wire(SENT, CAME, "HTTP/1.1", "192.0.2.7", ("http://courier.example/old",))
    return Fetch("http://courier.example/old", outcome, NOW, 0.25, status, URL, body=body, wire=wire)


def checked(file: Path) -> str:
    """What warcio's own command says of a file; "" when nothing is wrong."""
    tool = Path(sys.executable).with_name("warcio")
    done = subprocess.run([tool, "check", file], capture_output=True, text=True, check=False)
    return f"{done.returncode} {done.stdout}{done.stderr}" if done.returncode or done.stdout else ""


def test_an_exchange_comes_back_as_it_was(tmp_path: Path) -> None:
    writer = RawWriter(tmp_path / "warc")
    kept = writer.keep(page(), "courier.example/talks", "trafilatura", NOW)
    assert kept is not None
    data = read_bytes(tmp_path / "warc", kept.warc.file, kept.offset, kept.length)
    found = exchange_of(data)
    assert (found.url, found.status, found.body) == (URL, 200, b"<p>Envoys met.</p>")
    assert found.headers == (*CAME, ("Content-Length", "18"))
    assert found.request == SENT
    assert found.metadata == {
        "outcome": "ok",
        "fetchTimeMs": "250",
        "askedFor": "http://courier.example/old",
        "via": "http://courier.example/old",
        "article": "courier.example/talks",
        "extraction": "trafilatura",
    }
    assert (kept.digest, kept.payload, kept.size) == (sha256(data), sha256(found.body), 18)
    writer.close()
    assert read_bytes(tmp_path / "warc", kept.warc.file, kept.offset, kept.length) == data


def test_the_records_are_warc_1_1_and_point_at_each_other(tmp_path: Path) -> None:
    writer = RawWriter(tmp_path)
    kept = writer.keep(page(), "courier.example/talks", "trafilatura", NOW)
    writer.close()
    assert kept is not None
    with (tmp_path / kept.warc.file).open("rb") as stream:
        records = [(one, one.rec_headers.get_header) for one in ArchiveIterator(stream)]
    assert [one.rec_type for one, _ in records] == ["warcinfo", "response", "request", "metadata"]
    assert {one.rec_headers.protocol for one, _ in records} == {"WARC/1.1"}
    answer = records[1][1]
    assert answer("WARC-Date") == "2026-03-18T12:00:00.250000Z"
    assert (answer("WARC-Target-URI"), answer("WARC-IP-Address")) == (URL, "192.0.2.7")
    assert answer("Content-Type") == "application/http; msgtype=response"
    assert all(header("WARC-Concurrent-To") == answer("WARC-Record-ID") for _, header in records[2:])
    assert records[2][0].http_headers.statusline == "/talks?page=2 HTTP/1.1"
    assert checked(tmp_path / kept.warc.file) == ""


def test_what_was_unpacked_does_not_call_itself_packed() -> None:
    wire = Wire(SENT, (("Content-Encoding", "gzip"), ("Content-Length", "12"), ("transfer-encoding", "chunked")))
    found = exchange_of(exchange_records(page(b"plain"), wire, {}))
    assert found.headers == (
        ("X-Archive-Orig-Content-Encoding", "gzip"),
        ("X-Archive-Orig-Content-Length", "12"),
        ("X-Archive-Orig-transfer-encoding", "chunked"),
        ("Content-Length", "5"),
    )


@settings(max_examples=60, derandomize=True, deadline=None)
@given(body=st.binary(max_size=300), value=st.text(max_size=40), status=st.integers(100, 999))
def test_no_answer_breaks_the_records(body: bytes, value: str, status: int) -> None:
    wire = Wire((("Host", value),), (("X-Odd", value), ("WARC-Type", value)))
    found = exchange_of(exchange_records(page(body, status=status), wire, {"error": value}))
    assert (found.body, found.status, len(found.headers)) == (body, status, 3)


@pytest.mark.parametrize(
    "fetch",
    [
        Fetch(URL, Outcome.TIMEOUT, NOW),
        Fetch(URL, Outcome.NOT_HTML, NOW, status=200, wire=Wire((), ())),
        Fetch(URL, Outcome.OK, NOW, status=200, body=b"without its wire"),
    ],
)
def test_what_has_no_answer_is_not_kept(tmp_path: Path, fetch: Fetch) -> None:
    assert RawWriter(tmp_path / "warc").keep(fetch, "k", "", NOW) is None
    assert not (tmp_path / "warc").exists()


def test_files_are_rotated_by_size_and_by_day_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    writer = RawWriter(tmp_path / "warc", most_bytes=4_500)
    moments = [NOW, NOW, NOW, NOW + timedelta(hours=23), NOW + timedelta(days=2)]
    kept = [writer.keep(page(bytes(range(256)) * 2), "k", "", one) for one in moments]
    names = [one.warc.file for one in kept if one is not None]
    assert names == [
        "storywatch-20260318120000-0000.warc.gz",
        "storywatch-20260318120000-0000.warc.gz",
        "storywatch-20260318120000-0001.warc.gz",
        "storywatch-20260318120000-0001.warc.gz",
        "storywatch-20260320120000-0000.warc.gz",
    ]
    assert sorted(path.name for path in (tmp_path / "warc").iterdir()) == [names[0], names[2], f"{names[4]}{OPEN}"]
    assert open_bytes(tmp_path / "warc") > 0
    writer.close()
    found = list(files(tmp_path / "warc"))
    assert [path.name for path, _size, _at in found] == sorted(set(names))
    assert all(size <= 4_500 and path.stat().st_mode & 0o777 == 0o600 for path, size, _at in found)
    assert (tmp_path / "warc").stat().st_mode & 0o777 == 0o700
    assert [checked(path) for path, _size, _at in found] == ["", "", ""]


KILLED = """
import os, sys
from datetime import datetime, UTC
from pathlib import Path
from monitor.model import Fetch, Outcome, Wire
from monitor.store.raw import RawWriter
now = datetime(2026, 3, 18, 12, tzinfo=UTC)
writer = RawWriter(Path(sys.argv[1]))
for number in range(3):
    fetch = Fetch("http://a.example/", Outcome.OK, now, 0, 200, "http://a.example/", body=b"x" * 900, wire=Wire((), ()))
    kept = writer.keep(fetch, "a.example/", "", now)
    print(kept.offset, kept.length, flush=True)
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def killed(tmp_path: Path) -> list[tuple[int, int]]:
    """Where three exchanges lie in the file that a killed process left open."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -9, done.stderr
    return [(int(one), int(two)) for one, two in (line.split() for line in done.stdout.splitlines())]


@pytest.mark.parametrize("torn", [0, 1, 40, 400])
def test_after_a_kill_whole_records_stay_and_a_torn_one_goes(
    tmp_path: Path, killed: list[tuple[int, int]], torn: int
) -> None:
    (path,) = tmp_path.iterdir()
    assert path.name.endswith(OPEN)
    offset, length = killed[-1]
    with path.open("r+b") as file:
        file.truncate(offset + length - torn)
    assert recover(tmp_path) == [path.name.removesuffix(OPEN)]
    ((final, size, _at),) = files(tmp_path)
    assert size == offset + length if torn == 0 else offset <= size < offset + length - torn
    assert checked(final) == ""
    for where in killed[: 3 if torn == 0 else 2]:
        assert exchange_of(read_bytes(tmp_path, final.name, *where)).body == b"x" * 900
    assert recover(tmp_path) == []


def test_an_empty_file_of_a_dead_process_goes(tmp_path: Path) -> None:
    (tmp_path / f"storywatch-20260318120000-0000.warc.gz{OPEN}").write_bytes(b"")
    assert recover(tmp_path) == ["storywatch-20260318120000-0000.warc.gz"]
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_still_written_is_left_alone(tmp_path: Path) -> None:
    writer = RawWriter(tmp_path)
    before = writer.keep(page(), "k", "", NOW)
    assert recover(tmp_path) == []
    after = writer.keep(page(), "k", "", NOW)
    assert before is not None and after is not None
    assert (after.warc, after.offset) == (before.warc, before.offset + before.length)
    writer.close()


def _a_file(path: Path) -> None:
    path.write_text("no folder")


def _full(path: Path) -> None:
    path.symlink_to("/proc/self")


@pytest.mark.parametrize("spoil", [_a_file, _full])
def test_a_folder_that_takes_nothing_is_a_word(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    spoil(tmp_path / "warc")
    with pytest.raises(StoreError, match="raw responses cannot be kept in"):
        RawWriter(tmp_path / "warc").keep(page(), "k", "", NOW)
