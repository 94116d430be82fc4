"""One of several processes that file reports into the same archive at once.

Run: python racer.py URL OUTLET FIRST END [DIES_AT]
It says "ready", waits for a line, and files near copies of the reports of these numbers.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
from pathlib import Path

from monitor.pipeline.ingest import record

HERE = Path(__file__).parent
STREAM = runpy.run_path(str(HERE / "stream.py"))
INVENTED = runpy.run_path(str(HERE / "invented.py"))


def main(url: str, outlet: str, first: int, end: int, dies_at: int) -> None:
    with STREAM["archive"](url) as (store, watch):
        reports = [INVENTED["near_copy"](INVENTED["report"](number), outlet) for number in range(first, end)]
        print("ready", flush=True)
        sys.stdin.readline()
        for number, one in enumerate(reports, first):
            if number == dies_at:
                with store.write() as tx:
                    store.watch_lock(tx)
                    record(tx, watch, STREAM["prepared"](tx, watch, one), one.at)
                    os.kill(os.getpid(), signal.SIGKILL)
            STREAM["fed"](store, watch, one)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]) if len(sys.argv) > 5 else -1)
