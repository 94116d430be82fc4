"""What novelty needs: the words of articles as numbers, and the profile of each version."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
TREE = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    _words()
    _stories()
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


def _stories() -> None:
    op.create_table(
        "merged_story",
        _col("story_id", sa.Integer(), autoincrement=False),
        _col("into_id", sa.Integer()),
        sa.PrimaryKeyConstraint("story_id", name="pk_merged_story"),
        _ref("merged_story", "story_id", "story.id"),
        _ref("merged_story", "into_id", "story.id"),
    )
    op.create_index("ix_merged_story_into", "merged_story", ["into_id"])
    op.create_table(
        "story_action",
        _col("id", sa.Integer()),
        _col("created", sa.DateTime(timezone=True)),
        _col("who", sa.Text()),
        _col("action", sa.Text()),
        _col("story_id", sa.Integer()),
        _col("other_id", sa.Integer()),
        _col("articles", TREE),
        sa.PrimaryKeyConstraint("id", name="pk_story_action"),
        _ref("story_action", "story_id", "story.id"),
        _ref("story_action", "other_id", "story.id"),
        sa.CheckConstraint("action IN ('merge', 'split')", name=op.f("ck_story_action_action")),
    )
    op.create_index("ix_story_action_story", "story_action", ["story_id"])
    op.create_index("ix_story_action_other", "story_action", ["other_id"])


def _col(name: str, kind: Any, *, null: bool = False, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=null, **options)


def _ref(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")
