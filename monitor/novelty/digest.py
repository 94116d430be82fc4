"""A document made ready for comparing: its words, shingles, sentences and facts, worked out once."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from operator import attrgetter

from monitor.novelty.dates import Found
from monitor.novelty.figures import figures
from monitor.novelty.furniture import dateline_end, is_furniture
from monitor.novelty.marks import gazetted, mark_of, marked, marks_of, placed
from monitor.novelty.names import names
from monitor.novelty.shingles import shingles, signed
from monitor.novelty.spelling import spelled
from monitor.novelty.stems import means_nothing, stem
from monitor.text import Token, sentences, tokens

SHORT = 12
"""A text of fewer words is told apart by its title too: many pages have the same three words under their headline."""

MOST = 400
"""Sentences of a text that are scored and scored against: comparing costs the product of both."""

_FEWEST = 5  # words of a sentence that is worth a score
_NAMED = frozenset(("name", "place"))
_SHORT_LINE = 60  # characters; a line that breaks off earlier than this was ended on purpose


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence of the text; `stems` are its meaningful words. Unscored ones are furniture or too short."""

    start: int
    end: int
    stems: frozenset[str]
    scored: bool


@dataclass(frozen=True, slots=True)
class Cut:
    """A text cut into its words, each also in its one spelling, and into sentences: start, end and spelled words."""

    body: list[Token]
    words: tuple[str, ...]
    sentences: tuple[tuple[int, int, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Digest:
    """Everything that is compared of a document.

    `length` counts the words of the text, or of title and text when it is short; `all_stems` are those of both, `stems`
    those of scored sentences; `settings` has the words around each figure. Facts are looked for when they are wanted:
    of most documents that another is held against they are known already, or never asked for.
    """

    length: int
    title_stems: frozenset[str]
    all_stems: frozenset[str]
    shingles: frozenset[int]
    text_hash: int
    short: bool
    passages: tuple[Passage, ...]
    stems: frozenset[str]
    title: str
    text: str
    cut: Cut

    @cached_property
    def facts(self) -> tuple[Found, ...]:
        """The facts of the text in order."""
        found = names(self.text, self.cut.body, [(one.start, one.end) for one in self._telling])
        return tuple(sorted((*self.figured, *self._told(found)), key=attrgetter("start")))

    @cached_property
    def figured(self) -> tuple[Found, ...]:
        """Its numbers and dates in order: of most known documents nothing else is asked for."""
        return tuple(self._told(figures(self.text)))

    @cached_property
    def _telling(self) -> tuple[Passage, ...]:
        """The sentences without furniture."""
        text = self.text
        return tuple(one for one in self.passages if one.scored or not is_furniture(text[one.start : one.end]))

    def _told(self, found: Iterable[Found]) -> Iterator[Found]:
        """Those facts that stand neither in furniture nor in the dateline."""
        begin = next((dateline_end(self.text, one.start) for one in self.passages if one.scored), 0)
        starts = [passage.start for passage in self._telling]
        for fact in found:
            place = bisect_right(starts, fact.start) - 1
            if fact.start >= begin and place >= 0 and fact.start < self._telling[place].end:
                yield placed(fact)

    @cached_property
    def marks(self) -> tuple[frozenset[str], ...]:
        """The marks of title and passages, the title's first."""
        stems = [[stem(word) for word in words] for _, _, words in self.cut.sentences]
        figured = (mark_of(fact) for fact in figures(self.title))
        title = gazetted([stem(spelled(token.folded)) for token in tokens(self.title)]).union(figured)
        return title, *marked([gazetted(part) for part in stems], self.passages, self.facts)

    @cached_property
    def loose_marks(self) -> frozenset[str]:
        """The marks of facts in lines that are too short for a score: "140 dead" tells nothing but that."""
        starts = [passage.start for passage in self.passages]
        loose = (fact for fact in self.facts if not self.passages[bisect_right(starts, fact.start) - 1].scored)
        return frozenset(mark for fact in loose for mark in marks_of(fact))

    @cached_property
    def settings(self) -> dict[Found, str]:
        """The words around each figure."""
        cut = self.cut
        return {fact: _setting(fact, cut.body, cut.words) for fact in self.figured if fact.kind not in _NAMED}

    def values(self, *kinds: str) -> frozenset[str]:
        """The values of all facts of these kinds."""
        among = self.facts if _NAMED.intersection(kinds) else self.figured
        return frozenset(fact.value for fact in among if fact.kind in kinds)

    @property
    def names(self) -> frozenset[str]:
        """The stems of all words that stand in a name, and all places."""
        return frozenset(word for fact in self.facts if fact.kind in _NAMED for word in fact.value.split())


@lru_cache(maxsize=96)
def digest(title: str, text: str) -> Digest:
    """Return the digest; the ten candidates of one article are mostly those of the next, so some are remembered."""
    whole = cut(text)
    heading = tuple(spelled(token.folded) for token in tokens(title))
    words = whole.words
    short = len(words) < SHORT
    passages = tuple(_passages(text, whole))
    compared = heading + words if short else words
    return Digest(
        length=len(compared),
        title_stems=_meaningful(heading),
        all_stems=frozenset(map(stem, {*heading, *words})),
        shingles=shingles(compared),
        text_hash=signed(f"{' '.join(heading)}\n{' '.join(words)}" if short else " ".join(words)),
        short=short,
        passages=passages,
        stems=frozenset[str]().union(*(passage.stems for passage in passages if passage.scored)),
        title=title,
        text=text,
        cut=whole,
    )


@lru_cache(maxsize=4)
def cut(text: str) -> Cut:
    """Cut a text; the last ones are remembered, because novelty and chrome cut the same text one after the other."""
    body = tokens(text)
    words = tuple(spelled(token.folded) for token in body)
    return Cut(body, words, tuple(_sentences(text, body, words)))


def _sentences(text: str, body: list[Token], words: tuple[str, ...]) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    place = 0
    for start, end in spans(text):
        first = place
        while place < len(body) and body[place].start < end:
            place += 1
        yield start, end, words[first:place]


def _setting(fact: Found, body: list[Token], words: tuple[str, ...]) -> str:
    """The two words before and the two after a fact."""
    first = bisect_left(body, fact.start, key=attrgetter("start"))
    after = bisect_left(body, fact.end, key=attrgetter("start"))
    return " ".join((*words[max(0, first - 2) : first], "#", *words[after : after + 2]))


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Sentences, cut also where a short line ends: a heading or byline without a blank line after it."""
    for start, end in sentences(text):
        line = start
        while (stop := text.find("\n", line, end)) != -1:
            if stop - (text.rfind("\n", 0, line) + 1 if line == start else line) < _SHORT_LINE:
                yield start, stop
                start = stop + 1
            line = stop + 1
        if text[start:end].strip():
            yield start, end


def _passages(text: str, whole: Cut) -> Iterator[Passage]:
    for number, (start, end, words) in enumerate(whole.sentences):
        scored = len(words) >= _FEWEST and number < MOST and not is_furniture(text[start:end])
        yield Passage(start, end, _meaningful(words), scored)


def _meaningful(words: Iterable[str]) -> frozenset[str]:
    return frozenset(stem(word) for word in words if not means_nothing(word))
