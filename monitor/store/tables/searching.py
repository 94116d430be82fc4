"""Searches that people keep: a name, and the parameters of the list of articles."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Integer, Named, Table, TypedColumns, UniqueConstraint

from monitor.store.columns import Utc, Words
from monitor.store.tables.naming import metadata


class SavedSearchColumns(TypedColumns):
    id: Named[int] = Column(Integer, primary_key=True)
    name: Named[str] = Column(Words)
    # As in an address: q=ferry&lang=uk.
    question: Named[str] = Column(Words)
    who: Named[str] = Column(Words)
    created: Named[datetime] = Column(Utc)


saved_search = Table("saved_search", metadata, SavedSearchColumns, UniqueConstraint("name"))
