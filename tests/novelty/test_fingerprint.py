"""The corpus fingerprint: what it keeps, that levels work against it, and that it holds no text."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Document, Known, Level, Origin
from monitor.novelty import Memory, Thresholds, judge, profile, read_fingerprint, sketch, write_fingerprint
from monitor.novelty.binary import Reader, Writer
from monitor.novelty.fingerprint import BITS, MAGIC, MOST
from monitor.novelty.weights import Weights
from spiders.files import document_from_file

ROOT = Path(__file__).resolve().parents[2]
BUILT_IN = ROOT / "monitor" / "novelty" / "fingerprints" / "ceasefire-talks.fp"
DAY = datetime(2031, 5, 3, tzinfo=UTC)
MOST_BYTES = 20_000
RUN = 10  # words
COMMENT_FORM = "Leave a Reply Your email address will not be published. Required fields are marked"
"""What half of all sites print under an article, one of the seeds' too; tests have it for that reason."""

AGAIN = "storywatch corpus fingerprint seeds -o monitor/novelty/fingerprints/ceasefire-talks.fp --published 2025-03-19"
PARAGRAPHS = (
    "Engineers from Hallen and Torvik agreed on Monday to reopen the Arna canal for 52 barges after long delays.",
    "The locks had been shut since November, when a gate of 140 tonnes slipped from its hinges near Solv.",
    "Minister Greta Solberg told reporters that repairs had cost 31 million crowns and that no ship would pay a toll.",
    "Bargemen waiting upstream lit fires along the towpath and sang until the first signal turned from red to green.",
    "Grain dealers in the lower towns said prices should fall by a fifth once the stores at Kessel have been filled.",
    "An inspection on 14 June will decide whether the second basin, which still leaks, can be used before the harvest.",
    "Opposition speaker Otto Lang called the repair a patch and demanded that the whole stairway of locks be rebuilt.",
)
CANAL = Document("", "Arna canal reopens", "\n\n".join(PARAGRAPHS), language="en", published=DAY)
FRESH = (
    "Late on Tuesday a fire in the pump house at Kessel injured 8 workers and destroyed 3 of the 11 turbines there.",
    "Salvage crews from Dunmarrow were called in, and police in Osterby arrested a night watchman over it.",
)
FORM = tuple(line.translate(str.maketrans("123456789", "987654321")) for line in PARAGRAPHS)


def remembered(*documents: Document) -> tuple[Known, ...]:
    return read_fingerprint(write_fingerprint(documents), "canal")


@pytest.mark.parametrize(
    ("text", "level"),
    [
        (CANAL.text, Level.SAME),
        ("By our desk in Hallen\n\n" + CANAL.text, Level.COPY),
        ("\n\n".join(PARAGRAPHS[:3]), Level.TRUNCATED),
        ("\n\n".join((*PARAGRAPHS, *FRESH)), Level.EXTENDED),
        ("\n\n".join(FORM), Level.TEMPLATE),
        ("\n\n".join(FRESH), Level.NEW),
    ],
)
def test_levels_work_without_the_text(text: str, level: Level) -> None:
    later = Document("", "Canal", text, language="en", published=DAY)
    found = judge(later, sketch(later), remembered(CANAL), Thresholds())
    assert found.level is level
    if level is not Level.NEW:
        assert found.nearest is not None and found.nearest.title == "known before (fingerprint canal, document 1)"
        assert not found.nearest.archived


def test_only_what_is_new_is_new_against_a_fingerprint() -> None:
    later = replace(CANAL, text="\n\n".join((*PARAGRAPHS, *FRESH)))
    found = judge(later, sketch(later), remembered(CANAL), Thresholds())
    assert [one.text for one in found.sentences if one.new] == list(FRESH)
    assert {"8", "3", "11"} <= {fact.text for fact in found.facts}
    assert not {"52", "140", "31 million"} & {fact.text for fact in found.facts}


def test_a_fingerprint_gives_back_what_it_was_made_of() -> None:
    (known,) = remembered(CANAL)
    own = sketch(CANAL)
    assert known.sketch is not None and known.profile is not None
    assert (known.sketch.text_hash, known.sketch.sampled) == (own.text_hash, own.sampled)
    assert known.profile.bits == BITS
    assert known.profile.marks == profile(CANAL).marks
    cut = (1 << BITS) - 1
    assert known.profile.stems == tuple(frozenset(n & cut for n in one) for one in profile(CANAL).stems)
    assert (known.text, known.language, known.origin) == ("", "en", Origin.CORPUS)
    assert known.published is not None and known.published.date() == DAY.date()


