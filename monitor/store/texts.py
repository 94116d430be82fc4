"""The documents of versions as rules and novelty saw them: without what their sites repeat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, select

from monitor.model import Document
from monitor.novelty.chrome import blanked
from monitor.store.rows import document_of
from monitor.store.tables import article, version, version_mask


def documents(tx: Connection, version_ids: Sequence[int]) -> dict[int, tuple[Document, str]]:
    """The documents of these versions, by version id, each with the id of its article's source."""
    query = (
        select(version, article.c.source_id, version_mask.c.spans)
        .select_from(version.join(article).outerjoin(version_mask, version_mask.c.version_id == version.c.id))
        .where(version.c.id.in_(version_ids))
    )
    return {
        row.id: (replace(document_of(row), text=blanked(row.text, row.spans or ())), row.source_id)
        for row in tx.execute(query)
    }
