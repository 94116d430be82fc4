"""Articles and their versions, and how a new reading finds what is known already."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Integer, Select, and_, bindparam, func, insert, select, update

from monitor.model import Article, Judgement, Known, Level, Origin, Reading
from monitor.store import index
from monitor.store.chain import Kind, seal_rows
from monitor.store.columns import insert_new
from monitor.store.listing import articles_of
from monitor.store.rows import document_values, judgement_tree, known_of, known_query, marks_tree
from monitor.store.tables import article, posting, story_action, version, version_captions

# A shingle that stands in more versions than this is the language's or a site's, and finds nothing.
MOST_POSTINGS = 500
# Built once, here and below: SQLAlchemy takes longer to put them together than SQLite to answer them.
_BY_KEY = select(article).where(article.c.url_key == bindparam("wanted"))
_BY_ID = select(article).where(article.c.id == bindparam("wanted"))
_BY_IDS = select(article).where(article.c.id.in_(bindparam("wanted", expanding=True)))
_LATEST = known_query().where(version.c.article_id == bindparam("of")).order_by(version.c.number.desc()).limit(1)
_SAME_TEXT = known_query().where(version.c.text_hash == bindparam("its")).order_by(version.c.id).limit(1)
_STAND = select(
    select(func.max(version.c.id)).scalar_subquery().label("version"),
    select(func.max(story_action.c.id)).scalar_subquery().label("action"),
)
_ARRIVED = select(version.c.article_id).where(version.c.id > bindparam("since"))
_SHARED_SINCE = (
    select(posting.c.hash)
    .where(posting.c.hash.in_(bindparam("sampled", expanding=True)), posting.c.version_id > bindparam("since"))
    .limit(1)
)
Stand = tuple[int, int]
_ADD = insert(article).returning(article.c.id)
_ADD_VERSION = insert(version).returning(version.c.id)


def by_key(tx: Connection, url_key: str) -> Article | None:
    """The article of a same-article key."""
    return _one(tx, _BY_KEY, url_key)


def by_id(tx: Connection, article_id: int) -> Article | None:
    """The article of this number."""
    return _one(tx, _BY_ID, article_id)


def by_ids(tx: Connection, article_ids: Sequence[int]) -> dict[int, Article]:
    """The articles of these numbers, by number."""
    rows = tx.execute(_BY_IDS, {"wanted": list(article_ids)}).all()
    return {one.id: one for one in articles_of(tx, rows)}


def _one(tx: Connection, query: Select[*tuple[Any, ...]], wanted: str | int) -> Article | None:
    found = articles_of(tx, tx.execute(query, {"wanted": wanted}).all())
    return found[0] if found else None


def latest(tx: Connection, article_id: int) -> Known:
    """The newest version of an article that exists."""
    return known_of(tx.execute(_LATEST, {"of": article_id}).one())


def stand(tx: Connection) -> Stand:
    """What the archive can be told by: as long as it stays, the same reading is judged the same.

    What a reading is held against grows with every version, and stands elsewhere after a merge or split.
    """
    newest = tx.execute(_STAND).one()
    return newest.version or 0, newest.action or 0


def arrived(tx: Connection, since: Stand) -> frozenset[int]:
    """The articles that got a version after this."""
    return frozenset(tx.scalars(_ARRIVED, {"since": since[0]}))


def shared_since(tx: Connection, sampled: Sequence[int], since: Stand) -> bool:
    """Whether a version that came after this has any of these sampled shingles."""
    wanted = {"sampled": list(sampled), "since": since[0]}
    return tx.execute(_SHARED_SINCE, wanted).first() is not None


def has_text(tx: Connection, version_id: int, text: str) -> bool:
    """Whether a version has exactly this text."""
    same = select(version.c.id).where(version.c.id == version_id, version.c.text == text)
    return tx.execute(same).first() is not None


def same_text(tx: Connection, text_hash: int) -> Known | None:
    """The first version with exactly this folded text."""
    row = tx.execute(_SAME_TEXT, {"its": text_hash}).first()
    return None if row is None else known_of(row)


def candidates(tx: Connection, sampled: Sequence[int], limit: int = 10) -> tuple[Known, ...]:
    """The versions that share most of these sampled shingles, best first, the older first of equals.

    One version per article. Shingles that stand in more than 500 versions are skipped.
    """
    if not sampled:
        return ()
    rows = tx.execute(_CANDIDATES, {"sampled": list(sampled), "most": limit})
    return tuple(known_of(row) for row in rows)


def _candidates() -> Select[*tuple[Any, ...]]:
    wanted = posting.c.hash.in_(bindparam("sampled", expanding=True))
    common = select(posting.c.hash).where(wanted).group_by(posting.c.hash).having(func.count() > MOST_POSTINGS)
    overlap = (
        select(posting.c.version_id, func.count().label("shared"))
        .where(wanted, posting.c.hash.not_in(common))
        .group_by(posting.c.version_id)
        .subquery()
    )
    better = (overlap.c.shared.desc(), version.c.id)
    rank = func.row_number().over(partition_by=version.c.article_id, order_by=better)
    ranked = select(overlap, rank.label("place")).join(version, version.c.id == overlap.c.version_id).subquery()
    return (
        known_query()
        .join(ranked, and_(ranked.c.version_id == version.c.id, ranked.c.place == 1))
        .order_by(ranked.c.shared.desc(), version.c.id)
        .limit(bindparam("most", type_=Integer))
    )


_CANDIDATES = _candidates()


def corpus(tx: Connection) -> tuple[Known, ...]:
    """The newest version of every corpus article."""
    newest = version.c.number == article.c.versions
    query = known_query().where(article.c.origin == Origin.CORPUS.value, newest).order_by(article.c.id)
    return tuple(known_of(row) for row in tx.execute(query))


def add(
    tx: Connection,
    reading: Reading,
    url_key: str,
    source_id: str,
    judgement: Judgement,
    now: datetime,
    *,
    origin: Origin = Origin.FETCHED,
    story_id: int | None,
    development_id: int | None,
    on_topic: bool,
    words: index.Folded | None = None,
) -> tuple[int, int]:
    """Record an article with its first version; returns (article id, version id). The key must be new.

    `words` are the document's as rules saw them; without them the search index gets them later.
    """
    document = reading.document
    values = {
        "url": document.url,
        "url_key": url_key,
        "title": document.title,
        "source_id": source_id,
        "language": document.language,
        "published": document.published,
        "first_seen": now,
        "level": judgement.level.value,
        "origin": origin.value,
        "partial": document.partial,
        "on_topic": on_topic,
        "story_id": story_id,
        "versions": 1,
    }
    article_id = tx.execute(_ADD, values).scalar_one()
    version_id = _add_version(tx, article_id, 1, reading, judgement, now, development_id, words)
    return article_id, version_id


def add_version(
    tx: Connection,
    article_id: int,
    reading: Reading,
    judgement: Judgement,
    now: datetime,
    *,
    development_id: int | None,
    story_id: int | None = None,
    on_topic: bool | None = None,
    words: index.Folded | None = None,
) -> int:
    """Record the next version of an article; returns its id. The article's row follows the newest version.

    An edit leaves the article's level as it was: what it was when it came. `story_id` and `on_topic` None leave these
    as they were too.
    """
    document = reading.document
    values: dict[str, Any] = {
        "title": document.title,
        "language": document.language,
        "partial": document.partial,
        "published": func.coalesce(document.published, article.c.published),
        "versions": article.c.versions + 1,
    }
    if judgement.level is not Level.EDIT:
        values["level"] = judgement.level.value
    if story_id is not None:
        values["story_id"] = story_id
    if on_topic is not None:
        values["on_topic"] = on_topic
    changed = update(article).where(article.c.id == article_id).values(values).returning(article.c.versions)
    number = tx.execute(changed).scalar_one()
    return _add_version(tx, article_id, number, reading, judgement, now, development_id, words)


def _add_version(
    tx: Connection,
    article_id: int,
    number: int,
    reading: Reading,
    judgement: Judgement,
    now: datetime,
    development_id: int | None,
    words: index.Folded | None,
) -> int:
    sketch = reading.sketch
    values = {
        "article_id": article_id,
        "number": number,
        "first_seen": now,
        **document_values(reading.document),
        "scheme": sketch.scheme,
        "text_hash": sketch.text_hash,
        "marks": marks_tree(sketch),
        "level": judgement.level.value,
        "nearest_id": judgement.nearest.version_id if judgement.nearest and judgement.nearest.archived else None,
        "containment": judgement.containment,
        "agreement": judgement.agreement,
        "newword": judgement.newword,
        "evidence": judgement_tree(judgement, reading.document.text),
        "development_id": development_id,
    }
    version_id = tx.execute(_ADD_VERSION, values).scalar_one()
    if reading.document.captions:
        tx.execute(insert(version_captions), {"version_id": version_id, "length": reading.document.captions})
    _post(tx, version_id, sketch.sampled)
    index.add(tx, version_id, article_id, number, words)
    seal_rows(tx, [(Kind.VERSION, version_id)])
    return version_id


def _post(tx: Connection, version_id: int, sampled: Sequence[int]) -> None:
    # In order: PostgreSQL locks the keys one by one, and two transactions in two orders would wait for each other.
    rows = [{"hash": one, "version_id": version_id} for one in sorted(set(sampled))]
    if rows:
        tx.execute(insert_new(tx, posting), rows)