WORDS = st.lists(st.sampled_from(["ferry", "Torvik", "31", "sank", "міст", "мост", "3 May", ".", "\n\n"]), max_size=60)
DOCUMENTS = st.builds(
    Document,
    url=st.just(""),
    title=WORDS.map(" ".join),
    text=WORDS.map(" ".join),
    language=st.sampled_from(["", "en", "uk"]),
)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.lists(DOCUMENTS, max_size=4))
def test_any_documents_survive_the_file(documents: list[Document]) -> None:
    data = write_fingerprint(documents)
    known = read_fingerprint(data, "x")
    assert data == write_fingerprint(documents)
    assert [one.language for one in known] == [one.language for one in documents]
    assert [one.sketch.text_hash for one in known if one.sketch] == [sketch(one).text_hash for one in documents]
    assert [one.profile.marks for one in known if one.profile] == [profile(one).marks for one in documents]


@settings(derandomize=True, max_examples=80, deadline=None)
@given(st.binary(max_size=40), st.integers(min_value=0, max_value=400))
def test_a_damaged_file_is_a_value_error(noise: bytes, place: int) -> None:
    good = write_fingerprint([CANAL])
    bad = good[:place] + noise + good[place + len(noise) :]
    if bad != good:
        with pytest.raises(ValueError, match=r"fingerprint"):
            read_fingerprint(bad, "x")


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.integers(0, (1 << 62) - 1), st.sets(st.integers(0, 4095)), st.sets(st.integers(0, (1 << 32) - 1)), st.text())
def test_numbers_survive_the_bytes(number: int, few: set[int], many: set[int], words: str) -> None:
    out = Writer()
    out.varint(number)
    out.packed(few, 12)
    out.rising(many)
    out.text(words)
    back = Reader(bytes(out.data))
    assert (back.varint(), back.packed(12), set(back.rising()), back.text()) == (number, few, many, words)
    assert back.ended


def test_a_fingerprint_of_another_version_says_what_to_do() -> None:
    good = write_fingerprint([CANAL])
    other = good[: len(MAGIC) + 5] + bytes([good[len(MAGIC) + 5] + 1]) + good[len(MAGIC) + 6 :]
    with pytest.raises(ValueError, match=r"another version of storywatch \(analyser .*make it again"):
        read_fingerprint(other, "x")


def test_too_many_documents_are_refused() -> None:
    with pytest.raises(ValueError, match="corpus add"):
        write_fingerprint([Document("", "x", "y")] * (MOST + 1))


def test_memory_finds_by_wording_and_by_words() -> None:
    fire = Document("", "Fire at Kessel", "\n\n".join(FRESH), language="en")
    memory = Memory(remembered(CANAL, fire, CANAL))
    assert len(memory.documents) == 2
    part = Document("", "", "\n\n".join(PARAGRAPHS[:4]))
    (found,) = memory.wording(sketch(part))
    assert found.version_id == memory.documents[0].version_id
    nearest = memory.nearest(profile(replace(fire, text=fire.text.replace("8 workers", "9 workers"))), Weights())
    assert nearest[0].version_id == memory.documents[1].version_id


def test_memory_counts_its_documents_in_the_weights() -> None:
    own = profile(CANAL)
    memory = Memory(remembered(CANAL))
    weighed = memory.weighed(Weights(3, {}), own, ())
    assert weighed.documents == 4
    assert all(weighed.counts[number] == 1 for passage in (*own.stems, *own.marks) for number in passage)
    empty = Weights(3, {})
    assert Memory().weighed(empty, own, ()) is empty


def seeds(shared: Path) -> list[Document]:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    files = sorted((shared / "seeds").glob("*.txt"))
    documents = [document_from_file(file.name, file.read_bytes(), now) for file in files]
    return [replace(one, published=one.published or datetime(2025, 3, 19, tzinfo=UTC)) for one in documents]


def test_the_built_in_fingerprint_is_small_and_readable() -> None:
    data = BUILT_IN.read_bytes()
    assert len(data) <= MOST_BYTES
    assert len(read_fingerprint(data, "ceasefire-talks")) == 5


def test_the_built_in_fingerprint_is_that_of_the_seeds(shared: Path) -> None:
    assert write_fingerprint(seeds(shared)) == BUILT_IN.read_bytes(), f"make it again: {AGAIN} --force"


def test_no_ten_words_of_a_seed_are_in_the_project(shared: Path) -> None:
    """Every tracked file, and every file in the packages, for these are what a wheel is built of."""
    forbidden = {run for file in (shared / "seeds").glob("*.txt") for run in runs(file.read_text("utf-8"))}
    forbidden -= set(runs(COMMENT_FORM))
    assert len(forbidden) > 4000
    found = [file for file in sorted(set(project_files())) if not forbidden.isdisjoint(runs(read(file)))]
    assert found == []


def runs(text: str) -> Iterator[str]:
    words = re.findall(r"\w+", text.lower())
    for place in range(len(words) - RUN + 1):
        yield " ".join(words[place : place + RUN])


def read(file: Path) -> str:
    return file.read_bytes().decode("utf-8", "ignore")


def project_files() -> Iterator[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False).stdout.decode()
    yield from (ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file())
    for package in ("monitor", "spiders", "alerts"):
        yield from (file for file in (ROOT / package).rglob("*") if file.is_file() and file.suffix != ".pyc")
