"""An article ready to be matched: its words, where each stands, and in which field and paragraph."""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import accumulate, chain, repeat
from sys import byteorder
from zlib import compress, decompress

from monitor.query.expr import Expr, Pattern
from monitor.query.words import Words
from monitor.text import ANALYSER, Token, exact, folded_words

LEAD_WORDS = 60

_SIZES = struct.Struct("<IIII?")  # different words, borders, words, words of the title, and whether numbers are wide


Written = tuple[str, str] | tuple[str, str, int]
"""Title, body and, where it has captions, how many characters at the body's end they are."""


class Original:
    """An article as it was written, asked for only when somebody wants to see it; `cut` makes words of both fields."""

    def __init__(self, written: Callable[[], Written], cut: Callable[[str, str], Words]) -> None:
        self._ask = written
        self.cut = cut

    @cached_property
    def _written(self) -> Written:
        return self._ask()

    @property
    def fields(self) -> tuple[str, str]:
        """Title and body."""
        return self._written[:2]

    @property
    def uncaptioned(self) -> int:
        """How many characters of the body stand before its captions."""
        return len(self._written[1]) - sum(self._written[2:])

    @cached_property
    def words(self) -> Words:
        """The words of both; no paragraph number occurs in both. ValueError when this is not the expected text."""
        return self.cut(*self.fields)


class Spread(Mapping[str, Sequence[int]]):
    """Where the words of a frozen text stand, looked up only for those that are asked for."""

    def __init__(self, vocabulary: Sequence[str], numbers: array[int], start: int) -> None:
        self._vocabulary = vocabulary
        self._numbers = numbers
        self._start = start

    @cached_property
    def _ends(self) -> Sequence[int]:
        return list(accumulate(self._numbers[: len(self._vocabulary)], initial=self._start))

    def in_order(self, count: int) -> list[str]:
        """All `count` words of the text."""
        folded = [""] * count
        repeated = map(repeat, self._vocabulary, self._numbers)
        for number, word in zip(self._numbers[self._start :], chain.from_iterable(repeated), strict=True):
            folded[number] = word
        return folded

    def __getitem__(self, word: str) -> Sequence[int]:
        number = bisect_left(self._vocabulary, word)
        if number == len(self._vocabulary) or self._vocabulary[number] != word:
            raise KeyError(word)
        return self._numbers[self._ends[number] : self._ends[number + 1]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._vocabulary)

    def __len__(self) -> int:
        return len(self._vocabulary)


class Seen:
    """What rules have found out about a text, so that the next rule need not: a pattern's words, lists, cues.

    `numbers`: for a pattern, by its id, where it stands, as the bits of a number, and what it cost to find out; `lists`
    likewise for a list's part and a window, with whether it was cut.
    """

    __slots__ = ("cues", "lists", "numbers")

    def __init__(self) -> None:
        self.numbers: dict[int, tuple[Pattern, int, int]] = {}
        self.lists: dict[tuple[int, tuple[int, int]], tuple[Expr, dict[int, int], int, bool]] = {}
        self.cues: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """Words are numbered through title and body, `count` in all; `titled` of them are the title's.

    `places` maps each folded word to its numbers in rising order, `vocabulary` is its sorted keys, `words` the same as
    a set; `borders` holds, rising, the words that begin a paragraph, but for the first word of all. `seen` is what the
    matcher has found in it so far.
    """

    names: frozenset[str]
    language: str
    count: int
    titled: int
    places: Mapping[str, Sequence[int]]
    vocabulary: Sequence[str]
    words: frozenset[str]
    borders: Sequence[int]
    original: Original
    seen: Seen = field(default_factory=Seen, compare=False, repr=False)

    @property
    def title(self) -> str:
        """The original title."""
        return self.original.fields[0]

    @property
    def body(self) -> str:
        """The original body."""
        return self.original.fields[1]

    @property
    def tokens(self) -> Sequence[Token]:
        """Every word with its offsets in the original field."""
        return self.original.words

    def exact(self, place: int) -> str:
        """The word with this number as `=exact` compares it."""
        return exact(self.original.words.spelling(place))

    def field(self, place: int) -> str:
        """The original text of the field that the word stands in."""
        return self.title if place < self.titled else self.body

    def written(self, title: str, body: str, captions: int = 0) -> Text:
        """The same text with its spelling at hand, so that nobody has to be asked for it."""
        return replace(self, original=Original(lambda: (title, body, captions), self.original.cut))

    def window(self, field: str) -> tuple[int, int]:
        """The words of a scope, from and up to: title, lead (title and 60 words of the body) or body."""
        if field == "body":
            return self.titled, self.count
        return 0, min(self.count, self.titled + (LEAD_WORDS if field == "lead" else 0))


