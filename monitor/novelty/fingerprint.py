"""A corpus without its text: what its documents are compared by, as one small versioned file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from zlib import crc32

from monitor.model import Document, Known, Origin, Profile, Sketch
from monitor.novelty.binary import Reader, Writer
from monitor.novelty.digest import digest
from monitor.novelty.profile import all_of, profile_of
from monitor.novelty.shingles import KEEP_ALL, SAMPLE, WIDTH
from monitor.novelty.sketch import sketch_of
from monitor.novelty.spelling import SCHEME
from monitor.text import ANALYSER

MAGIC = b"storywatch corpus\n"
FORMAT = 1
BITS = 13
"""Of a stem's number: as few as tell sentences apart as well as all 32 do, and stand for several words each."""

SOURCE = "fingerprint"

MOST = 1_000
"""Documents: they are held in memory. More belong into the archive, which finds its nearest by an index."""

_CUT = (1 << BITS) - 1
_HALF = 1 << 62
# What must be the same here and where the file was written, or its hashes find nothing.
_MADE_WITH: Mapping[str, int] = {
    "format": FORMAT,
    "analyser": ANALYSER,
    "scheme": SCHEME,
    "shingle width": WIDTH,
    "shingle sampling": SAMPLE,
    "shortest sampled text": KEEP_ALL,
    "bits": BITS,
}


def write_fingerprint(documents: Iterable[Document]) -> bytes:
    """Return the fingerprint of documents, in their order: the same bytes on every machine.

    Raises ValueError for more than `MOST` of them.
    """
    kept = []
    for document in documents:
        cut = digest(document.title, document.prose)
        profile = profile_of(cut)
        stems = tuple(frozenset(number & _CUT for number in passage) for passage in profile.stems)
        kept.append((document, sketch_of(cut), Profile(BITS, stems, profile.marks)))
    if len(kept) > MOST:
        raise ValueError(f"a fingerprint holds at most {MOST:,} documents: take more in with `storywatch corpus add`")
    numbers = sorted(all_of(passage for _, _, profile in kept for passage in profile.marks))
    places = {number: place for place, number in enumerate(numbers)}
    body = Writer()
    for value in (*_MADE_WITH.values(), _gazetteer(), len(kept)):
        body.varint(value)
    body.rising(numbers)
    for document, sketch, profile in kept:
        _write_one(body, document, sketch, profile, places)
    return MAGIC + crc32(body.data).to_bytes(4, "little") + bytes(body.data)


def _write_one(body: Writer, document: Document, sketch: Sketch, profile: Profile, places: Mapping[int, int]) -> None:
    body.signed(sketch.text_hash)
    body.text(document.language)
    body.varint(document.published.astimezone(UTC).toordinal() if document.published else 0)
    body.varint(len(sketch.sampled))
    for value in sketch.sampled:
        body.signed(value)
    body.varint(len(profile.stems))
    for stems in profile.stems:
        body.packed(stems, BITS)
    for marks in profile.marks:
        body.rising(places[number] for number in marks)


def read_fingerprint(data: bytes, name: str) -> tuple[Known, ...]:
    """Return the documents of a fingerprint, each without its text and with an id below 0 that its text decides.

    Raises ValueError with what to do when the file is no fingerprint, damaged or of another version.
    """
    if not data.startswith(MAGIC):
        raise ValueError("this is no fingerprint: make one with `storywatch corpus fingerprint PATH... -o FILE`")
    body = Reader(data[len(MAGIC) :])
    try:
        check = int.from_bytes(body.raw(4), "little")
        _check_versions(body)
        if check != crc32(body.data[4:]):
            raise ValueError("its checksum is wrong")
        count, marks = body.varint(), body.rising()
        known = tuple(_read_one(body, marks, name, number) for number in range(1, count + 1))
        if not body.ended:
            raise ValueError("something follows its last document")
    except _OtherVersion as error:
        raise ValueError(str(error)) from None
    except (ValueError, IndexError, OverflowError) as error:
        raise ValueError(f"the fingerprint is damaged ({error}): copy it again") from None
    return known


class _OtherVersion(ValueError):
    """Hashes that were made in another way."""


def _check_versions(body: Reader) -> None:
    for name, ours in (*_MADE_WITH.items(), ("gazetteer", _gazetteer())):
        theirs = body.varint()
        if theirs != ours:
            raise _OtherVersion(
                f"the fingerprint was made by another version of storywatch ({name} {theirs}, here {ours}): "
                "make it again from its texts with `storywatch corpus fingerprint PATH... -o FILE`"
            )


def _read_one(body: Reader, marks: Sequence[int], name: str, number: int) -> Known:
    text_hash, language, day = body.signed(), body.text(), body.varint()
    sampled = tuple(body.signed() for _ in range(body.varint()))
    passages = body.varint()
    if not passages:
        raise ValueError("a document without a title's place")
    stems = tuple(body.packed(BITS) for _ in range(passages))
    found = tuple(frozenset(marks[place] for place in body.rising()) for _ in range(passages))
    identity = -1 - text_hash % _HALF
    return Known(
        version_id=identity,
        article_id=identity,
        title=f"known before (fingerprint {name}, document {number})",
        text="",
        url="",
        source_id=SOURCE,
        origin=Origin.CORPUS,
        sketch=Sketch(SCHEME, text_hash, sampled),
        profile=Profile(BITS, stems, found),
        language=language,
        published=datetime.fromordinal(day).replace(hour=12, tzinfo=UTC) if day else None,
    )


@cache
def _gazetteer() -> int:
    """The version of the lists of places and concepts: their checksum."""
    lists = files("monitor.novelty.gazetteer")
    return crc32(b"".join(lists.joinpath(f"{name}.txt").read_bytes() for name in ("concepts", "places")))
