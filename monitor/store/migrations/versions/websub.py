"""Subscriptions at hubs, and the two kinds of exchange that come with them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

TEXT = sa.Text()
MOMENT = sa.DateTime(timezone=True)
STATES = "'offered', 'pending', 'active', 'renewing', 'leaving', 'denied'"


def upgrade() -> None:
    op.create_table(
        "subscription",
        _col("source_id", TEXT),
        _col("hub", TEXT),
        _col("topic", TEXT),
        _col("due_at", MOMENT),
        _col("state", TEXT),
        _col("offered", sa.Boolean()),
        _col("site", TEXT),
        _col("token", TEXT, null=True),
        _col("secret", TEXT),
        _col("attempts", sa.Integer()),
        _col("asked_at", MOMENT, null=True),
        _col("lease_until", MOMENT, null=True),
        _col("pushed_at", MOMENT, null=True),
        _col("missed_at", MOMENT, null=True),
        _col("error", TEXT),
        sa.PrimaryKeyConstraint("source_id", name="pk_subscription"),
        sa.UniqueConstraint("token", name="uq_subscription_token"),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name="fk_subscription_source_id"),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_subscription_state")),
    )
    with op.batch_alter_table("fetch") as fetch:
        fetch.drop_constraint(op.f("ck_fetch_kind"), type_="check")
        fetch.create_check_constraint(op.f("ck_fetch_kind"), "kind IN ('check', 'page', 'pushed', 'hub')")


def _col(name: str, kind: Any, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=null)
