"""The schema: every table of the archive. Hashes are signed 64-bit, times are UTC."""

from monitor.store.tables.alerting import attempt, delivery, firing, match, rule_revision, thread
from monitor.store.tables.archive import article, development, posting, story, version
from monitor.store.tables.calming import lane, mute, vote
from monitor.store.tables.chrome import chrome, version_mask
from monitor.store.tables.coverage import arrival, gap, listed_window, rhythm
from monitor.store.tables.evidence import raw, seal, warc
from monitor.store.tables.handwork import merged_story, story_action
from monitor.store.tables.manners import quiet, rest, robots
from monitor.store.tables.naming import metadata
from monitor.store.tables.polling import child, entry, fetch, meta, recheck, sighting, source
from monitor.store.tables.reviewing import review, verdict
from monitor.store.tables.searching import saved_search
from monitor.store.tables.terms import profile, term, term_posting
from monitor.store.tables.websub import subscription
from monitor.store.tables.words import indexed, version_captions, version_words

__all__ = [
    "arrival",
    "article",
    "attempt",
    "child",
    "chrome",
    "delivery",
    "development",
    "entry",
    "fetch",
    "firing",
    "gap",
    "indexed",
    "lane",
    "listed_window",
    "match",
    "merged_story",
    "meta",
    "metadata",
    "mute",
    "posting",
    "profile",
    "quiet",
    "raw",
    "recheck",
    "rest",
    "review",
    "rhythm",
    "robots",
    "rule_revision",
    "saved_search",
    "seal",
    "sighting",
    "source",
    "story",
    "story_action",
    "subscription",
    "term",
    "term_posting",
    "thread",
    "verdict",
    "version",
    "version_captions",
    "version_mask",
    "version_words",
    "vote",
    "warc",
]
