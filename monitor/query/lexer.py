"""A query's characters into lexemes, each with its position."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from monitor.errors import QueryError
from monitor.query import mends
from monitor.text import fold, tokens

LONGEST_QUERY = 10_000
LIMIT = 50
"""The largest distance, count and weight."""
WILDCARD_LETTERS = 3

_QUOTES = '"“”„‟«»″＂'
_LEXEME = re.compile(
    rf"""\s*+(?:
      (?P<operator>(?:AND|OR|NOT)(?=[\s(),{_QUOTES}@=]|$))
    | (?P<counted>(?:NEAR|ONEAR|ATLEAST)(?:/\d++)?+(?=[\s(){_QUOTES}@=]|$))
    | (?P<meta>(?:source|lang):\s*+(?:(?P<quote>[{_QUOTES}])\s*+)?+(?P<value>[\w.:-]++)(?(quote)(?:\s*+[{_QUOTES}])?+))
    | (?P<field>\w[\w-]*+:)(?!/)
    | (?P<list>@[\w-]*+)
    | (?P<weight>\^\d*+)
    | (?P<mark>[(),]|-(?=[^\s)]))
    | (?P<phrase>=?+[{_QUOTES}](?P<inside>[^{_QUOTES}]*+)(?P<closed>[{_QUOTES}]?+))
    | (?P<word>=?+(?!['‘’`´])[^\s(),^=:@~/\\|&!+<>{{}}\[\]{_QUOTES}]++(?![:/~=]))
    )""",
    re.VERBOSE,
)


class Kind(Enum):
    """What a lexeme is."""

    AND = "AND"
    OR = "OR"
    NOT = "NOT"
    NEAR = "NEAR"
    ONEAR = "ONEAR"
    ATLEAST = "ATLEAST"
    OPEN = "("
    CLOSE = ")"
    COMMA = ","
    MINUS = "-"
    WEIGHT = "^"
    FIELD = "field:"
    META = "meta:"
    LIST = "@"
    TERM = "term"
    END = "end"


@dataclass(frozen=True, slots=True)
class Lexeme:
    """One piece of a query. `text`: a name or a term as written; `number`: distance, count or weight."""

    kind: Kind
    position: int
    text: str = ""
    number: int = 0
    words: tuple[str, ...] = ()


def lexemes(query: str) -> list[Lexeme]:
    """All lexemes of the query, ending with END; QueryError for what cannot stand in one."""
    if len(query) > LONGEST_QUERY:
        raise QueryError(
            f"the query is longer than {LONGEST_QUERY:,} characters: move parts of it into @lists", LONGEST_QUERY
        )
    found: list[Lexeme] = []
    place = 0
    end = len(query.rstrip())
    while place < end:
        match = _LEXEME.match(query, place)
        if match is None:
            raise _unreadable(query, place)
        found.append(_lexeme(match))
        place = match.end()
    return [*found, Lexeme(Kind.END, end)]


def _lexeme(match: re.Match[str]) -> Lexeme:
    group = match.lastgroup or ""  # the outermost that matched last, and nothing stands behind the alternatives
    return _READERS[group](match[group], match.start(group), match)


def _mark(text: str, position: int, _match: re.Match[str]) -> Lexeme:
    return Lexeme(Kind(text), position, text)


def _counted(text: str, position: int, _match: re.Match[str]) -> Lexeme:
    name, _, number = text.partition("/")
    if not number:
        example = "ATLEAST/2(a, b, c)" if name == "ATLEAST" else f"a {name}/8 b"
        raise QueryError(
            f"{name} needs a number, as in {example}; as an ordinary word write it in small letters", position
        )
    least = 1 if name == "ATLEAST" else 0
    return Lexeme(Kind(name), position, text, _number(number, least, position + len(name) + 1))


def _weight(text: str, position: int, _match: re.Match[str]) -> Lexeme:
    return Lexeme(Kind.WEIGHT, position, text, _number(text[1:], 1, position + 1))


def _number(digits: str, least: int, position: int) -> int:
    # Three digits are enough to see that a number is too large, and int() refuses 4,301 of them.
    number = int(digits[:3]) if digits else -1
    if len(digits) > 2 or not least <= number <= LIMIT:
        raise QueryError(f"expected a number from {least} to {LIMIT}", position)
    return number


def _meta(text: str, position: int, match: re.Match[str]) -> Lexeme:
    name, value = text.partition(":")[0], match["value"].lower()
    fault = mends.language(value) if name == "lang" else ""
    if fault:
        raise QueryError(f"unknown language {value}: {fault}", match.start("value"))
    if value in ("http:", "https:"):
        raise QueryError("the value is a domain: write source:example.org, without http://", match.start("value"))
    return Lexeme(Kind.META, position, f"{name}:{value}")


def _field(text: str, position: int, _match: re.Match[str]) -> Lexeme:
    if text in ("source:", "lang:"):
        raise QueryError(f"{text} needs a value, as in source:example.org or lang:uk", position + len(text))
    if text not in ("title:", "lead:", "body:"):
        raise QueryError(f"unknown field {text} {mends.field(text[:-1])}", position)
    return Lexeme(Kind.FIELD, position, text[:-1])


def _list(text: str, position: int, _match: re.Match[str]) -> Lexeme:
    if text == "@":
        raise QueryError("expected the name of a list after @, as in @places", position + 1)
    return Lexeme(Kind.LIST, position, text[1:])


def _phrase(text: str, position: int, match: re.Match[str]) -> Lexeme:
    if not match["closed"]:
        raise QueryError('this quotation mark is never closed: add " after the phrase', match.start("inside") - 1)
    words = _words(match["inside"], match.start("inside"), text.startswith("="))
    return Lexeme(Kind.TERM, position, text, words=words)


def _word(text: str, position: int, _match: re.Match[str]) -> Lexeme:
    bare = text.removeprefix("=")
    if bare[0] in "-–—−":
        raise QueryError("expected a word; to exclude one write -word or NOT word, with a plain hyphen", position)
    mend = mends.strange_word(text)
    if mend:
        raise QueryError(f"{text} is no operator here: {mend}, or put it in quotation marks", position)
    return Lexeme(Kind.TERM, position, text, words=_words(bare, position + len(text) - len(bare), bare != text))


def _words(text: str, position: int, exact: bool) -> tuple[str, ...]:
    """The words of a term: as the tokenizer cuts a text, but a word with wildcards is one piece."""
    if text.isascii() and text.isalnum():
        return (text,)
    if not any(char in text for char in "*?"):
        words = tuple(text[token.start : token.end] for token in tokens(text))
    elif exact:
        raise QueryError("= asks for the exact word and cannot go with * or ?: leave one out", position)
    else:
        words = tuple(
            word for piece in re.finditer(r"\S+", text) for word in _piece(piece[0], position + piece.start())
        )
    if not words:
        raise QueryError("there is no word in this: expected letters or digits", position)
    return words


def _piece(piece: str, position: int) -> tuple[str, ...]:
    start = re.search(r"[*?]", piece)
    if start is None:
        return tuple(piece[token.start : token.end] for token in tokens(piece))
    if len(fold(piece[: start.start()])) < WILDCARD_LETTERS:
        raise QueryError(
            f"expected at least {WILDCARD_LETTERS} letters before {start[0]}: write more of the word",
            position + start.start(),
        )
    if len(tokens(re.sub(r"[*?]", "a", piece))) != 1:
        raise QueryError(f'with {start[0]} this must be one word: write a phrase, as in "cease fir*"', position)
    return (piece,)


def _unreadable(query: str, place: int) -> QueryError:
    """Says why nothing fits at `place`, judging by the first character that does not."""
    start = re.compile(r"\s*").match(query, place)
    position = start.end() if start else place
    stop = re.compile(r"=?[^\s(),^=:@~/\\|&!+<>{}\[\]'‘’`´]*").match(query, position)
    position = min(stop.end() if stop else position, len(query) - 1)
    return QueryError(f"unexpected {query[position]}: {mends.character(query, position)}", position)


_READERS = {
    "operator": _mark,
    "counted": _counted,
    "meta": _meta,
    "field": _field,
    "list": _list,
    "weight": _weight,
    "mark": _mark,
    "phrase": _phrase,
    "word": _word,
}
