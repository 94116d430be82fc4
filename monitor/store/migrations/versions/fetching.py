"""What good fetching needs: one section for each part."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"

TEXT = sa.Text()
MOMENT = sa.DateTime(timezone=True)
TREE = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    _coverage()


def _coverage() -> None:
    op.create_table(
        "listed_window",
        _col("source_id", TEXT),
        _col("url", TEXT),
        _col("keys", TREE),
        _col("partly", sa.Integer()),
        _col("newest", MOMENT, null=True),
        sa.PrimaryKeyConstraint("source_id", name="pk_listed_window"),
        _ref("listed_window", "source_id", "source.id"),
    )
    op.create_table(
        "rhythm",
        _col("source_id", TEXT),
        _col("measured", MOMENT),
        _col("newest", MOMENT, null=True),
        _col("usual", sa.Float(), null=True),
        _col("patience", sa.Float(), null=True),
        _col("days", sa.Integer()),
        _col("mean", sa.Float()),
        _col("sigma", sa.Float()),
        _col("last_day", sa.Integer()),
        sa.PrimaryKeyConstraint("source_id", name="pk_rhythm"),
        _ref("rhythm", "source_id", "source.id"),
    )
    op.create_table(
        "gap",
        _col("id", sa.Integer()),
        _col("source_id", TEXT),
        _col("host", TEXT),
        _col("since", MOMENT),
        _col("until", MOMENT),
        _col("before", sa.Integer()),
        _col("listed", sa.Integer()),
        _col("backfilled", sa.Integer()),
        _col("closed_at", MOMENT, null=True),
        sa.PrimaryKeyConstraint("id", name="pk_gap"),
        _ref("gap", "source_id", "source.id"),
    )
    op.create_index("ix_gap_source", "gap", ["source_id", "id"])
    still = sa.text("closed_at IS NULL")
    op.create_index("ix_gap_open", "gap", ["host"], sqlite_where=still, postgresql_where=still)


def _col(name: str, kind: Any, *, null: bool = False, autoincrement: bool = True) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=null, autoincrement="auto" if autoincrement else False)


def _ref(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")
