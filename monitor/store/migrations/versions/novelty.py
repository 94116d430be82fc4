"""What novelty needs: the words of articles as numbers, and the profile of each version."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"


def upgrade() -> None:
    _words()
    _edits()


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


def _edits() -> None:
    op.create_table(
        "recheck",
        _col("entry_id", sa.Integer(), autoincrement=False),
        _col("announced", sa.DateTime(timezone=True)),
        _col("due_at", sa.DateTime(timezone=True), null=True),
        _col("asked", sa.Integer()),
        _col("open", sa.Boolean()),
        _col("etag", sa.Text()),
        _col("last_modified", sa.Text()),
        sa.PrimaryKeyConstraint("entry_id", name="pk_recheck"),
        _ref("recheck", "entry_id", "entry.id"),
    )
    later = sa.text("due_at IS NOT NULL")
    op.create_index("ix_recheck_due", "recheck", ["due_at"], sqlite_where=later, postgresql_where=later)
    with op.batch_alter_table("delivery") as delivery:
        delivery.add_column(_col("version_id", sa.Integer(), null=True))
        delivery.create_foreign_key(op.f("fk_delivery_version_id"), "version", ["version_id"], ["id"])
        delivery.drop_constraint(op.f("ck_delivery_kind"), type_="check")
        delivery.create_check_constraint(op.f("ck_delivery_kind"), "kind IN ('development', 'summary', 'edit')")


def _col(name: str, kind: Any, *, null: bool = False, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=null, **options)


def _ref(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")
