"""The path of one article, one function per step, one transaction each; nothing here touches the network."""

from monitor.pipeline.check import Checked, check, known_children, record_child
from monitor.pipeline.counts import Recount, claim_count, record_count, record_miscount
from monitor.pipeline.deliver import (
    claim_delivery,
    open_lanes,
    record_failure,
    record_look,
    record_sent,
    recover,
    set_back,
    to_look,
)
from monitor.pipeline.edits import end_recheck
from monitor.pipeline.evidence import forget_raw
from monitor.pipeline.fetched import forget_fetches, forget_single, record_page, record_rest
from monitor.pipeline.flush import flush, summarise_imports
from monitor.pipeline.ingest import Ingested, foresee, give_up, ingest
from monitor.pipeline.learn import learn
from monitor.pipeline.notices import tell_owner
from monitor.pipeline.push import push, record_forged, record_hub, subscription_of, turn_to_hubs, verify
from monitor.pipeline.words import index_words, reindex, waiting_words
from monitor.reading import read_document, read_page

__all__ = [
    "Checked",
    "Ingested",
    "Recount",
    "check",
    "claim_count",
    "claim_delivery",
    "end_recheck",
    "flush",
    "foresee",
    "forget_fetches",
    "forget_raw",
    "forget_single",
    "give_up",
    "index_words",
    "ingest",
    "known_children",
    "learn",
    "open_lanes",
    "push",
    "read_document",
    "read_page",
    "record_child",
    "record_count",
    "record_failure",
    "record_forged",
    "record_hub",
    "record_look",
    "record_miscount",
    "record_page",
    "record_rest",
    "record_sent",
    "recover",
    "reindex",
    "set_back",
    "subscription_of",
    "summarise_imports",
    "tell_owner",
    "to_look",
    "turn_to_hubs",
    "verify",
    "waiting_words",
]
