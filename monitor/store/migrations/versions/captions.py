"""How much of a version's text is captions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "version_captions",
        sa.Column("version_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("version_id", name="pk_version_captions"),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name="fk_version_captions_version_id"),
    )
