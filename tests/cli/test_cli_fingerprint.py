"""`corpus fingerprint`, and the commands that know fingerprints."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
TEXT = """Ferry of Skerry aground

The ferry of Skerry ran aground on Sunday with 212 passengers on board, the coast guard said.

Divers found a tear of 9 metres under the engine room, and pumps were flown in from Varn.

Captain Olav Brandt said nobody was hurt; all passengers reached the quay before midnight.
"""
LATER = TEXT + "\nOn Tuesday 3 tugs from Osterby tried to move her and failed, owner Ivo Kestrel told reporters.\n"


@pytest.fixture
def known(folder: Path) -> Path:
    """A folder with an article and a file that is none."""
    (folder / "known").mkdir()
    (folder / "known" / "ferry.txt").write_text(TEXT, encoding="utf-8")
    (folder / "known" / "empty.txt").write_text("", encoding="utf-8")
    return folder


def test_a_fingerprint_is_written_and_says_what_is_in_it(run: Run, known: Path) -> None:
    said = run("corpus", "fingerprint", "known", "-o", "ferry.fp", "--published", "2031-05-03", "--json")
    size = (known / "ferry.fp").stat().st_size
    assert (said.code, said.json) == (0, {"file": "ferry.fp", "bytes": size, "documents": 1})
    assert "1 of 2: known/empty.txt" in said.err and "empty.txt: " in said.err
    assert b"ferry" not in (known / "ferry.fp").read_bytes().lower()


def test_a_file_that_is_there_is_replaced_only_by_force(run: Run, known: Path) -> None:
    (known / "ferry.fp").write_text("mine")
    said = run("corpus", "fingerprint", "known", "-o", "ferry.fp")
    assert (said.code, said.out) == (2, "") and "--force" in said.err
    assert (known / "ferry.fp").read_text() == "mine"
    assert run("corpus", "fingerprint", "known", "-o", "ferry.fp", "--force").code == 0
    assert (known / "ferry.fp").read_bytes().startswith(b"storywatch corpus")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("absent", "-o", "x.fp"), 2, "no such file"),
        (("known/empty.txt", "-o", "x.fp"), 1, "empty.txt"),
        (("known", "-o", "absent/x.fp"), 2, "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_said(run: Run, known: Path, words: tuple[str, ...], code: int, said: str) -> None:
    done = run("corpus", "fingerprint", *words)
    assert (done.code, done.out) == (code, "")
    assert said in done.err
    assert not (known / "x.fp").exists()


def test_a_watch_knows_what_its_fingerprint_tells(run: Run, known: Path) -> None:
    run("corpus", "fingerprint", "known", "-o", "ferry.fp")
    with (known / "storywatch.toml").open("a", encoding="utf-8") as config:
        config.write('\n[corpus]\nfingerprints = ["ferry.fp"]\n')
    (known / "later.txt").write_text(LATER, encoding="utf-8")
    title = "known before (fingerprint ferry, document 1)"
    assert run("check", "--json").json["remembered"] == 1
    assert run("corpus", "list", "--json").json["rows"] == [{"id": "f1", "title": title, "url": ""}]
    same, later = run("compare", "known/ferry.txt", "later.txt", "--json").json
    assert (same["level"], later["level"]) == ("same", "extended")
    assert (later["nearest"]["id"], later["nearest"]["title"]) == (None, title)
    assert [one["text"] for one in later["sentences"] if one["new"]] == [LATER.strip().rsplit("\n", 1)[1]]
    assert f"nearest     {title}" in run("compare", "later.txt").out


def test_a_fingerprint_of_another_version_is_a_config_error(run: Run, known: Path) -> None:
    run("corpus", "fingerprint", "known", "-o", "ferry.fp")
    data = bytearray((known / "ferry.fp").read_bytes())
    data[len(b"storywatch corpus\n") + 4] += 1
    (known / "ferry.fp").write_bytes(data)
    with (known / "storywatch.toml").open("a", encoding="utf-8") as config:
        config.write('\n[corpus]\nfingerprints = ["ferry.fp"]\n')
    said = run("check", "--json")
    (problem,) = said.json["problems"]
    assert said.code == 2
    assert problem["line"] > 0 and "made by another version" in problem["message"] and "again" in problem["message"]
