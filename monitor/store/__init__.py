"""The archive: the only SQL. Open one here; one module per noun holds what is done with its rows."""

from monitor.store import (
    alerts,
    articles,
    deliveries,
    edits,
    entries,
    evidence,
    fetches,
    holds,
    mutes,
    nearness,
    rechecks,
    review,
    reviews,
    rules,
    sources,
    stories,
    votes,
)
from monitor.store.backups import backup, backup_with_raw, restore
from monitor.store.engine import Store, open_store
from monitor.store.lock import archive_lock
from monitor.store.schema import migrate, schema_problem

__all__ = [
    "Store",
    "alerts",
    "archive_lock",
    "articles",
    "backup",
    "backup_with_raw",
    "deliveries",
    "edits",
    "entries",
    "evidence",
    "fetches",
    "holds",
    "migrate",
    "mutes",
    "nearness",
    "open_store",
    "rechecks",
    "restore",
    "review",
    "reviews",
    "rules",
    "schema_problem",
    "sources",
    "stories",
    "votes",
]
