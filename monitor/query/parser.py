"""The grammar: lexemes into a tree by recursive descent."""

from __future__ import annotations

from monitor.errors import QueryError
from monitor.query.expr import And, AtLeast, Expr, Listed, Meta, Near, Not, Or, Scope, Term
from monitor.query.lexer import Kind, Lexeme, lexemes

DEEPEST = 30
"""Levels of nesting that a query may have; hostile input must meet this, not Python's recursion limit."""

_ENDS = (Kind.END, Kind.CLOSE, Kind.COMMA, Kind.WEIGHT)


def parse(query: str) -> Expr:
    """The query as a tree; QueryError names the position, what was expected and the mend."""
    found = lexemes(query)
    if found[0].kind is Kind.END:
        raise QueryError("the query is empty: write at least one word", 0)
    parser = _Parser(found)
    expr = parser.expr()
    if parser.now.kind is not Kind.END:
        raise _stray(parser.now)
    return expr


def check_near(near: Near) -> None:
    """QueryError when an operand of NEAR has no place in the text."""
    for side in (near.left, near.right):
        fault = _placeless(side)
        if fault:
            said, position = fault
            raise QueryError(
                f"{said} cannot stand beside NEAR: it takes words, phrases, OR groups and NEAR in parentheses", position
            )


def _placeless(expr: Expr) -> tuple[str, int] | None:
    """The first part of `expr` that has no place in the text, and its position."""
    match expr:
        case Term() | Near():
            return None
        case Or(parts):
            return next(filter(None, map(_placeless, parts)), None)
        case Scope(_, part):
            return _placeless(part)
        case Listed(name, position, part):
            fault = _placeless(part) if part else None
            return (f"@{name}, which holds {fault[0]},", position) if fault else None
        case Meta(field):
            return f"{field}:", expr.position
        case _:
            return {And: "AND", AtLeast: "ATLEAST"}.get(type(expr), "NOT"), expr.position


