"""An article ready to be matched: its words, where each stands, and in which field and paragraph."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.text import Token, exact, tokens

LEAD_WORDS = 60


@dataclass(frozen=True, slots=True)
class Text:
    """Words are numbered through title and body; `titled` of them are the title's.

    `places` maps each folded word to its numbers in rising order, `vocabulary` is its sorted keys, `words` the same as
    a set; no paragraph number occurs in both fields.
    """

    title: str
    body: str
    names: frozenset[str]
    language: str
    tokens: list[Token]
    titled: int
    places: dict[str, list[int]]
    vocabulary: list[str]
    words: frozenset[str]

    def exact(self, place: int) -> str:
        """The word with this number as `=exact` compares it."""
        token = self.tokens[place]
        return exact(self.field(place)[token.start : token.end])

    def field(self, place: int) -> str:
        """The original text of the field that the word stands in."""
        return self.title if place < self.titled else self.body

    def window(self, field: str) -> tuple[int, int]:
        """The words of a scope, from and up to: title, lead (title and 60 words of the body) or body."""
        if field == "body":
            return self.titled, len(self.tokens)
        return 0, self.titled + (LEAD_WORDS if field == "lead" else 0)


def analyse(title: str, body: str, *, source: str = "", language: str = "") -> Text:
    """Both fields cut into words. `source`: what the source goes by (id, host), parted by spaces."""
    head = tokens(title)
    gap = head[-1].paragraph + 1 if head else 0
    found = head + tokens(body, gap)
    places: dict[str, list[int]] = {}
    for number, token in enumerate(found):
        places.setdefault(token.folded, []).append(number)
    names = frozenset(source.lower().split())
    return Text(title, body, names, language.lower(), found, len(head), places, sorted(places), frozenset(places))
