"""`show --raw`: the bytes of a page as they came."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.cli.output import put, put_json, say

if TYPE_CHECKING:
    from monitor.store import Store


def show_raw(store: Store, article: str, folder: Path | None, record: int | None, *, as_json: bool) -> None:
    """Write the bytes to stdout, and on stderr where they lie; a terminal gets them harmless."""
    from monitor.inquiry import raw

    found = raw.newest(store, article, folder, record)
    if as_json:
        put_json(raw.shape(found))
        return
    row = found.row
    say(f"{found.exchange.status} {row.outcome.value} {row.url}")
    say(f"fetched {row.fetched:%Y-%m-%d %H:%M:%S} UTC, {row.size} bytes, sha256 {row.payload}")
    say(f"record {row.id} in {row.file}, {row.length} bytes from {row.offset}, {found.exchange.record_id}")
    if sys.stdout.isatty():
        put(found.exchange.body.decode("utf-8", "replace"))
    else:
        sys.stdout.buffer.write(found.exchange.body)
        sys.stdout.buffer.flush()
