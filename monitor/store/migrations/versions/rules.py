"""What rules and the search in the archive need: one section for each part."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"

TEXT = sa.Text()
TREE = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    _frozen()
    _index()


def _frozen() -> None:
    # Empty for the revisions of a Storywatch whose rules had no forms: they matched words as written.
    op.add_column("rule_revision", _col("frozen", TREE, null=True))


def _index() -> None:
    op.create_table(
        "indexed",
        _col("version_id", sa.Integer(), autoincrement=False),
        _col("article_id", sa.Integer()),
        _col("number", sa.Integer()),
        _col("analyser", sa.Integer()),
        sa.PrimaryKeyConstraint("version_id", name="pk_indexed"),
        _ref("indexed", "version_id", "version.id"),
        _ref("indexed", "article_id", "article.id"),
    )
    op.create_index("ix_indexed_analyser", "indexed", ["analyser", "version_id"])
    op.create_table(
        "version_words",
        _col("version_id", sa.Integer(), autoincrement=False),
        _col("source", TEXT),
        _col("language", TEXT),
        _col("words", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("version_id", name="pk_version_words"),
        _ref("version_words", "version_id", "version.id"),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TABLE word_index (version_id integer NOT NULL CONSTRAINT pk_word_index PRIMARY KEY"
            " CONSTRAINT fk_word_index_version_id REFERENCES version (id), words tsvector NOT NULL)"
        )
        op.execute("CREATE INDEX ix_word_index_words ON word_index USING gin (words)")
    else:
        # Words only, no places: the matcher decides. The ascii tokenizer leaves every letter beyond ASCII alone.
        op.execute(
            "CREATE VIRTUAL TABLE word_index USING fts5"
            """(words, content='', detail='none', columnsize=0, tokenize="ascii tokenchars '.'")"""
        )
    # What an archive already holds is found by being looked through until its words are in the index.
    op.execute(
        "INSERT INTO indexed (version_id, article_id, number, analyser) SELECT id, article_id, number, 0 FROM version"
    )


def _col(name: str, kind: Any, *, null: bool = False, autoincrement: bool = True) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=null, autoincrement="auto" if autoincrement else False)


def _ref(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")
