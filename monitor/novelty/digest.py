"""A document made ready for comparing: its words, shingles, sentences and facts, worked out once."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Set
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
_NEAR = 60  # characters after a figure in which the word that it counts is looked for
_AFTER = 3  # words in them, so that the second is whole
_SHORT_LINE = 60  # characters; a line that breaks off earlier than this was ended on purpose


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence of the text; `stems` are its meaningful words. Unscored ones are furniture or too short."""

    start: int
    end: int
    stems: frozenset[str]
    scored: bool


@dataclass(frozen=True, eq=False)
class Cut:
    """A text cut into its words, each also in its one spelling, and into sentences: start, end and spelled words."""

    text: str
    body: list[Token]
    words: tuple[str, ...]

    @cached_property
    def sentences(self) -> tuple[tuple[int, int, tuple[str, ...]], ...]:
        """All sentences in order."""
        return tuple(_sentences(self.text, self.body, self.words))


@dataclass(frozen=True, eq=False)
class Digest:
    """Everything that is compared of a document, each part worked out when it is asked for.

    Of most documents that another is held against few parts ever are.
    """

    title: str
    text: str

    @property
    def cut(self) -> Cut:
        """The text, cut into words and sentences: kept for a moment only, for words take much room."""
        return cut(self.text)

    @cached_property
    def heading(self) -> tuple[str, ...]:
        """The spelled words of the title."""
        return tuple(spelled(token.folded) for token in tokens(self.title))

    @cached_property
    def short(self) -> bool:
        """Is there so little text that the title is compared with it?"""
        return len(self.cut.words) < SHORT

    @property
    def compared(self) -> tuple[str, ...]:
        """The words of the text, or of title and text when it is short."""
        return self.heading + self.cut.words if self.short else self.cut.words

    @cached_property
    def length(self) -> int:
        """How many words are compared."""
        return len(self.compared)

    @cached_property
    def with_digits(self) -> frozenset[str]:
        """The words that have a digit in them."""
        return frozenset(word for word in self.cut.words if not word.isalpha() and any(map(str.isdigit, word)))

    @cached_property
    def title_stems(self) -> frozenset[str]:
        """The meaningful words of the title."""
        return _meaningful(self.heading)

    @cached_property
    def all_stems(self) -> frozenset[str]:
        """The stems of all words of title and text."""
        return frozenset(map(stem, {*self.heading, *self.cut.words}))

    @cached_property
    def shingles(self) -> frozenset[int]:
        """The hashes of all runs of words."""
        return shingles(self.compared)

    @cached_property
    def text_hash(self) -> int:
        """What equal texts have in common."""
        words = " ".join(self.cut.words)
        return signed(f"{' '.join(self.heading)}\n{words}" if self.short else words)

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """The sentences of the text."""
        return tuple(_passages(self.text, self.cut))

    @cached_property
    def stems(self) -> frozenset[str]:
        """The meaningful words of scored sentences."""
        return frozenset[str]().union(*(passage.stems for passage in self.passages if passage.scored))

    @cached_property
    def facts(self) -> tuple[Found, ...]:
        """The facts of the text in order."""
        found = names(self.text, self.cut.body, [(one.start, one.end) for one in self._telling])
        return tuple(sorted((*self.figured, *self._told(found)), key=attrgetter("start")))

    @cached_property
    def figured(self) -> tuple[Found, ...]:
        """Its numbers and dates in order: of most known documents nothing else is asked for."""
        return tuple(self._told(self.written))

    @cached_property
    def written(self) -> list[Found]:
        """All figures that stand anywhere in the text, without asking whether they tell anything."""
        return figures(self.text)

    def may_count(self, units: Set[str]) -> bool:
        """May a figure of the text be followed by one of these stems? Asks the few words after each, not the text."""
        return any(_may_follow(self.text, fact.end, units) for fact in self.written)

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


@lru_cache(maxsize=256)
def digest(title: str, text: str) -> Digest:
    """Return the digest; the ten candidates of one article are mostly those of the next, so some are remembered."""
    return Digest(title, text)


@lru_cache(maxsize=16)
def cut(text: str) -> Cut:
    """Cut a text; the last ones are remembered, because novelty and chrome cut the same text one after the other."""
    body = tokens(text)
    return Cut(text, body, tuple([spelled(token.folded) for token in body]))


def _sentences(text: str, body: list[Token], words: tuple[str, ...]) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    place = 0
    for start, end in spans(text):
        first = place
        while place < len(body) and body[place].start < end:
            place += 1
        yield start, end, words[first:place]


def _may_follow(text: str, end: int, units: Set[str]) -> bool:
    """May the word after this place be one of these? A word may be cut at both ends of what is looked at."""
    near = tokens(text[end : end + _NEAR])
    if len(near) < _AFTER and end + _NEAR < len(text):
        return True
    return any(stem(spelled(token.folded)) in units for token in near[: _AFTER - 1])


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
