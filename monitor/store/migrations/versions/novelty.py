"""What novelty needs: the words of articles as numbers, and the profile of each version."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"


def upgrade() -> None:
    _words()


def _words() -> None:
    op.create_table(
        "term",
        _col("number", sa.BigInteger(), autoincrement=False),
        _col("articles", sa.Integer()),
        sa.PrimaryKeyConstraint("number", name="pk_term"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "term_posting",
        _col("number", sa.BigInteger(), autoincrement=False),
        _col("article_id", sa.Integer(), autoincrement=False),
        sa.PrimaryKeyConstraint("number", "article_id", name="pk_term_posting"),
        _ref("term_posting", "article_id", "article.id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_term_posting_article", "term_posting", ["article_id"])
    op.create_table(
        "profile",
        _col("version_id", sa.Integer(), autoincrement=False),
        _col("packed", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("version_id", name="pk_profile"),
        _ref("profile", "version_id", "version.id"),
    )


def _col(name: str, kind: Any, *, null: bool = False, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=null, **options)


def _ref(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")
