"""What reviewing needs: the log of what people said of stories and articles, and what stands now."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
TEXT = sa.Text()
SUBJECTS = "subject IN ('story', 'article')"
STATUSES = "status IN ('new', 'seen', 'kept', 'dismissed', 'unsure', 'changed')"


def upgrade() -> None:
    _review()
    _verdict()


def _review() -> None:
    op.create_table(
        "review",
        _col("id", sa.Integer()),
        _col("batch", sa.Integer()),
        _col("subject", TEXT),
        _col("target", sa.Integer()),
        _col("status", TEXT, null=True),
        _col("note", TEXT),
        _col("who", TEXT),
        _col("created", sa.DateTime(timezone=True)),
        _col("undoes", sa.Integer(), null=True),
        sa.PrimaryKeyConstraint("id", name="pk_review"),
        sa.ForeignKeyConstraint(["undoes"], ["review.id"], name="fk_review_undoes"),
        sa.CheckConstraint(SUBJECTS, name=op.f("ck_review_subject")),
        sa.CheckConstraint("(status IS NULL) = (undoes IS NOT NULL)", name=op.f("ck_review_undoes")),
    )
    op.create_index("ix_review_target", "review", ["subject", "target", "id"])
    op.create_index("ix_review_batch", "review", ["batch"])
    op.create_index("ix_review_who", "review", ["who", "id"])
    op.create_index("ix_review_undoes", "review", ["undoes"], unique=True)


def _verdict() -> None:
    op.create_table(
        "verdict",
        _col("subject", TEXT),
        _col("target", sa.Integer(), autoincrement=False),
        _col("status", TEXT),
        _col("review_id", sa.Integer()),
        sa.PrimaryKeyConstraint("subject", "target", name="pk_verdict"),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name="fk_verdict_review_id"),
        sa.CheckConstraint(SUBJECTS, name=op.f("ck_verdict_subject")),
        sa.CheckConstraint(STATUSES, name=op.f("ck_verdict_status")),
    )
    op.create_index("ix_verdict_status", "verdict", ["subject", "status", "target"])


def _col(name: str, kind: Any, *, null: bool = False, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=null, **options)