class _Parser:
    def __init__(self, found: list[Lexeme]) -> None:
        self._found = found
        self._at = 0
        self._depth = 0

    @property
    def now(self) -> Lexeme:
        return self._found[self._at]

    def expr(self) -> Expr:
        start = self.now.position
        units = [self._unit()]
        join: Kind | None = None
        while self.now.kind not in _ENDS:
            lexeme = self.now
            kind = Kind.OR if lexeme.kind is Kind.OR else Kind.AND
            if lexeme.kind in (Kind.AND, Kind.OR):
                self._at += 1
            if join not in (None, kind):
                raise QueryError(
                    "AND and OR mixed at one level: add parentheses, as in (a OR b) AND c; words side by side mean AND",
                    lexeme.position,
                )
            join = kind
            units.append(self._unit())
        return _joined(join, units, start)

    def _unit(self) -> Expr:
        lexeme = self.now
        if lexeme.kind not in (Kind.NOT, Kind.MINUS):
            return self._near()
        self._at += 1
        if self.now.kind in (Kind.NOT, Kind.MINUS):
            raise QueryError("NOT twice in a row: leave both out", self.now.position)
        return Not(self._near(), lexeme.position)

    def _near(self) -> Expr:
        left = self._atom()
        operator = self.now
        if operator.kind not in (Kind.NEAR, Kind.ONEAR):
            return left
        self._at += 1
        ordered = operator.kind is Kind.ONEAR
        near = Near(left, self._atom(), operator.number, ordered, left.position)
        check_near(near)
        if self.now.kind in (Kind.NEAR, Kind.ONEAR):
            raise QueryError("a chain of NEAR needs parentheses, as in (a NEAR/2 b) NEAR/8 c", self.now.position)
        return near

    def _atom(self) -> Expr:
        lexeme = self.now
        self._at += 1
        match lexeme.kind:
            case Kind.TERM:
                return Term(lexeme.text, lexeme.words, lexeme.text.startswith("="), lexeme.position)
            case Kind.LIST:
                return Listed(lexeme.text, lexeme.position)
            case Kind.META:
                field, _, value = lexeme.text.partition(":")
                return Meta(field, value, lexeme.position)
            case Kind.OPEN | Kind.FIELD | Kind.ATLEAST:
                return self._nested(lexeme)
            case _:
                self._at -= 1
                raise _unexpected(lexeme)

    def _nested(self, lexeme: Lexeme) -> Expr:
        self._depth += 1
        if self._depth > DEEPEST:
            raise QueryError(f"nested deeper than {DEEPEST} levels: move parts of it into @lists", lexeme.position)
        if lexeme.kind is Kind.FIELD:
            nested: Expr = Scope(lexeme.text, self._atom(), lexeme.position)
        elif lexeme.kind is Kind.ATLEAST:
            nested = self._atleast(lexeme)
        else:
            nested = self.expr()
            self._close(lexeme)
        self._depth -= 1
        return nested

    def _atleast(self, lexeme: Lexeme) -> AtLeast:
        opening = self.now
        if opening.kind is not Kind.OPEN:
            raise QueryError(f"expected ( after {lexeme.text}, as in ATLEAST/2(a, b, c)", opening.position)
        items: list[tuple[Expr, int]] = []
        while not items or self.now.kind is Kind.COMMA:
            self._at += 1
            expr, weight = self.expr(), 1
            if self.now.kind is Kind.WEIGHT:
                weight = self.now.number
                self._at += 1
            items.append((expr, weight))
        self._close(opening)
        most = sum(weight for _, weight in items)
        if most < lexeme.number:
            raise QueryError(
                f"{lexeme.text} can never match: all weights together are {most}; lower the number or add items",
                lexeme.position,
            )
        return AtLeast(lexeme.number, tuple(items), lexeme.position)

    def _close(self, opening: Lexeme) -> None:
        if self.now.kind is Kind.END:
            raise QueryError("this parenthesis is never closed: add )", opening.position)
        if self.now.kind is not Kind.CLOSE:
            raise _stray(self.now)
        self._at += 1


def _joined(join: Kind | None, units: list[Expr], position: int) -> Expr:
    negative = [unit for unit in units if isinstance(unit, Not)]
    if join is Kind.OR and negative:
        raise QueryError(
            "NOT cannot stand under OR: nearly every article would match; write a AND NOT b", negative[0].position
        )
    if len(negative) == len(units):
        raise QueryError(
            "NOT needs something that must occur beside it: add a word, as in ceasefire NOT hockey",
            negative[0].position,
        )
    if join is None:
        return units[0]
    return Or(tuple(units), position) if join is Kind.OR else And(tuple(units), position)


def _unexpected(lexeme: Lexeme) -> QueryError:
    expected = "expected a word, a phrase, @list, field: or ("
    match lexeme.kind:
        case Kind.END:
            return QueryError(
                f"{expected}, but the query ends here: add it or remove what stands before", lexeme.position
            )
        case Kind.NOT | Kind.MINUS:
            return QueryError(
                "NOT cannot stand here: put it at the start of a part, as in a NOT (b NEAR/3 c)", lexeme.position
            )
        case Kind.WEIGHT | Kind.COMMA:
            return _stray(lexeme)
        case _:
            return QueryError(f"{expected}, found {lexeme.text}: something is missing before it", lexeme.position)


def _stray(lexeme: Lexeme) -> QueryError:
    match lexeme.kind:
        case Kind.CLOSE:
            return QueryError("this ) closes nothing: remove it or add ( before", lexeme.position)
        case Kind.WEIGHT:
            return QueryError("a weight stands only after an item of ATLEAST, as in ATLEAST/3(a, b^2)", lexeme.position)
        case _:
            return QueryError(
                'a comma only parts the items of ATLEAST: leave it out, or write "10,000" in quotation marks',
                lexeme.position,
            )
