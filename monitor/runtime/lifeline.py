"""Imported first by the server that children are forked from: it ends with the daemon, also while it still imports.

The server looks after its clients' pipe only when its imports are done, seconds later on a busy machine, and then
each living child holds that pipe open. A timer asks on; timers are not inherited, so no child of the server has it.
"""

from __future__ import annotations

import os
import signal
from types import FrameType

_SECONDS = 1.0
_PARENT = os.getppid()


def _look(_number: int, _frame: FrameType | None) -> None:
    if os.getppid() != _PARENT:
        os._exit(1)


signal.signal(signal.SIGALRM, _look)
signal.setitimer(signal.ITIMER_REAL, _SECONDS, _SECONDS)
