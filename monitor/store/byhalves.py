"""Where a moment falls in a table that has no index by time: its ids follow the clock, so halves lead there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Select, bindparam, case, func, literal, select, true

from monitor.store.columns import Utc


def last_before(number: ColumnElement[int], written: ColumnElement[datetime]) -> Select[int]:
    """The id of the last row that was written before `:moment`, 0 where none was; one statement, to be built once."""
    begin = select(literal(0).label("low"), func.coalesce(func.max(number), 0).label("high")).cte(
        "halves", recursive=True
    )
    low, high = begin.c.low, begin.c.high
    middle = (low + high) // 2
    # Ids have gaps: the first row after the middle tells on which side of it the moment is.
    following = select(written).where(number > middle).order_by(number).limit(1).scalar_subquery()
    reached = func.coalesce(following >= bindparam("moment", type_=Utc), true())
    half = select(case((reached, low), else_=middle + 1), case((reached, middle), else_=high)).where(low < high)
    halves = begin.union_all(half)
    return select(func.max(halves.c.low))
