"""What good fetching needs: one section for each part."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from monitor.store.chain import seal_unsealed

revision = "0002"
down_revision = "0001"

TEXT = sa.Text()
MOMENT = sa.DateTime(timezone=True)
TREE = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    _coverage()
    _gaps()
    _chrome()
    _manners()
    _children()
    _evidence()


def _chrome() -> None:
    op.create_table(
        "chrome",
        _col("mark", sa.BigInteger(), autoincrement=False),
        _col("story_a", sa.Integer()),
        _col("story_b", sa.Integer(), null=True),
        _col("stories", sa.Integer()),
        _col("first_seen", MOMENT),
        sa.PrimaryKeyConstraint("mark", name="pk_chrome"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "version_mask",
        _col("version_id", sa.Integer(), autoincrement=False),
        _col("spans", TREE),
        _col("note", TEXT),
        sa.PrimaryKeyConstraint("version_id", name="pk_version_mask"),
        _ref("version_mask", "version_id", "version.id"),
    )


def _coverage() -> None:
    op.create_table(
        "listed_window",
        _col("source_id", TEXT),
        _col("url", TEXT),
        _col("entry_keys", TREE),
        _col("partly", sa.Integer()),
        _col("newest", MOMENT, null=True),
        sa.PrimaryKeyConstraint("source_id", name="pk_listed_window"),
        _ref("listed_window", "source_id", "source.id"),
    )
    op.create_table(
        "arrival",
        _col("source_id", TEXT),
        _col("moment", MOMENT),
        _col("new", sa.Integer()),
        sa.PrimaryKeyConstraint("source_id", "moment", name="pk_arrival"),
        _ref("arrival", "source_id", "source.id"),
        sqlite_with_rowid=False,
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


def _gaps() -> None:
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


def _evidence() -> None:
    op.create_table(
        "warc",
        _col("id", sa.Integer()),
        _col("file", TEXT),
        _col("head", sa.Integer()),
        _col("head_digest", TEXT),
        _col("begun", MOMENT),
        _col("expired", MOMENT, null=True),
        sa.PrimaryKeyConstraint("id", name="pk_warc"),
        sa.UniqueConstraint("head_digest", name="uq_warc_head_digest"),
    )
    op.create_table(
        "raw",
        _col("id", sa.Integer()),
        _col("warc_id", sa.Integer()),
        _col("offset", sa.BigInteger()),
        _col("length", sa.BigInteger()),
        _col("digest", TEXT),
        _col("payload", TEXT),
        _col("size", sa.Integer()),
        _col("url", TEXT),
        _col("url_key", TEXT),
        _col("outcome", TEXT),
        _col("status", sa.Integer()),
        _col("fetched", MOMENT),
        _col("version_id", sa.Integer(), null=True),
        sa.PrimaryKeyConstraint("id", name="pk_raw"),
        _ref("raw", "warc_id", "warc.id"),
        _ref("raw", "version_id", "version.id"),
    )
    op.create_index("ix_raw_warc", "raw", ["warc_id"])
    op.create_index("ix_raw_version", "raw", ["version_id", "id"])
    op.create_table(
        "seal",
        _col("position", sa.Integer(), autoincrement=False),
        _col("kind", TEXT),
        _col("row_id", sa.Integer()),
        _col("digest", TEXT),
        _col("chain", TEXT),
        sa.PrimaryKeyConstraint("position", name="pk_seal"),
    )
    op.create_index("ix_seal_row", "seal", ["kind", "row_id", "position"])
    # What an archive already held is sealed as it stands now.
    seal_unsealed(op.get_bind())


def _manners() -> None:
    op.create_table(
        "robots",
        _col("origin", TEXT),
        _col("body", TEXT),
        _col("until", MOMENT),
        sa.PrimaryKeyConstraint("origin", name="pk_robots"),
    )
    op.create_table("rest", _col("host", TEXT), _col("until", MOMENT), sa.PrimaryKeyConstraint("host", name="pk_rest"))
    op.create_table(
        "quiet",
        _col("source_id", TEXT),
        _col("hours", TEXT),
        _col("days", TEXT),
        sa.PrimaryKeyConstraint("source_id", name="pk_quiet"),
        _ref("quiet", "source_id", "source.id"),
    )


def _children() -> None:
    op.create_table(
        "child",
        _col("source_id", TEXT),
        _col("url", TEXT),
        _col("lastmod", TEXT),
        _col("etag", TEXT),
        _col("last_modified", TEXT),
        sa.PrimaryKeyConstraint("source_id", "url", name="pk_child"),
        _ref("child", "source_id", "source.id"),
    )


def _col(name: str, kind: Any, *, null: bool = False, autoincrement: bool = True) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=null, autoincrement="auto" if autoincrement else False)


def _ref(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")