def analyse(title: str, body: str, captions: int = 0, *, source: str = "", language: str = "") -> Text:
    """Both fields cut into words; the last `captions` characters of the body are captions.

    `source`: what the source goes by (id, host), parted by spaces.
    """
    head, rest = list(folded_words(title)), list(folded_words(body))
    found = [*chain.from_iterable(head), *chain.from_iterable(rest)]
    borders = list(accumulate(map(len, (head + rest)[:-1])))
    titled = sum(map(len, head))
    places: dict[str, list[int]] = {}
    for number, word in enumerate(found):
        if word in places:
            places[word].append(number)
        else:
            places[word] = [number]
    original = Original(lambda: (title, body, captions), partial(Words, folded=found, titled=titled, borders=borders))
    return _text(places, sorted(places), borders, original, (len(found), titled), source, language)


def freeze(text: Text) -> bytes:
    """The words of a text and where they stand, without their spelling: all that the matcher reads of most articles.

    Half the size of the article, and ten times faster to thaw than the article is to cut into words.
    """
    spread = [text.places[word] for word in text.vocabulary]
    numbers = [*map(len, spread), *text.borders, *chain.from_iterable(spread)]
    wide = text.count > 0xFFFF
    sizes = _SIZES.pack(len(text.vocabulary), len(text.borders), text.count, text.titled, wide)
    packed = _numbers(len(numbers), wide).pack(*numbers)
    spelled = "\n".join(text.vocabulary).encode("utf-8", "surrogatepass")
    return bytes([ANALYSER]) + compress(sizes + packed + spelled, 1)


def thaw(data: bytes, *, original: Callable[[], Written], source: str = "", language: str = "") -> Text:
    """The text that was frozen; `original` gives what was written and is asked only for spelling and offsets.

    What another version of the analyser froze is cut into words again.
    """
    if data[0] != ANALYSER:
        return analyse(*original(), source=source, language=language)
    content = decompress(data[1:])
    words, breaks, count, titled, wide = _SIZES.unpack_from(content)
    numbers = array("I" if wide else "H")
    end = _SIZES.size + (words + breaks + count) * numbers.itemsize
    numbers.frombytes(content[_SIZES.size : end])
    if byteorder == "big":
        numbers.byteswap()
    vocabulary = _spelled(content[end:])
    places = Spread(vocabulary, numbers, words + breaks)
    borders = numbers[words : words + breaks]
    sizes = (count, titled)
    written = Original(original, partial(_cut, places, sizes, borders))
    return _text(places, vocabulary, borders, written, sizes, source, language)


def frozen_words(data: bytes) -> list[str]:
    """The different folded words, sorted, whichever version of the analyser froze them."""
    content = decompress(data[1:])
    words, breaks, count, _, wide = _SIZES.unpack_from(content)
    return _spelled(content[_SIZES.size + _numbers(words + breaks + count, wide).size :])


def _cut(spread: Spread, sizes: tuple[int, int], borders: Sequence[int], title: str, body: str) -> Words:
    count, titled = sizes
    return Words(title, body, spread.in_order(count), titled, borders)


def _numbers(count: int, wide: bool) -> struct.Struct:
    return struct.Struct(f"<{count}{'I' if wide else 'H'}")


def _spelled(encoded: bytes) -> list[str]:
    return encoded.decode("utf-8", "surrogatepass").split("\n") if encoded else []


def _text(
    places: Mapping[str, Sequence[int]],
    vocabulary: Sequence[str],
    borders: Sequence[int],
    original: Original,
    sizes: tuple[int, int],
    source: str,
    language: str,
) -> Text:
    names = frozenset(source.lower().split())
    return Text(names, language.lower(), *sizes, places, vocabulary, frozenset(vocabulary), borders, original)
