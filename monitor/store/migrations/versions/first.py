"""The first schema."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None

TEXT = sa.Text()
MOMENT = sa.DateTime(timezone=True)
TREE = sa.JSON().with_variant(JSONB(), "postgresql")
UNDELIVERED = "state IN ('pending', 'sending', 'ambiguous')"
ANNOUNCED = "kind = 'development'"


def upgrade() -> None:
    _meta()
    _rule_revision()
    _source()
    _story()
    _article()
    _development()
    _fetch()
    _thread()
    _delivery()
    _entry()
    _version()
    _attempt()
    _firing()
    _match()
    _posting()
    _sighting()


def _meta() -> None:
    op.create_table(
        "meta",
        _col("key", TEXT),
        _col("value", TEXT),
        sa.PrimaryKeyConstraint("key", name="pk_meta"),
    )


def _rule_revision() -> None:
    op.create_table(
        "rule_revision",
        _col("rule_id", TEXT),
        _col("revision", TEXT),
        _col("query", TEXT),
        _col("lists", TREE),
        _col("settings", TREE),
        _col("created", MOMENT),
        sa.PrimaryKeyConstraint("rule_id", "revision", name="pk_rule_revision"),
    )


def _source() -> None:
    op.create_table(
        "source",
        _col("id", TEXT),
        _col("configured_url", TEXT),
        _col("url", TEXT),
        _col("host", TEXT),
        _col("enabled", sa.Boolean()),
        _col("due_at", MOMENT),
        _col("etag", TEXT),
        _col("last_modified", TEXT),
        _col("body_hash", TEXT),
        _col("interval", sa.Float()),
        _col("failures", sa.Integer()),
        _col("first_checked", MOMENT, null=True),
        _col("last_checked", MOMENT, null=True),
        _col("last_ok", MOMENT, null=True),
        _col("gone_at", MOMENT, null=True),
        _col("moved_to", TEXT),
        _col("moved_seen", sa.Integer()),
        _col("lease_owner", TEXT, null=True),
        _col("lease_until", MOMENT, null=True),
        sa.PrimaryKeyConstraint("id", name="pk_source"),
    )
    op.create_index("ix_source_due", "source", ["enabled", "due_at"])


def _story() -> None:
    op.create_table(
        "story",
        _col("id", sa.Integer()),
        _col("title", TEXT),
        _col("created", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_story"),
    )


def _article() -> None:
    op.create_table(
        "article",
        _col("id", sa.Integer()),
        _col("url", TEXT),
        _col("url_key", TEXT),
        _col("title", TEXT),
        _col("source_id", TEXT),
        _col("language", TEXT),
        _col("published", MOMENT, null=True),
        _col("first_seen", MOMENT),
        _col("level", TEXT),
        _col("origin", TEXT),
        _col("partial", sa.Boolean()),
        _col("on_topic", sa.Boolean()),
        _col("story_id", sa.Integer(), null=True),
        _col("versions", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_article"),
        _ref("article", "story_id", "story.id"),
        sa.UniqueConstraint("url_key", name="uq_article_url_key"),
        _one_of("article", "level", "same copy truncated extended template rewrite new commentary edit"),
        _one_of("article", "origin", "fetched corpus"),
    )
    op.create_index("ix_article_first_seen", "article", ["first_seen"])
    op.create_index("ix_article_source", "article", ["source_id", "id"])
    op.create_index("ix_article_story", "article", ["story_id"])


def _development() -> None:
    op.create_table(
        "development",
        _col("id", sa.Integer()),
        _col("story_id", sa.Integer()),
        _col("key", TEXT),
        _col("title", TEXT),
        _col("created", MOMENT),
        _col("known", sa.Boolean()),
        _col("version_id", sa.Integer(), null=True),
        sa.PrimaryKeyConstraint("id", name="pk_development"),
        _ref("development", "story_id", "story.id"),
        sa.UniqueConstraint("story_id", "key", name="uq_development_story_id_key"),
    )


def _fetch() -> None:
    op.create_table(
        "fetch",
        _col("id", sa.Integer()),
        _col("source_id", TEXT),
        _col("kind", TEXT),
        _col("url", TEXT),
        _col("final_url", TEXT),
        _col("outcome", TEXT),
        _col("status", sa.Integer(), null=True),
        _col("started", MOMENT),
        _col("elapsed", sa.Float()),
        _col("size", sa.Integer()),
        _col("entries", sa.Integer()),
        _col("new", sa.Integer()),
        _col("error", TEXT),
        _col("recorded", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_fetch"),
        _ref("fetch", "source_id", "source.id"),
        _one_of("fetch", "kind", "check page"),
    )
    op.create_index("ix_fetch_source", "fetch", ["source_id", "kind", "id"])


def _thread() -> None:
    op.create_table(
        "thread",
        _col("story_id", sa.Integer(), autoincrement=False),
        _col("channel", TEXT),
        _col("address", TEXT),
        _col("ref", TEXT),
        _col("created", MOMENT),
        sa.PrimaryKeyConstraint("story_id", "channel", "address", name="pk_thread"),
        _ref("thread", "story_id", "story.id"),
    )


def _delivery() -> None:
    op.create_table(
        "delivery",
        _col("id", sa.Integer()),
        _col("key", TEXT),
        _col("kind", TEXT),
        _col("development_id", sa.Integer(), null=True),
        _col("story_id", sa.Integer(), null=True),
        _col("channel", TEXT),
        _col("address", TEXT),
        _col("source_id", TEXT, null=True),
        _col("state", TEXT),
        _col("due_at", MOMENT),
        _col("attempts", sa.Integer()),
        _col("created", MOMENT),
        _col("subject", TEXT, null=True),
        _col("body", TEXT, null=True),
        _col("composed_at", MOMENT, null=True),
        _col("sent_at", MOMENT, null=True),
        _col("provider_ref", TEXT),
        _col("may_repeat", sa.Boolean()),
        _col("merged_into", sa.Integer(), null=True),
        _col("reason", TEXT),
        _col("last_error", TEXT),
        _col("lease_owner", TEXT, null=True),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        _ref("delivery", "development_id", "development.id"),
        _ref("delivery", "merged_into", "delivery.id"),
        _ref("delivery", "story_id", "story.id"),
        sa.UniqueConstraint("key", name="uq_delivery_key"),
        _one_of("delivery", "kind", "development summary"),
        _one_of("delivery", "state", "pending sending ambiguous sent held suppressed merged dead"),
    )
    op.create_index("ix_delivery_development_id", "delivery", ["development_id"])
    _partial("ix_delivery_due", "delivery", ["due_at"], UNDELIVERED)
    _partial("ix_delivery_merged", "delivery", ["merged_into"], "merged_into IS NOT NULL")
    _partial("ix_delivery_order", "delivery", ["story_id", "channel", "address", "id"], UNDELIVERED)
    op.create_index("ix_delivery_state", "delivery", ["state", "id"])
    _partial("uq_delivery_development", "delivery", ["development_id", "channel", "address"], ANNOUNCED, unique=True)


def _entry() -> None:
    op.create_table(
        "entry",
        _col("id", sa.Integer()),
        _col("source_id", TEXT),
        _col("url_key", TEXT),
        _col("host", TEXT),
        _col("url", TEXT),
        _col("guid", TEXT),
        _col("title", TEXT),
        _col("summary", TEXT),
        _col("text", TEXT),
        _col("author", TEXT),
        _col("published", MOMENT, null=True),
        _col("published_raw", TEXT),
        _col("updated_raw", TEXT),
        _col("language", TEXT),
        _col("state", TEXT),
        _col("first_import", sa.Boolean()),
        _col("first_seen", MOMENT),
        _col("due_at", MOMENT),
        _col("attempts", sa.Integer()),
        _col("rereads", sa.Integer()),
        _col("lease_owner", TEXT, null=True),
        _col("lease_until", MOMENT, null=True),
        _col("finished_at", MOMENT, null=True),
        _col("article_id", sa.Integer(), null=True),
        _col("error", TEXT),
        sa.PrimaryKeyConstraint("id", name="pk_entry"),
        _ref("entry", "article_id", "article.id"),
        _ref("entry", "source_id", "source.id"),
        sa.UniqueConstraint("url_key", name="uq_entry_url_key"),
        _one_of("entry", "state", "waiting reading done filtered failed"),
    )
    op.create_index("ix_entry_article", "entry", ["article_id"])
    _partial("ix_entry_due", "entry", ["due_at", "host"], "state IN ('waiting', 'reading')")
    op.create_index("ix_entry_source", "entry", ["source_id", "state"])


def _version() -> None:
    op.create_table(
        "version",
        _col("id", sa.Integer()),
        _col("article_id", sa.Integer()),
        _col("number", sa.Integer()),
        _col("first_seen", MOMENT),
        _col("url", TEXT),
        _col("title", TEXT),
        _col("text", TEXT),
        _col("author", TEXT),
        _col("published", MOMENT, null=True),
        _col("published_raw", TEXT),
        _col("modified", MOMENT, null=True),
        _col("language", TEXT),
        _col("site", TEXT),
        _col("canonical", TEXT),
        _col("paywalled", sa.Boolean()),
        _col("method", TEXT),
        _col("partial", sa.Boolean()),
        _col("scheme", sa.Integer()),
        _col("text_hash", sa.BigInteger()),
        _col("marks", TREE),
        _col("level", TEXT),
        _col("nearest_id", sa.Integer(), null=True),
        _col("containment", sa.Float()),
        _col("agreement", sa.Float()),
        _col("newword", sa.Float()),
        _col("evidence", TREE),
        _col("development_id", sa.Integer(), null=True),
        sa.PrimaryKeyConstraint("id", name="pk_version"),
        _ref("version", "article_id", "article.id"),
        _ref("version", "development_id", "development.id"),
        _ref("version", "nearest_id", "version.id"),
        sa.UniqueConstraint("article_id", "number", name="uq_version_article_id_number"),
        _one_of("version", "level", "same copy truncated extended template rewrite new commentary edit"),
    )
    op.create_index("ix_version_development", "version", ["development_id"])
    op.create_index("ix_version_text_hash", "version", ["text_hash"])


def _attempt() -> None:
    op.create_table(
        "attempt",
        _col("delivery_id", sa.Integer(), autoincrement=False),
        _col("number", sa.Integer(), autoincrement=False),
        _col("owner", TEXT),
        _col("started", MOMENT),
        _col("ended", MOMENT, null=True),
        _col("outcome", TEXT, null=True),
        _col("detail", TEXT),
        sa.PrimaryKeyConstraint("delivery_id", "number", name="pk_attempt"),
        _ref("attempt", "delivery_id", "delivery.id"),
        _one_of("attempt", "outcome", "sent failed ambiguous"),
    )
    _partial("ix_attempt_open", "attempt", ["delivery_id"], "outcome IS NULL")


def _firing() -> None:
    op.create_table(
        "firing",
        _col("development_id", sa.Integer(), autoincrement=False),
        _col("rule_id", TEXT),
        _col("version_id", sa.Integer()),
        _col("severity", TEXT),
        _col("created", MOMENT),
        sa.PrimaryKeyConstraint("development_id", "rule_id", name="pk_firing"),
        _ref("firing", "development_id", "development.id"),
        _ref("firing", "version_id", "version.id"),
        _one_of("firing", "severity", "low normal critical"),
    )
    op.create_index("ix_firing_version", "firing", ["version_id"])


def _match() -> None:
    op.create_table(
        "match",
        _col("version_id", sa.Integer(), autoincrement=False),
        _col("rule_id", TEXT),
        _col("revision", TEXT),
        _col("hits", TREE),
        _col("created", MOMENT),
        sa.PrimaryKeyConstraint("version_id", "rule_id", name="pk_match"),
        _ref("match", "version_id", "version.id"),
    )
    op.create_index("ix_match_rule", "match", ["rule_id", "version_id"])


def _posting() -> None:
    op.create_table(
        "posting",
        _col("hash", sa.BigInteger(), autoincrement=False),
        _col("version_id", sa.Integer(), autoincrement=False),
        sa.PrimaryKeyConstraint("hash", "version_id", name="pk_posting"),
        _ref("posting", "version_id", "version.id"),
        sqlite_with_rowid=False,
    )


def _sighting() -> None:
    op.create_table(
        "sighting",
        _col("entry_id", sa.Integer(), autoincrement=False),
        _col("source_id", TEXT),
        _col("url", TEXT),
        _col("title", TEXT),
        _col("first_seen", MOMENT),
        sa.PrimaryKeyConstraint("entry_id", "source_id", name="pk_sighting"),
        _ref("sighting", "entry_id", "entry.id"),
        _ref("sighting", "source_id", "source.id"),
    )


def _col(name: str, kind: Any, *, null: bool = False, autoincrement: bool = True) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=null, autoincrement="auto" if autoincrement else False)


def _ref(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")


def _one_of(table: str, column: str, words: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words.split())
    return sa.CheckConstraint(f"{column} IN ({listed})", name=op.f(f"ck_{table}_{column}"))


def _partial(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)
