"""The documents of versions as rules and novelty saw them: without what their sites repeat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, and_, bindparam, select

from monitor.model import Document
from monitor.novelty.chrome import blanked
from monitor.store.rows import CAPTIONS, DOCUMENT_COLUMNS, document_of
from monitor.store.tables import article, version, version_mask

# Built once: building it takes longer than the answer, and what judged a version is larger than the version.
_QUERY = (
    select(version.c.id, *DOCUMENT_COLUMNS, CAPTIONS, article.c.source_id, version_mask.c.spans)
    .select_from(version.join(article).outerjoin(version_mask, version_mask.c.version_id == version.c.id))
    .where(version.c.id.in_(bindparam("wanted", expanding=True)))
)


def documents(tx: Connection, version_ids: Sequence[int]) -> dict[int, tuple[Document, str]]:
    """The documents of these versions, by version id, each with the id of its article's source."""
    rows = tx.execute(_QUERY, {"wanted": version_ids})
    return {row.id: (replace(document_of(row), text=blanked(row.text, row.spans or ())), row.source_id) for row in rows}


def newest_texts(tx: Connection, article_ids: Sequence[int]) -> dict[int, str]:
    """The newest text of each of these articles, by its number."""
    newest = and_(version.c.article_id == article.c.id, version.c.number == article.c.versions)
    query = select(version.c.article_id, version.c.id).join_from(version, article, newest)
    found = tx.execute(query.where(article.c.id.in_(article_ids))).all()
    seen = documents(tx, [row.id for row in found])
    return {row.article_id: seen[row.id][0].text for row in found}
