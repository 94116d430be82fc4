"""Documents, how they relate to what is known, and the articles that the archive keeps of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from monitor.model.states import Level, Origin


@dataclass(frozen=True, slots=True)
class Document:
    """Title, text, byline and dates of one page. `text` has paragraphs separated by a blank line.

    Its last `captions` characters are the captions of its pictures.
    """

    url: str
    title: str
    text: str
    author: str = ""
    published: datetime | None = None
    published_raw: str = ""
    modified: datetime | None = None
    language: str = ""
    site: str = ""
    canonical: str = ""
    paywalled: bool = False
    method: str = ""
    partial: bool = False
    captions: int = 0

    @property
    def prose(self) -> str:
        """The text without captions: what tells news. Offsets into it are offsets into the text."""
        return self.text[: len(self.text) - self.captions] if self.captions else self.text


@dataclass(frozen=True, slots=True)
class Sketch:
    """What of a document is compared; hashes are signed 64-bit."""

    scheme: int
    text_hash: int
    sampled: tuple[int, ...]
    numbers: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


class Told(NamedTuple):
    """A sentence as it stands in a text; `mark` is the same wherever its host writes it. `words` counts them."""

    start: int
    end: int
    mark: int
    words: int


@dataclass(frozen=True)
class Profile:
    """The words of a document as hashes of `bits` bits, passage by passage, the title first.

    `stems` are the meaningful words of one language, `marks` what stays the same in all of them.
    """

    bits: int
    stems: tuple[frozenset[int], ...]
    marks: tuple[frozenset[int], ...]

    @cached_property
    def all_stems(self) -> frozenset[int]:
        """The words of all passages."""
        return frozenset[int]().union(*self.stems)

    @cached_property
    def all_marks(self) -> frozenset[int]:
        """The marks of all passages."""
        return frozenset[int]().union(*self.marks)


@dataclass(frozen=True, slots=True)
class Reading:
    """A document with everything that was worked out about it outside any transaction.

    `told` are the text's sentences, by which chrome is known; empty where nobody has cut it yet.
    """

    document: Document
    sketch: Sketch
    told: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """An earlier version that a new one is held against.

    `text` is empty where only the profile is known; `published` is when it appeared, or was first seen.
    """

    version_id: int
    article_id: int
    title: str
    text: str
    url: str
    source_id: str
    origin: Origin
    story_id: int | None = None
    development_id: int | None = None
    sketch: Sketch | None = None
    profile: Profile | None = None
    language: str = ""
    published: datetime | None = None

    @property
    def archived(self) -> bool:
        """Is it in the archive? What only a fingerprint tells has ids below 0."""
        return self.version_id > 0


@dataclass(frozen=True, slots=True)
class Fact:
    """A hard fact as it stands in the text: `kind` is number, date, place or name; offsets point into the text."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with the share of it that is already known (0..1)."""

    text: str
    start: int
    end: int
    coverage: float
    new: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A figure that stands where a known text has another: `text` at these offsets, `old` there."""

    old: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Alteration:
    """What an edit did to one sentence or to the headline: number, name, negation, quote, headline, removed, added or
    wording. `old` or `new` is empty where there was none; the places are offsets into the two texts (titles: 0, 0).
    """

    kinds: tuple[str, ...]
    old: str
    new: str
    old_place: tuple[int, int] = (0, 0)
    new_place: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Edit:
    """What became of a text between two of its versions. Chrome, stamps and spelling are not among the alterations."""

    alterations: tuple[Alteration, ...] = ()
    material: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """How a document relates to what is known, with the evidence. Shares are 0..1.

    `resemblance` is to the nearest report of an event, in any language, `joined_by` the marks that both have; `decided`
    names the threshold that settled the level.
    """

    level: Level
    nearest: Known | None = None
    containment: float = 0.0
    agreement: float = 0.0
    newword: float = 1.0
    sentences: tuple[Sentence, ...] = ()
    facts: tuple[Fact, ...] = ()
    changes: tuple[Change, ...] = ()
    resemblance: float = 0.0
    joined_by: tuple[str, ...] = ()
    decided: str = ""


@dataclass(frozen=True, slots=True)
class Article:
    """Identity over time: one canonical URL. `id` is the bare number; screens and JSON write it as a12."""

    id: int
    url: str
    url_key: str
    title: str
    source_id: str
    language: str
    published: datetime | None
    first_seen: datetime
    level: Level
    origin: Origin
    partial: bool
    on_topic: bool
    story_id: int | None
    versions: int = 1
    rules: tuple[str, ...] = ()
    alerted: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """One observed state of an article; `masked`: spans of its text that its site repeats, left out in judging."""

    id: int
    article_id: int
    number: int
    document: Document
    first_seen: datetime
    judgement: Judgement
    development_id: int | None
    masked: tuple[tuple[int, int], ...] = ()
    mask_note: str = ""
