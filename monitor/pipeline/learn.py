"""What was known before the start: corpus articles go into the archive as corpus, and count as announced."""

from __future__ import annotations

from datetime import datetime

from monitor.model import Document, Origin
from monitor.pipeline.chrome import masked
from monitor.pipeline.ingest import Ingested, judged, record
from monitor.reading import read_document
from monitor.store import Store
from monitor.watch import Watch

CORPUS_SOURCE = "corpus"


def learn(store: Store, watch: Watch, document: Document, now: datetime) -> Ingested:
    """Record one corpus article; the same text twice is recorded once.

    Its key is its text, not a URL: a fetched page of the same address stays an article of its own.
    """
    reading = read_document(document)
    key = f"corpus:{reading.sketch.text_hash & 0xFFFFFFFFFFFFFFFF:016x}"
    with store.read() as tx:
        own = masked(tx, reading)
    item = judged(watch, own, key, CORPUS_SOURCE, Origin.CORPUS, "")
    with store.write() as tx:
        store.watch_lock(tx)
        return record(tx, watch, item, now)
