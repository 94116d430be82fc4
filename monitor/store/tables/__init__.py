"""The schema: every table of the archive. Hashes are signed 64-bit, times are UTC."""

from monitor.store.tables.alerting import attempt, delivery, firing, match, rule_revision, thread
from monitor.store.tables.archive import article, development, posting, story, version
from monitor.store.tables.naming import metadata
from monitor.store.tables.polling import entry, fetch, meta, sighting, source

__all__ = [
    "article",
    "attempt",
    "delivery",
    "development",
    "entry",
    "fetch",
    "firing",
    "match",
    "meta",
    "metadata",
    "posting",
    "rule_revision",
    "sighting",
    "source",
    "story",
    "thread",
    "version",
]
