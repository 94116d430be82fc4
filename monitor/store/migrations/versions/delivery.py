"""What delivery that can be trusted needs: holds, pauses, threads that count, mutes and votes."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
TEXT, MOMENT = sa.Text(), sa.DateTime(timezone=True)
TREE = sa.JSON().with_variant(JSONB(), "postgresql")
KINDS = "kind IN ('development', 'summary', 'edit', 'digest', 'notice')"


def upgrade() -> None:
    _delivery()
    _thread()
    _lane()
    _mute()
    _vote()


def _delivery() -> None:
    with op.batch_alter_table("delivery") as delivery:
        delivery.add_column(_col("severity", TEXT, server_default="normal"))
        delivery.add_column(_col("notice", TREE, null=True))
        delivery.add_column(_col("held_until", MOMENT, null=True))
        delivery.add_column(_col("looks", sa.Integer(), server_default="0"))
        delivery.add_column(_col("commentary", sa.Boolean(), server_default=sa.false()))
        delivery.drop_constraint(op.f("ck_delivery_kind"), type_="check")
        delivery.create_check_constraint(op.f("ck_delivery_kind"), KINDS)
        delivery.create_check_constraint(op.f("ck_delivery_severity"), "severity IN ('low', 'normal', 'critical')")
    with op.batch_alter_table("delivery") as delivery:
        for name in ("severity", "looks", "commentary"):
            delivery.alter_column(name, server_default=None)
    held = sa.text("state = 'held'")
    op.create_index("ix_delivery_held", "delivery", ["held_until"], sqlite_where=held, postgresql_where=held)
    op.create_index("ix_delivery_sent", "delivery", ["channel", "sent_at"])


def _thread() -> None:
    with op.batch_alter_table("thread") as thread:
        thread.add_column(_col("delivery_id", sa.Integer(), null=True))
        thread.add_column(_col("told", sa.Integer(), server_default="0"))
        thread.add_column(_col("count_due", MOMENT, null=True))
        thread.add_column(_col("count_tries", sa.Integer(), server_default="0"))
        thread.add_column(_col("count_error", TEXT, server_default=""))
        thread.create_foreign_key(op.f("fk_thread_delivery_id"), "delivery", ["delivery_id"], ["id"])
    with op.batch_alter_table("thread") as thread:
        for name in ("told", "count_tries", "count_error"):
            thread.alter_column(name, server_default=None)
    due = sa.text("count_due IS NOT NULL")
    op.create_index("ix_thread_count", "thread", ["count_due"], sqlite_where=due, postgresql_where=due)


def _lane() -> None:
    op.create_table(
        "lane",
        _col("channel", TEXT),
        _col("address", TEXT),
        _col("paused_until", MOMENT, null=True),
        _col("off_since", MOMENT, null=True),
        _col("reason", TEXT),
        sa.PrimaryKeyConstraint("channel", "address", name="pk_lane"),
    )


def _mute() -> None:
    op.create_table(
        "mute",
        _col("id", sa.Integer()),
        _col("kind", TEXT),
        _col("target", TEXT),
        _col("until", MOMENT),
        _col("created", MOMENT),
        _col("who", TEXT),
        _col("note", TEXT),
        _col("ended", MOMENT, null=True),
        sa.PrimaryKeyConstraint("id", name="pk_mute"),
        sa.CheckConstraint("kind IN ('story', 'source', 'rule')", name=op.f("ck_mute_kind")),
    )
    op.create_index("ix_mute_until", "mute", ["until"])


def _vote() -> None:
    op.create_table(
        "vote",
        _col("development_id", sa.Integer(), autoincrement=False),
        _col("rule_id", TEXT),
        _col("who", TEXT),
        _col("relevant", sa.Boolean()),
        _col("created", MOMENT),
        sa.PrimaryKeyConstraint("development_id", "rule_id", "who", name="pk_vote"),
        sa.ForeignKeyConstraint(["development_id"], ["development.id"], name="fk_vote_development_id"),
    )
    op.create_index("ix_vote_rule", "vote", ["rule_id"])


def _col(name: str, kind: Any, *, null: bool = False, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=null, **options)
