"""The path of one article, one function per step, one transaction each; nothing here touches the network."""

from monitor.pipeline.check import Checked, check
from monitor.pipeline.deliver import claim_delivery, record_failure, record_sent
from monitor.pipeline.flush import flush, summarise_imports
from monitor.pipeline.ingest import Ingested, foresee, give_up, ingest
from monitor.pipeline.learn import learn
from monitor.pipeline.reading import read_document, read_page

__all__ = [
    "Checked",
    "Ingested",
    "check",
    "claim_delivery",
    "flush",
    "foresee",
    "give_up",
    "ingest",
    "learn",
    "read_document",
    "read_page",
    "record_failure",
    "record_sent",
    "summarise_imports",
]
