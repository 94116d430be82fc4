"""A quick look whether rules would flood, for commands that must not take long."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.cli.opening import archive, utc_now
from monitor.errors import StoreError

if TYPE_CHECKING:
    from monitor.watch import Watch

_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Look:
    """Why each rule would flood, by rule id. `note`: what is to be known about the look itself, or ""."""

    found: Mapping[str, str]
    note: str = ""


def look(watch: Watch) -> Look:
    """Hold the rules against the last 30 days of an archive that is there, for about a second."""
    from monitor.inquiry.floods import floods, words

    end = time.monotonic() + _SECONDS
    file = watch.config.archive.file
    if file is not None and not file.exists():
        return Look({})
    try:
        with archive(watch.config) as store:
            looked = floods(store, watch, utc_now(), lambda: time.monotonic() > end)
    except StoreError as error:
        return Look({}, f"the archive was not asked whether rules would flood: {error}")
    note = f"whether rules would flood is a sample: {looked.sampled}" if looked.sampled else ""
    return Look({rule_id: words(rule_id, one) for rule_id, one in looked.found.items()}, note)
