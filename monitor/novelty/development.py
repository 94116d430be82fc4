"""What makes a development: the new hard facts, and the sentences that tell them."""

from __future__ import annotations

from monitor.model import Fact, Judgement, Level, Sentence
from monitor.novelty.figures import figures
from monitor.novelty.shingles import signed
from monitor.novelty.spelling import spelled
from monitor.novelty.stems import stem
from monitor.text import tokens

_HARD = frozenset(("number", "date", "place"))
_FIGURES = frozenset(("number", "date"))
_ATTACHES = frozenset((Level.SAME, Level.COPY, Level.TRUNCATED, Level.REWRITE))
_UNMATCHED = 2  # new sentences without a figure that make a development of an extended copy


def unmatched(judgement: Judgement) -> tuple[Sentence, ...]:
    """Return the sentences that are new."""
    return tuple(sentence for sentence in judgement.sentences if sentence.new)


def tells_news(judgement: Judgement) -> bool:
    """Is this a development of its own, and not another telling of one that is known?

    An extended copy is judged by its unmatched part, a form that is filled in anew by what was filled in.
    """
    if judgement.level in _ATTACHES:
        return False
    figures = any(fact.kind in _FIGURES for fact in judgement.facts)
    match judgement.level:
        case Level.EXTENDED:
            return figures or len(unmatched(judgement)) >= _UNMATCHED
        case Level.TEMPLATE:
            return figures or bool(judgement.changes or judgement.facts or unmatched(judgement))
        case _:
            return True


def hard_facts(judgement: Judgement) -> tuple[str, ...]:
    """Return the sorted values of the new numbers, dates and places, one for all spellings."""
    return tuple(sorted({_value(fact) for fact in judgement.facts if fact.kind in _HARD}))


def development_key(judgement: Judgement) -> str:
    """Return 16 hex digits that stand for the new hard facts; "" when there are none."""
    facts = hard_facts(judgement)
    return f"{signed(chr(10).join(facts)) & (1 << 64) - 1:016x}" if facts else ""


def _value(fact: Fact) -> str:
    found = figures(fact.text)
    return found[0].value if found else " ".join(stem(spelled(token.folded)) for token in tokens(fact.text))
